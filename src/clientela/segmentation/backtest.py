"""The backtest: fits the winner's clustering on past dates and measures the next period of its segments."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

import duckdb
import numpy as np
import pandas as pd
from tqdm import tqdm

from clientela.errors import RegistryError
from clientela.features.extra import ExtraFeatures
from clientela.features.snapshot import Snapshot
from clientela.segmentation.clustering.candidates import Family
from clientela.segmentation.clustering.inductive import without_noise
from clientela.segmentation.clustering.next_period import explain_next_period, next_period_by_segment, start_boosting
from clientela.segmentation.past_customers import PastCustomers, take_past_snapshot
from clientela.segmentation.segments.continuity import jaccard_matrix, match_segments
from clientela.settings import BacktestSettings, EvaluationSettings, FitFeature

# Smallest Jaccard index at which a past cluster is paired with a present segment. Without a minimum, the last cluster
# could be paired with a segment that shares 1% of its customers.
LEAST_OVERLAP = 0.3


class CutoffData(TypedDict):
    """One past date: shares of next-period spend explained by the segments and by each baseline."""

    as_of: str
    customers: int
    segments: float
    rfm_grid: float
    revenue_sort: float
    boosting: float


class MeanExplained(TypedDict):
    """Means over the past dates; `of_ceiling`: segments / boosting, None if boosting explains nothing."""

    segments: float
    rfm_grid: float
    revenue_sort: float
    boosting: float
    of_ceiling: float | None


class SegmentOutcome(TypedDict):
    """A segment's next period: lower end, mean and upper end of spend, orders and retention per customer."""

    id: int
    customers: int
    spend: list[float]
    orders: list[float]
    retention: list[float]


class BacktestData(TypedDict):
    """The result of a backtest, latest cut-off first; `by_segment` is of the latest cut-off, `interval` its level."""

    horizon_days: int
    interval: float
    cutoffs: list[CutoffData]
    mean: MeanExplained
    by_segment: list[SegmentOutcome]


@dataclass(frozen=True)
class BacktestedModel:
    """The clustering that is backtested.

    Attributes:
        assign: function that returns the present segment id of each CustomerFeatures row (customers,). Past clusters
            are paired with segments by these ids.
        family: family of the winner; None if the winner continues another version's clusters. These are not fitted
            again on past dates: past customers are assigned to the present clusters.
        position: position of the winner in its family.
    """

    assign: Callable[[pd.DataFrame], np.ndarray]
    family: Family | None = None
    position: int = 0


@dataclass(frozen=True)
class PastDates:
    """The past dates of the backtest.

    Attributes:
        pasts: past customers, the latest first.
        ceilings: share of next-period spend that gradient boosting explains at each date; workers compute it meanwhile.
    """

    pasts: Sequence[PastCustomers]
    ceilings: Iterator[float]


def past_snapshots(
    connection: duckdb.DuckDBPyConnection,
    features: pd.DataFrame,
    *,
    fit: dict[str, FitFeature],
    as_of: date,
    horizon_days: int,
    days_back: Sequence[int],
    extra: ExtraFeatures | None = None,
    taken: Sequence[Snapshot] = (),
) -> list[PastCustomers]:
    """Take the snapshots of a backtest, the latest first.

    Args:
        connection: connection with the transactions; the table `net_lines` is recreated.
        features: CustomerFeatures contract as of `as_of`.
        fit: features of the fit.
        as_of: present as-of date.
        horizon_days: length of the next period (days).
        days_back: days between the past dates and `as_of`.
        extra: attributes and event features of the fit as of any date; None without any.
        taken: snapshots that the comparison took, with the same horizon and `extra`.

    Returns:
        The past customers; dates without enough history are left out.
    """
    snapshots = [
        take_past_snapshot(
            connection,
            features,
            fit=fit,
            as_of=as_of,
            days_back=days,
            horizon_days=horizon_days,
            extra=extra,
            taken=taken,
        )
        for days in sorted(days_back)
    ]
    return [past for past in snapshots if past is not None]


def start_ceilings(pasts: Sequence[PastCustomers], evaluation: EvaluationSettings, *, seed: int) -> Iterator[float]:
    """The share of next-period spend that gradient boosting explains at each past date.

    It does not depend on the segments, so workers can compute it while the segments are described.

    Args:
        pasts: past customers.
        evaluation: folds and parallel workers.
        seed: random seed of models and folds.

    Returns:
        One share per past date. The workers begin at once.
    """
    cases = [(past.snapshot.features, np.log1p(past.snapshot.next_spend)) for past in pasts]
    return start_boosting(cases, folds=evaluation.folds, seed=seed, jobs=evaluation.jobs)


