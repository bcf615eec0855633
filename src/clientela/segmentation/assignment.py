"""Assigns customers to segments: by the winner of a comparison, or by the champion's clusters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clientela.contracts import RFM
from clientela.features.extra import with_indicators
from clientela.features.profile import known_spend, order_by_value
from clientela.features.rfm import RfmRules
from clientela.features.scaling import make_scaler
from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.inductive import assign_noise
from clientela.segmentation.clustering.selection import BASELINE
from clientela.segmentation.inputs import ComparisonInputs
from clientela.segmentation.past_customers import RFM_FIT
from clientela.segmentation.previous_version import Continuation, carry_segments, continue_segments
from clientela.segmentation.registered import RegisteredVersion


@dataclass(frozen=True)
class Clusters:
    """A winner's clusters as segments in order of value, before they continue another version's.

    Attributes:
        labels: label of each customer (customers,), without noise.
        ids: segment id of each customer (customers,); 1 has the highest mean spend.
        matrix: scaled features (customers, features of the fit).
        scaler: fitted scaler of `matrix`.
        predictor: fitted predictor of the labels.
    """

    labels: np.ndarray
    ids: np.ndarray
    matrix: np.ndarray
    scaler: Any
    predictor: Any


@dataclass(frozen=True)
class Assignment:
    """Customers with their segments.

    Attributes:
        ids: segment id of each customer (customers,).
        matrix: scaled features (customers, features of the fit).
        columns: features of the fit.
        clustering: scaler, predictor and the segment id of each label, as a version keeps them.
        continued: how the segments continue another version's; None if they continue none.
    """

    ids: np.ndarray
    matrix: np.ndarray
    columns: list[str]
    clustering: Mapping[str, Any]
    continued: Continuation | None


def clusters_of(winner: Evaluation, inputs: ComparisonInputs, features: pd.DataFrame) -> Clusters:
    """Turn a winner's labels into segments in order of value.

    Args:
        winner: winning candidate.
        inputs: what it was fitted to.
        features: CustomerFeatures contract, rows as in the inputs.

    Returns:
        The clusters; every customer is in one.
    """
    scaler, matrix, labels, predictor = inputs.scaler, inputs.present.matrix, winner.labels, winner.predictor
    if winner.candidate.algorithm == BASELINE:
        # Quintiles do not depend on the scale. Distances between segments do, and versions have one space for both.
        scaler = make_scaler(RFM_FIT)
        matrix = np.ascontiguousarray(scaler.fit_transform(features[RFM]))
        predictor = RfmRules().fit(matrix)
        labels = predictor.predict(matrix)
    labels, predictor = assign_noise(matrix, labels, predictor)
    return Clusters(labels, order_by_value(labels, known_spend(features)), matrix, scaler, predictor)


def continue_champion(
    clusters: Clusters, features: pd.DataFrame, champion: RegisteredVersion | None, *, least_overlap: float
) -> Continuation | None:
    """Give segments the ids of the champion's segments that they continue.

    Args:
        clusters: new clusters.
        features: CustomerFeatures contract.
        champion: the champion; None if there is none.
        least_overlap: smallest Jaccard index of two segments that count as the same, in [0, 1].

    Returns:
        The continued segments; None if there is no champion.

    Raises:
        RegistryError: the source lacks a feature that the champion's clusters need.
    """
    if champion is None:
        return None
    return continue_segments(
        clusters.ids,
        features,
        clusters.scaler,
        previous=champion.version,
        number=champion.number,
        least_overlap=least_overlap,
    )


def refit_assignment(clusters: Clusters, continued: Continuation | None) -> Assignment:
    """The assignment of a refit: the winner's clusters, under the ids that they continue.

    Args:
        clusters: the winner's clusters.
        continued: how they continue the champion's segments; None if they continue none.

    Returns:
        The assignment.
    """
    ids = continued.ids if continued else clusters.ids
    clustering = {
        "scaler": clusters.scaler,
        "predictor": clusters.predictor,
        "segment_id_of": dict(zip(clusters.labels.tolist(), ids.tolist(), strict=True)),
    }
    return Assignment(ids, clusters.matrix, list(clusters.scaler.feature_names_in_), clustering, continued)


def refresh_assignment(features: pd.DataFrame, champion: RegisteredVersion) -> Assignment:
    """The assignment of a refresh: the champion's clusters on newer figures.

    Raises:
        RegistryError: the source lacks a feature that the champion's clusters need.
    """
    clustering = champion.version.clustering
    scaler, columns = clustering["scaler"], list(clustering["scaler"].feature_names_in_)
    continued = carry_segments(features, previous=champion.version, number=champion.number)
    matrix = scaler.transform(with_indicators(features, columns)[columns])
    return Assignment(continued.ids, matrix, columns, clustering, continued)
