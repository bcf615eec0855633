"""Customers of known clusters, and evaluations made from their metrics alone."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from clientela.segmentation.clustering.candidates import Candidate
from clientela.segmentation.clustering.evaluation import Evaluation

CENTRES = np.array([[0.0, 0.0, 0.0], [9.0, 0.0, 0.0], [0.0, 9.0, 9.0]])


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Small matrices are slower on many threads than on one."""
    with threadpool_limits(1):
        yield


@pytest.fixture
def centres() -> np.ndarray:
    """The middles of the three blobs (3, 3)."""
    return CENTRES.copy()


@pytest.fixture
def truth() -> np.ndarray:
    """The blob of each row, in no order that a clustering could use."""
    return np.random.default_rng(1).permutation(np.repeat([0, 1, 2], [50, 40, 30]))


@pytest.fixture
def blobs(truth: np.ndarray) -> np.ndarray:
    """120 rows in three blobs of radius 1 that nobody can mistake."""
    shifts = np.random.default_rng(2).uniform(-0.5, 0.5, (len(truth), 3))
    return CENTRES[truth] + shifts


@pytest.fixture
def fog() -> np.ndarray:
    """400 rows without any structure."""
    return np.random.default_rng(3).uniform(size=(400, 4))


Evaluate = Callable[..., Evaluation]


@pytest.fixture(scope="session")
def candidate() -> Evaluate:
    """An evaluation that passes every limit but for the metrics given; None takes a metric away."""

    def make(algorithm: str = "kmeans", /, **metrics: float | None) -> Evaluation:
        all_metrics = {
            "segment_count": 5.0,
            "smallest_share": 0.10,
            "largest_share": 0.40,
            "noise_share": 0.0,
            "silhouette": 0.40,
            "davies_bouldin": 1.0,
            "stability": 0.90,
            "explained_spend": 0.25,
            **metrics,
        }
        known = {name: value for name, value in all_metrics.items() if value is not None}
        return Evaluation(
            Candidate(algorithm, {"k": int(known["segment_count"])}), np.zeros(3, int), None, known, np.zeros(3)
        )

    return make