def backtest_segments(
    pasts: Sequence[PastCustomers],
    model: BacktestedModel,
    *,
    evaluation: EvaluationSettings,
    settings: BacktestSettings,
    seed: int,
    ceilings: Iterable[float] | None = None,
) -> BacktestData | None:
    """Fit a clustering on past dates and measure how well its segments predict the next period.

    Args:
        pasts: past customers, the latest first (`past_snapshots`).
        model: clustering and assignment of the present segments.
        evaluation: horizon, folds and parallel workers.
        settings: level and draws of the intervals.
        seed: random seed of fits, folds and draws.
        ceilings: share that gradient boosting explains at each past date (`start_ceilings`); None computes it.

    Returns:
        Shares of next-period spend explained at each past date, and the outcomes by segment at the latest one; None
        where the history is too short for all dates.
    """
    cutoffs: list[CutoffData] = []
    by_segment: list[SegmentOutcome] = []
    known = ceilings or start_ceilings(pasts, evaluation, seed=seed)
    dates = zip(pasts, known, strict=True)
    for past, ceiling in tqdm(dates, desc="Backtest", unit="cut-off", total=len(pasts)):
        try:
            present = model.assign(past.snapshot.features)
        except RegistryError:
            # A feature of the present clusters has no values at that date.
            continue
        labels = _past_labels(model, past, present, seed=seed)
        cutoffs.append(_cutoff(labels, past, ceiling, folds=evaluation.folds, seed=seed))
        by_segment = by_segment or _outcomes(_present_ids(labels, present), past, settings, seed=seed)
    if not cutoffs:
        return None
    return {
        "horizon_days": evaluation.horizon_days,
        "interval": settings.interval,
        "cutoffs": cutoffs,
        "mean": _mean_explained(cutoffs),
        "by_segment": by_segment,
    }


def _past_labels(model: BacktestedModel, past: PastCustomers, present: np.ndarray, *, seed: int) -> np.ndarray:
    if model.family is None:
        return present
    fitted = model.family.fit(past.inputs.input_of(model.family), seed=seed)[model.position]
    return without_noise(past.inputs.matrix, fitted.labels)


def _cutoff(labels: np.ndarray, past: PastCustomers, ceiling: float, *, folds: int, seed: int) -> CutoffData:
    snapshot = past.snapshot
    explained = explain_next_period(
        labels, snapshot.features, snapshot.next_spend, folds=folds, seed=seed, boosting=ceiling
    )
    return {
        "as_of": snapshot.as_of.isoformat(),
        "customers": len(labels),
        "segments": explained.segments,
        "rfm_grid": explained.rfm_grid,
        "revenue_sort": explained.revenue_sort,
        "boosting": explained.boosting,
    }


def _mean_explained(cutoffs: Sequence[CutoffData]) -> MeanExplained:
    segments = float(np.mean([cutoff["segments"] for cutoff in cutoffs]))
    boosting = float(np.mean([cutoff["boosting"] for cutoff in cutoffs]))
    return {
        "segments": segments,
        "rfm_grid": float(np.mean([cutoff["rfm_grid"] for cutoff in cutoffs])),
        "revenue_sort": float(np.mean([cutoff["revenue_sort"] for cutoff in cutoffs])),
        "boosting": boosting,
        "of_ceiling": segments / boosting if boosting > 0 else None,
    }


def _outcomes(
    segment_ids: np.ndarray, past: PastCustomers, settings: BacktestSettings, *, seed: int
) -> list[SegmentOutcome]:
    figures = next_period_by_segment(
        segment_ids,
        past.snapshot.next_spend,
        past.snapshot.next_orders,
        level=settings.interval,
        draws=settings.draws,
        seed=seed,
    )
    return [
        {
            "id": id_,
            "customers": int((segment_ids == id_).sum()),
            "spend": list(intervals["spend"]),
            "orders": list(intervals["orders"]),
            "retention": list(intervals["retention"]),
        }
        for id_, intervals in figures.items()
    ]


def _present_ids(labels: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Past labels as ids of present segments: by the best pairing, and by the largest overlap if there is no pair."""
    before, ids, overlap = jaccard_matrix(labels, present)
    id_of = {label: ids[int(row.argmax())] for label, row in zip(before, overlap, strict=True)}
    id_of |= {match.previous: match.current for match in match_segments(labels, present, least_overlap=LEAST_OVERLAP)}
    return np.array([id_of[label] for label in labels.tolist()], dtype=np.int32)
