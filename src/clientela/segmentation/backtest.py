"""The proof: the winner's clustering fitted on the past, at several cut-offs, against what came next."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from tqdm import tqdm

from clientela.errors import RegistryError
from clientela.segmentation.clustering.candidates import Candidate, Family
from clientela.segmentation.clustering.inductive import without_noise
from clientela.segmentation.clustering.next_period import explain_next_period, next_period_by_segment
from clientela.segmentation.past import PastCustomers, take_past_snapshot
from clientela.segmentation.segments.continuity import jaccard_matrix, match_segments
from clientela.settings import EvaluationSettings, FitFeature, ProofSettings

# Jaccard index from which on a past cluster is a present segment by the best pairing. Without it, the pairing gives the
# best segment to the cluster that is left over, though they share one customer of a hundred.
LEAST_OVERLAP = 0.3


def prove(
    connection: duckdb.DuckDBPyConnection,
    features: pd.DataFrame,
    families: list[Family],
    winner: Candidate,
    assign: Callable[[pd.DataFrame], np.ndarray],
    *,
    fit: dict[str, FitFeature],
    as_of: date,
    evaluation: EvaluationSettings,
    settings: ProofSettings,
    seed: int,
) -> dict[str, Any] | None:
    """Fit the winner on the past at every cut-off; None where the history is too short for all of them.

    Args:
        connection: with the transactions; its `net_lines` are made anew.
        features: the CustomerFeatures contract as of `as_of`.
        families: of the comparison.
        winner: the candidate that won.
        assign: gives rows of CustomerFeatures the present segments' ids, to know which past segment is which.
        fit: the features of the fit.
        as_of: the present.
        evaluation: horizon and folds.
        settings: cut-offs and intervals.
        seed: of everything random.
    """
    family, position = _family_of(families, winner)
    cutoffs: list[dict[str, Any]] = []
    by_segment: list[dict[str, Any]] = []
    for past in _pasts(connection, features, fit=fit, as_of=as_of, horizon=evaluation.horizon_days, settings=settings):
        try:
            present = assign(past.snapshot.features)
        except RegistryError:
            # That early, a figure of the present clusters was not known of anybody.
            continue
        fitted = family.fit(past.inputs.input_of(family), seed=seed)[position]
        labels = without_noise(past.inputs.matrix, fitted.labels)
        explained = explain_next_period(
            labels, past.snapshot.features, past.snapshot.next_spend, folds=evaluation.folds, seed=seed
        )
        cutoffs.append({"as_of": past.snapshot.as_of.isoformat(), "customers": len(labels), **asdict(explained)})
        by_segment = by_segment or _outcomes(_as_present(labels, present), past, settings, seed=seed)
    if not cutoffs:
        return None
    mean = {
        name: float(np.mean([cutoff[name] for cutoff in cutoffs]))
        for name in ("segments", "rfm_grid", "revenue_sort", "boosting")
    }
    return {
        "horizon_days": evaluation.horizon_days,
        "interval": settings.interval,
        "cutoffs": cutoffs,
        "mean": {**mean, "of_ceiling": mean["segments"] / mean["boosting"] if mean["boosting"] > 0 else None},
        "by_segment": by_segment,
    }


def _pasts(
    connection: duckdb.DuckDBPyConnection,
    features: pd.DataFrame,
    *,
    fit: dict[str, FitFeature],
    as_of: date,
    horizon: int,
    settings: ProofSettings,
) -> Iterator[PastCustomers]:
    for days_back in tqdm(sorted(settings.days_back), desc="Proof", unit="cut-off"):
        past = take_past_snapshot(connection, features, fit=fit, as_of=as_of, days_back=days_back, horizon_days=horizon)
        if past is not None:
            yield past


def _family_of(families: list[Family], winner: Candidate) -> tuple[Family, int]:
    return next((family, family.candidates.index(winner)) for family in families if winner in family.candidates)


def _outcomes(
    segment_ids: np.ndarray, past: PastCustomers, settings: ProofSettings, *, seed: int
) -> list[dict[str, Any]]:
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
            **{name: list(ends) for name, ends in ends_of.items()},
        }
        for id_, ends_of in figures.items()
    ]


def _as_present(labels: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Past labels under the ids of the present segments: the best pairing, and what is left where it overlaps most."""
    before, ids, overlap = jaccard_matrix(labels, present)
    id_of = {label: ids[int(row.argmax())] for label, row in zip(before, overlap, strict=True)}
    id_of |= {match.previous: match.current for match in match_segments(labels, present, least_overlap=LEAST_OVERLAP)}
    return np.array([id_of[label] for label in labels.tolist()], dtype=np.int32)
