"""Evaluate one family of candidates: fit, score, test on the next period, and refit on bootstrap samples."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from clientela.segmentation.clustering.candidates import Candidate, Family, Fitted, candidate_count
from clientela.segmentation.clustering.scores import explained_share, separation_scores, share_scores, silhouettes
from clientela.segmentation.clustering.stability import bootstrap_stability


@dataclass(frozen=True)
class ClusteringInput:
    """The matrices that clusterings are fitted to: the same customers in the same order.

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
    """A fitted and scored candidate.

    Attributes:
        candidate: the candidate.
        labels: cluster of each customer (customers,); -1 is noise.
        predictor: fitted predictor of the labels.
        metrics: name -> value.
        silhouettes: silhouette widths of the sampled customers.
        past_labels: cluster of each past customer in a fit on the past; None if there is no past.
    """

    candidate: Candidate
    labels: np.ndarray
    predictor: Any
    metrics: dict[str, float]
    silhouettes: np.ndarray
    past_labels: np.ndarray | None = None


@dataclass(frozen=True)
class EvaluationData:
    """The data on which all families are fitted and scored.

    Attributes:
        present: customers as of the as-of date.
        sample: positions of the customers whose silhouettes are computed.
        distances: distances between these customers in the scaled space (sample, sample).
        past: customers as of one horizon earlier; None if the history is too short.
        next_spend: spend of those customers in the horizon (currency); None if there is no past.
    """

    present: ClusteringInput
    sample: np.ndarray
    distances: np.ndarray
    past: ClusteringInput | None = None
    next_spend: np.ndarray | None = None


def fit_count(families: Sequence[Family], *, has_past: bool) -> int:
    """Number of fits of an evaluation without refits: each candidate once, and once on the past."""
    return candidate_count(families) * (1 + has_past)


def evaluate_family(
    family: Family,
    data: EvaluationData,
    *,
    folds: int,
    seed: int,
    on_fit: Callable[[int], None] | None = None,
) -> list[Evaluation]:
    """Fit and score a family's candidates; their stability is measured by `refit_family`.

    Args:
        family: family to fit.
        data: customers and distances.
        folds: folds of the cross-validation of next-period spend.
        seed: random seed of fits and folds.
        on_fit: called after each fit with its number of candidates.

    Returns:
        One evaluation per candidate, in the family's order. Metrics that cannot be computed (a silhouette of one
        cluster, next-period spend without a past) are left out.
    """
    # One thread per worker: candidates run side by side, and sums in a fixed order give the same bytes every time.
    with threadpool_limits(1):
        X = data.present.input_of(family)
        start = time.perf_counter()
        fitted = family.fit(X, seed=seed)
        seconds = (time.perf_counter() - start) / len(fitted)
        count = on_fit or _ignore
        count(len(fitted))
        past = _past_labels(family, data, seed=seed)
        count(len(past))
        evaluations = []
        for position, (candidate, model) in enumerate(zip(family.candidates, fitted, strict=True)):
            widths = silhouettes(data.distances, model.labels[data.sample])
            metrics = {
                **_scores(data.present.matrix, model, widths),
                **({"explained_spend": _explained(past[position], data, folds=folds, seed=seed)} if past else {}),
                "fit_seconds": seconds,
            }
            before = past[position] if past else None
            evaluations.append(Evaluation(candidate, model.labels, model.predictor, metrics, widths, before))
        return evaluations


def refit_family(
    family: Family,
    evaluations: Sequence[Evaluation],
    present: ClusteringInput,
    *,
    bootstraps: int,
    bootstrap_size: int,
    seed: int,
    on_fit: Callable[[int], None] | None = None,
) -> list[Evaluation]:
    """Measure the stability of a family's candidates by refits on bootstrap samples.

    Args:
        family: family with the candidates to refit; they are refitted together.
        evaluations: their evaluations, in the same order.
        present: customers as of the as-of date.
        bootstraps: number of refits.
        bootstrap_size: largest number of customers drawn per refit.
        seed: random seed of draws and refits.
        on_fit: called after each refit with its number of candidates.

    Returns:
        The evaluations with the metric `stability`.
    """
    with threadpool_limits(1):
        values = bootstrap_stability(
            family,
            present.input_of(family),
            [evaluation.labels for evaluation in evaluations],
            bootstraps=bootstraps,
            size=bootstrap_size,
            seed=seed,
            on_fit=on_fit,
        )
    return [
        replace(evaluation, metrics={**evaluation.metrics, "stability": value})
        for evaluation, value in zip(evaluations, values, strict=True)
    ]


def _ignore(fits: int) -> None:
    """The default `on_fit`."""


def _scores(matrix: np.ndarray, model: Fitted, widths: np.ndarray) -> dict[str, float]:
    return {
        **share_scores(model.labels),
        **({"silhouette": float(widths.mean())} if widths.any() else {}),
        **separation_scores(matrix, model.labels),
        **({"bic": model.bic} if model.bic is not None else {}),
    }


def _past_labels(family: Family, data: EvaluationData, *, seed: int) -> list[np.ndarray]:
    """The labels of each candidate's fit on the past; empty if there is no past."""
    if data.past is None or data.next_spend is None:
        return []
    return [model.labels for model in family.fit(data.past.input_of(family), seed=seed)]


def _explained(past_labels: np.ndarray, data: EvaluationData, *, folds: int, seed: int) -> float:
    assert data.next_spend is not None
    return explained_share(past_labels, np.log1p(data.next_spend), folds=folds, seed=seed)
