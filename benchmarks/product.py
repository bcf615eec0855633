"""This project's segmentation on a past date, chosen as a run on that date would have chosen it."""

import duckdb
import numpy as np
import pandas as pd
from baselines import Fit, Fitted

from clientela.features.scaling import make_scaler, usable_features
from clientela.features.snapshot import Snapshot
from clientela.segmentation.assignment import Clusters, clusters_of
from clientela.segmentation.clustering.candidates import Family, make_families
from clientela.segmentation.clustering.inductive import assign_noise
from clientela.segmentation.clustering.limits import size_limits
from clientela.segmentation.compare import compare_candidates, judge_candidates
from clientela.segmentation.inputs import prepare_inputs
from clientela.settings import Settings


def product(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Fit:
    """The comparison of all candidates with the selection rule.

    Args:
        connection: connection with the transactions.
        settings: settings of the data set and of the comparison.

    Returns:
        The fit. Its refits fit the winner's clustering again, without a comparison.
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
        return _fitted(clusters, inputs.columns, settings, *comparison.winner_family)

    return fit


def _fitted(clusters: Clusters, columns: list[str], settings: Settings, family: Family, position: int) -> Fitted:
    """The clusters, with a refit of the same candidate."""

    def predict(frame: pd.DataFrame) -> np.ndarray:
        return clusters.predictor.predict(np.ascontiguousarray(clusters.scaler.transform(frame[columns])))

    def refit(customers: Snapshot, seed: int) -> Fitted:
        usable = usable_features(customers.features, settings.fit)[0]
        scaler = make_scaler({name: settings.fit[name] for name in usable})
        X = np.ascontiguousarray(scaler.fit_transform(customers.features[usable]))
        fitted = family.fit(X, seed=seed)[position]
        labels, predictor = assign_noise(X, fitted.labels, fitted.predictor)
        return _fitted(Clusters(labels, labels, scaler, predictor), usable, settings, family, position)

    return Fitted(clusters.labels, predict, refit=refit, follow=refit)
