from dataclasses import dataclass, field

import numpy as np
import pytest

from clientela.segmentation.clustering.candidates import Fitted, make_families
from clientela.segmentation.clustering.stability import bootstrap_stability


class Thresholds:
    """Label each row by how many of the thresholds its first column passes."""

    def __init__(self, thresholds):
        self.thresholds = thresholds

    def predict(self, X):
        return np.searchsorted(self.thresholds, X[:, 0])


@dataclass
class Recorder:
    """A family of two candidates that keeps what it was fitted to; the second is other on every sample."""

    samples: list = field(default_factory=list)
    seeds: list = field(default_factory=list)

    def fit(self, X, *, seed):
        self.samples.append(X)
        self.seeds.append(seed)
        return [Fitted(t.predict(X), t) for t in (Thresholds([50]), Thresholds([X[:, 0].min() + 1]))]


ROWS = np.arange(100.0)[:, np.newaxis]


def stability_of(grids, X, *, seed=0, bootstraps=6, size=10_000):
    family = make_families(grids)[1]
    labels = [model.labels for model in family.fit(X, seed=0)]
    return bootstrap_stability(family, X, labels, bootstraps=bootstraps, size=size, seed=seed)


@pytest.mark.parametrize(
    "grids",
    [
        {"kmeans": {"k": [3], "n_init": 3}},
        {"gaussian_mixture": {"k": [3], "covariance_type": ["full"], "n_init": 3}},
        {"agglomerative": {"k": [3], "linkage": ["ward"]}},
        {"dbscan": {"eps_quantile": [1.0], "min_samples": 5}},
    ],
    ids=lambda grids: next(iter(grids)),
)
def test_well_separated_customers_always_come_back(grids, blobs):
    assert stability_of(grids, blobs) == pytest.approx([1.0])


def test_clusters_drawn_into_a_fog_do_not_come_back(fog):
    assert stability_of({"kmeans": {"k": [8], "n_init": 1}}, fog)[0] < 0.6


def test_the_cuts_of_one_tree_are_judged_one_by_one(blobs):
    right, too_many = stability_of({"agglomerative": {"k": [3, 9], "linkage": ["ward"]}}, blobs)
    assert right == pytest.approx(1.0)
    assert too_many < 0.8


def test_the_same_seed_draws_the_same_samples(fog):
    grids = {"kmeans": {"k": [5], "n_init": 1}}
    assert stability_of(grids, fog, seed=3) == stability_of(grids, fog, seed=3)
    assert stability_of(grids, fog, seed=3) != stability_of(grids, fog, seed=4)


def test_samples_are_drawn_with_replacement_as_large_as_the_data_or_the_limit():
    for size, expected in ((1_000, 100), (30, 30)):
        family = Recorder()
        labels = [model.labels for model in family.fit(ROWS, seed=0)]
        bootstrap_stability(family, ROWS, labels, bootstraps=4, size=size, seed=0)
        samples = family.samples[1:]
        assert [len(sample) for sample in samples] == [expected] * 4
        assert all(len(np.unique(sample)) < expected for sample in samples)
        assert len({sample.tobytes() for sample in samples}) == 4
        assert len(set(family.seeds[1:])) == 4


def test_refits_label_all_rows_and_the_mean_is_taken_candidate_by_candidate():
    family = Recorder()
    labels = [model.labels for model in family.fit(ROWS, seed=0)]
    steady, moving = bootstrap_stability(family, ROWS, labels, bootstraps=5, size=100, seed=0)
    assert steady == 1.0
    assert moving < 1.0
