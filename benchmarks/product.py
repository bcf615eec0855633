"""This project's segmentation on a past date, chosen as a run on that date would have chosen it."""

from functools import partial

import duckdb
import numpy as np
import pandas as pd
from baselines import Fit, Fitted
from refits import continued, make_version

from clientela.features.scaling import make_scaler, usable_features
from clientela.features.snapshot import Snapshot
from clientela.segmentation.assignment import clusters_of, refit_assignment
from clientela.segmentation.clustering.candidates import make_families
from clientela.segmentation.clustering.inductive import assign_noise
from clientela.segmentation.clustering.limits import size_limits
from clientela.segmentation.compare import Comparison, compare_candidates, judge_candidates
from clientela.segmentation.inputs import prepare_inputs
from clientela.segmentation.version import SegmentsVersion
from clientela.settings import Settings


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
        families = make_families(settings.candidates.model_dump(), limit=settings.evaluation.sample)
        evaluations = compare_candidates(
            inputs, families, settings.evaluation, limits=size_limits(settings.selection), seed=seed
        )
        comparison = judge_candidates(families, evaluations, settings.selection)
        clusters = clusters_of(comparison.winner, inputs, customers.features)
        clustering = refit_assignment(clusters, None).clustering
        version = make_version(customers.features, settings, customers.as_of, clusters.ids, None, clustering)
        refit = partial(_refitted, comparison, settings)
        return _champion(version, settings, refit=refit)

    return fit


def _champion(version: SegmentsVersion, settings: Settings, *, refit: Fit) -> Fitted:
    """A version that the next one continues."""

    def follow(customers: Snapshot, seed: int) -> Fitted:
        successor, _ = continued(customers.features, settings, customers.as_of, previous=version)
        return _champion(successor, settings, refit=refit)

    labels = version.customers["segment_id"].to_numpy()
    return Fitted(labels, version.assign, refit=refit, follow=follow)


def _refitted(comparison: Comparison, settings: Settings, customers: Snapshot, seed: int) -> Fitted:
    """The chosen candidate, fitted to other customers."""
    family, position = comparison.winner_family
    assert family
    columns = usable_features(customers.features, settings.fit)[0]
    scaler = make_scaler({name: settings.fit[name] for name in columns})
    matrix = np.ascontiguousarray(scaler.fit_transform(customers.features[columns]))
    fitted = family.fit(matrix, seed=seed)[position]
    labels, predictor = assign_noise(matrix, fitted.labels, fitted.predictor)

    def predict(frame: pd.DataFrame) -> np.ndarray:
        return predictor.predict(np.ascontiguousarray(scaler.transform(frame[columns])))

    return Fitted(labels, predict)
