"""A refit that continues the champion: its clusters follow the customers, and few customers change segment or name."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from clientela.contracts import RFM
from clientela.errors import RegistryError
from clientela.features.extra import with_indicators
from clientela.features.profile import profile_segments
from clientela.segmentation.assignment import Assignment
from clientela.segmentation.clustering.candidates import Candidate
from clientela.segmentation.clustering.caveats import caveats_of
from clientela.segmentation.clustering.continuing import CONTINUED, with_continued
from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.leaderboard import leaderboard
from clientela.segmentation.clustering.limits import size_limits
from clientela.segmentation.clustering.moving import move_clusters
from clientela.segmentation.clustering.scores import (
    distance_matrix,
    explained_share,
    sample_rows,
    separation_scores,
    share_scores,
    silhouettes,
)
from clientela.segmentation.compare import Comparison
from clientela.segmentation.inputs import ComparisonInputs
from clientela.segmentation.previous_version import Continuation, carry_segments, kept_names
from clientela.segmentation.registered import RegisteredVersion
from clientela.segmentation.segments.continuity import Match, jaccard_matrix
from clientela.segmentation.segments.naming import name_segments
from clientela.segmentation.segments.naming_rules import make_book, make_portraits
from clientela.segmentation.version import SegmentsVersion
from clientela.settings import Settings


@dataclass(frozen=True)
class Continued:
    """The champion's clusters, moved towards the present customers.

    Attributes:
        predictor: fitted predictor of the champion's labels.
        ids: segment id of each customer (customers,).
        matrix: features in the champion's scaled space (customers, features of the fit).
        moved_share: share of the customers in another segment than by the champion's clusters.
    """

    predictor: Any
    ids: np.ndarray
    matrix: np.ndarray
    moved_share: float


def continue_clusters(previous: SegmentsVersion, features: pd.DataFrame, settings: Settings) -> Continued:
    """Move a version's clusters towards the present customers.

    They move as far as at most `most_renamed` of the customers are in another segment by it. If names of segments
    change by the move, so that more customers get another name than in a refresh, the clusters stay as they are.

    Args:
        previous: version whose clusters are continued.
        features: CustomerFeatures contract.
        settings: settings of the names and of the continuity.

    Returns:
        The clusters and the customers in them.

    Raises:
        RegistryError: the source lacks a feature that the clusters need.
    """
    most = settings.segments.continuity.most_renamed
    carried = previous.assign(features)
    clustering = previous.clustering
    matrix = _scaled(previous, features)
    if most is None:
        return Continued(clustering["predictor"], carried, matrix, 0.0)
    moved = move_clusters(clustering["predictor"], matrix, most_moved=most)
    ids = _ids(moved.labels, clustering)
    if _renamed_share(ids, carried, features, previous, settings) > most:
        return Continued(clustering["predictor"], carried, matrix, 0.0)
    return Continued(moved.predictor, ids, matrix, moved.moved_share)


def evaluate_continued(
    champion: RegisteredVersion, inputs: ComparisonInputs, features: pd.DataFrame, settings: Settings, *, seed: int
) -> Evaluation | None:
    """Score the champion's clusters as a candidate of the comparison.

    Args:
        champion: the champion.
        inputs: what the other candidates are fitted to.
        features: CustomerFeatures contract, rows as in the inputs.
        settings: settings of the names, the continuity and the evaluation.
        seed: random seed of samples and folds.

    Returns:
        The evaluation; None if the settings ask for new clusters, if the fit has other features than the champion's
        clusters, or if the champion's segments are the RFM rules.

    Raises:
        RegistryError: the source lacks a feature that the champion's clusters need.
    """
    fitted_to = list(champion.version.clustering["scaler"].feature_names_in_)
    are_rules = champion.tags.get("choice") == "rfm_rules"
    if settings.segments.continuity.most_renamed is None or fitted_to != inputs.columns or are_rules:
        return None
    continued = continue_clusters(champion.version, features, settings)
    sample = sample_rows(len(features), size=settings.evaluation.sample, seed=seed)
    widths = silhouettes(distance_matrix(inputs.present.matrix[sample]), continued.ids[sample])
    metrics = {
        **share_scores(continued.ids),
        **({"silhouette": float(widths.mean())} if widths.any() else {}),
        **separation_scores(inputs.present.matrix, continued.ids),
        "stability": _stability(champion.version, continued, settings, seed=seed),
        "moved_share": continued.moved_share,
        **_explained(champion.version, continued, inputs, folds=settings.evaluation.folds, seed=seed),
    }
    candidate = Candidate(CONTINUED, {"version": champion.number, "k": int(metrics["segment_count"])})
    return Evaluation(candidate, continued.ids, continued.predictor, metrics, widths)


def prefer_continued(comparison: Comparison, evaluation: Evaluation, settings: Settings) -> Comparison:
    """Add the champion's clusters to a comparison (`with_continued`).

    Args:
        comparison: evaluated and judged candidates, with a winner.
        evaluation: the champion's clusters.
        settings: settings of the continuity and of the selection.

    Returns:
        The comparison with one candidate more; its caveats are those of the clusters that are chosen now.
    """
    verdicts = with_continued(
        comparison.verdicts,
        evaluation,
        position=comparison.position,
        winner=comparison.winner,
        limits=size_limits(settings.selection),
        redraw_gain=settings.segments.continuity.redraw_gain,
    )
    evaluations = [*comparison.evaluations, evaluation]
    caveats = caveats_of(
        evaluations,
        verdicts,
        settings.selection,
        is_predictable=comparison.is_predictable,
        returning_share=comparison.returning_share,
    )
    board = leaderboard(evaluations, verdicts)
    return replace(comparison, evaluations=evaluations, verdicts=verdicts, board=board, caveats=caveats)


def continued_assignment(evaluation: Evaluation, features: pd.DataFrame, champion: RegisteredVersion) -> Assignment:
    """The assignment of a refit that continues the champion.

    Args:
        evaluation: the champion's clusters, moved (`evaluate_continued`).
        features: CustomerFeatures contract.
        champion: the champion.

    Returns:
        The assignment, under the champion's segment ids.
    """
    before = carry_segments(features, previous=champion.version, number=champion.number)
    ids = evaluation.labels
    continued = Continuation(ids, before.ids, _matches(before.ids, ids), champion.version, champion.number)
    clustering = {**champion.version.clustering, "predictor": evaluation.predictor}
    columns = list(clustering["scaler"].feature_names_in_)
    return Assignment(ids, _scaled(champion.version, features), columns, clustering, continued)


def _matches(before: np.ndarray, ids: np.ndarray) -> list[Match]:
    """The champion's segments that still have customers, each with its overlap."""
    previous, current, overlap = jaccard_matrix(before, ids)
    found = {(one, other): overlap[i, j] for i, one in enumerate(previous) for j, other in enumerate(current)}
    return [Match(id_, id_, float(found.get((id_, id_), 0.0))) for id_ in current]


