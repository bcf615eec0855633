"""One family's way through the comparison: fit, score, refit on bootstrap samples, and look into the next period."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from clientela.segmentation.clustering.candidates import Candidate, Family
from clientela.segmentation.clustering.scores import explained_share, separation_scores, share_scores, silhouettes
from clientela.segmentation.clustering.stability import bootstrap_stability


@dataclass(frozen=True)
class ClusteringInput:
    """What clusterings are fitted to: two matrices of the same customers, rows in one order.

    Attributes:
        matrix: scaled features of the fit; (customers, features).
        rfm: days since the last purchase, number of orders and spend (currency), not scaled; (customers, 3).
    """

    matrix: np.ndarray
    rfm: np.ndarray

    def input_of(self, family: Family) -> np.ndarray:
        """The matrix that a family is fitted to: the baseline takes `rfm`, all others `matrix`."""
        return self.rfm if family.is_baseline else self.matrix


@dataclass(frozen=True)
class Evaluation:
    """A candidate with its labels (one a customer, -1 is noise), metrics and the sampled rows' silhouettes."""

    candidate: Candidate
    labels: np.ndarray
    predictor: Any
    metrics: dict[str, float]
    silhouettes: np.ndarray


def evaluate_family(
    family: Family,
    present: ClusteringInput,
    *,
    sample: np.ndarray,
    distances: np.ndarray,
    past: ClusteringInput | None,
    next_spend: np.ndarray | None,
    bootstraps: int,
    bootstrap_size: int,
    folds: int,
    seed: int,
) -> list[Evaluation]:
    """Fit and score a family's candidates.

    Args:
        family: what to fit.
        present: customers as of the as-of date.
        sample: positions of the customers whose silhouettes are taken.
        distances: between those, in the scaled space (sample, sample).
        past: customers as of one horizon earlier; None where the history is too short for it.
        next_spend: what those spent in the horizon (currency).
        bootstraps: how many refits the stability takes.
        bootstrap_size: customers a refit draws at most.
        folds: of the cross-validation of the next period's spend.
        seed: of everything random.
    """
    # One thread a worker: the candidates run side by side, and sums in a fixed order give the same bytes every time.
    with threadpool_limits(1):
        X = present.input_of(family)
        start = time.perf_counter()
        fitted = family.fit(X, seed=seed)
        seconds = (time.perf_counter() - start) / len(fitted)
        stability = bootstrap_stability(family, X, fitted, bootstraps=bootstraps, size=bootstrap_size, seed=seed)
        explained = _explained(family, past, next_spend, folds=folds, seed=seed)
        evaluations = []
        for position, (candidate, model) in enumerate(zip(family.candidates, fitted, strict=True)):
            widths = silhouettes(distances, model.labels[sample])
            metrics = {
                **share_scores(model.labels),
                **({"silhouette": float(widths.mean())} if widths.any() else {}),
                **separation_scores(present.matrix, model.labels),
                **({"bic": model.bic} if model.bic is not None else {}),
                "stability": stability[position],
                **({"explained_spend": explained[position]} if explained else {}),
                "fit_seconds": seconds,
            }
            evaluations.append(Evaluation(candidate, model.labels, model.predictor, metrics, widths))
        return evaluations


def _explained(
    family: Family, past: ClusteringInput | None, next_spend: np.ndarray | None, *, folds: int, seed: int
) -> list[float]:
    if past is None or next_spend is None:
        return []
    outcome = np.log1p(next_spend)
    refitted = family.fit(past.input_of(family), seed=seed)
    return [explained_share(model.labels, outcome, folds=folds, seed=seed) for model in refitted]
