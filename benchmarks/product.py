"""This project's segmentation on a past date, chosen as a run on that date would have chosen it."""

from collections.abc import Mapping
from functools import partial

import duckdb
import numpy as np
import pandas as pd
from baselines import Fit, Fitted
from refits import continued, make_version, refreshed, renamed

from clientela.contracts import RFM
from clientela.features.scaling import make_scaler
from clientela.features.snapshot import Snapshot
from clientela.segmentation.assignment import Clusters, clusters_of, refit_assignment
from clientela.segmentation.clustering.candidates import make_families
from clientela.segmentation.clustering.inductive import assign_noise
from clientela.segmentation.compare import Comparison, compare_candidates, judge_candidates, predictability_of
from clientela.segmentation.inputs import ComparisonInputs, prepare_inputs
from clientela.segmentation.past_customers import RFM_FIT
from clientela.segmentation.version import SegmentsVersion
from clientela.settings import FitFeature, Settings


def product(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Fit:
    """The comparison of all candidates with the selection rule.

    Args:
        connection: connection with the transactions.
        settings: settings of the data set and of the comparison.

    Returns:
        The fit. Its refits fit the winner's clustering again, without a comparison; its successors continue its
        clusters, as `mlflow run .` does where there is a champion.
    """

    def fit(customers: Snapshot, seed: int) -> Fitted:
        inputs = prepare_inputs(
            connection,
            customers.features,
            fit=settings.fit,
            as_of=customers.as_of,
            horizon_days=settings.evaluation.horizon_days,
        )
        comparison, clusters = compare(inputs, customers.features, settings, seed=seed)
        clustering = refit_assignment(clusters, None).clustering
        version = make_version(customers.features, settings, customers.as_of, clusters.ids, None, clustering)
        scale = {name: settings.fit[name] for name in inputs.columns}
        return _champion(version, settings, refit=partial(refitted, comparison, scale))

    return fit


def compare(
    inputs: ComparisonInputs, features: pd.DataFrame, settings: Settings, *, seed: int
) -> tuple[Comparison, Clusters]:
    """Compare all candidates, as the product does, and assign the customers to the chosen one.

    Args:
        inputs: scaled customers.
        features: the customers' features, rows as in the inputs.
        settings: settings of the data set and of the comparison.
        seed: random seed.

    Returns:
        The comparison and the clusters.
    """
    families = make_families(settings.candidates.model_dump(), limit=settings.evaluation.sample)
    if features[RFM].isna().all().any():
        families = [family for family in families if not family.is_baseline]
    evaluation = settings.evaluation
    evaluations = compare_candidates(inputs, families, evaluation, selection=settings.selection, seed=seed)
    predictability = predictability_of(inputs, evaluations, folds=evaluation.folds, seed=seed)
    comparison = judge_candidates(families, evaluations, settings.selection, predictability=predictability)
    return comparison, clusters_of(comparison.winner, inputs, features)


def _champion(version: SegmentsVersion, settings: Settings, *, refit: Fit, other_names: float | None = None) -> Fitted:
    """A version that the next one continues."""

    def follow(customers: Snapshot, seed: int) -> Fitted:
        features, day = customers.features, customers.as_of
        successor, _ = continued(features, settings, day, previous=version)
        same_day, _ = refreshed(features, settings, day, previous=version)
        return _champion(successor, settings, refit=refit, other_names=renamed(same_day, successor))

    labels = version.customers["segment_id"].to_numpy()
    return Fitted(labels, version.assign, refit=refit, follow=follow, renamed=other_names)


def refitted(comparison: Comparison, fit: Mapping[str, FitFeature], customers: Snapshot, seed: int) -> Fitted:
    """The chosen candidate, fitted to other customers.

    Args:
        comparison: the comparison that chose it.
        fit: how each column of the fit is scaled.
        customers: the other customers.
        seed: random seed.

    Returns:
        The fitted candidate.
    """
    family, position = comparison.winner_family
    assert family
    # The quintiles of the RFM rules are those of recency, orders and spend, whatever the fit is.
    scale = RFM_FIT if family.is_baseline else fit
    columns, scaler = list(scale), make_scaler(scale)
    matrix = np.ascontiguousarray(scaler.fit_transform(customers.features[columns]))
    fitted = family.fit(matrix, seed=seed)[position]
    labels, predictor = assign_noise(matrix, fitted.labels, fitted.predictor)

    def predict(frame: pd.DataFrame) -> np.ndarray:
        return predictor.predict(np.ascontiguousarray(scaler.transform(frame[columns])))

    return Fitted(labels, predict)