def _scaled(version: SegmentsVersion, features: pd.DataFrame) -> np.ndarray:
    scaler = version.clustering["scaler"]
    columns = list(scaler.feature_names_in_)
    return np.ascontiguousarray(scaler.transform(with_indicators(features, columns)[columns]))


def _ids(labels: np.ndarray, clustering: Mapping[str, Any]) -> np.ndarray:
    segment_id_of = clustering["segment_id_of"]
    return np.array([segment_id_of[label] for label in labels.tolist()], dtype=np.int32)


def _renamed_share(
    ids: np.ndarray, carried: np.ndarray, features: pd.DataFrame, previous: SegmentsVersion, settings: Settings
) -> float:
    """The share of the customers who have another name than a refresh gives them."""
    if features[RFM].isna().all().any():
        return 0.0
    book = make_book(settings.segment_names, features, currency=settings.dataset.currency)
    kept = kept_names(carry_segments(features, previous=previous, number=""))

    def names_of(segment_ids: np.ndarray) -> list[str]:
        profiles = profile_segments(features, segment_ids)
        names = name_segments(make_portraits(features, segment_ids, profiles, book), book, kept=kept)
        name_of = {profile.id: name.name["en"] for profile, name in zip(profiles, names, strict=True)}
        return [name_of[id_] for id_ in segment_ids.tolist()]

    return float(np.mean([one != other for one, other in zip(names_of(carried), names_of(ids), strict=True)]))


def _stability(version: SegmentsVersion, continued: Continued, settings: Settings, *, seed: int) -> float:
    """Mean adjusted Rand index with the clusters moved towards bootstrap samples."""
    draws, X = np.random.default_rng(seed), continued.matrix
    most, size = settings.segments.continuity.most_renamed or 0.0, min(len(X), settings.evaluation.sample)
    scores = []
    for _ in range(settings.evaluation.bootstraps):
        sample = X[draws.integers(len(X), size=size)]
        again = move_clusters(version.clustering["predictor"], sample, most_moved=most).predictor.predict(X)
        scores.append(adjusted_rand_score(continued.ids, again))
    return float(np.mean(scores))


def _explained(
    version: SegmentsVersion, continued: Continued, inputs: ComparisonInputs, *, folds: int, seed: int
) -> dict[str, float]:
    if inputs.past is None:
        return {}
    snapshot = inputs.past.snapshot
    try:
        version.assign(snapshot.features)
    except RegistryError:
        # A feature of the clusters has no values at that date.
        return {}
    labels = continued.predictor.predict(_scaled(version, snapshot.features))
    share = explained_share(labels, np.log1p(snapshot.next_spend), folds=folds, seed=seed)
    return {"explained_spend": share}
