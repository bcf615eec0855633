"""A past snapshot of the customers with the inputs that a clustering is fitted to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd

from clientela.contracts import RFM
from clientela.errors import InvalidData
from clientela.features.extra import ExtraFeatures
from clientela.features.scaling import make_scaler, usable_features
from clientela.features.snapshot import FEWEST_CUSTOMERS, Snapshot, take_snapshot
from clientela.segmentation.clustering.evaluation import ClusteringInput
from clientela.settings import FitFeature


@dataclass(frozen=True)
class PastCustomers:
    """Customers on a past date.

    Attributes:
        snapshot: their features then, and what they did in the period after that date.
        inputs: what a clustering is fitted to, rows as in the snapshot.
    """

    snapshot: Snapshot
    inputs: ClusteringInput


RFM_FIT = {name: FitFeature(transform="log") for name in RFM}  # scaling of the RFM rules' three columns


def usable_fit(features: pd.DataFrame, fit: Mapping[str, FitFeature]) -> tuple[dict[str, FitFeature], dict[str, str]]:
    """Select the features of the fit that this data set can provide.

    Args:
        features: CustomerFeatures contract.
        fit: features of the fit.

    Returns:
        The usable features of the fit, and the reason for each of the others. Where all customers are alike, no feature
        separates them, and recency, frequency and monetary value are returned.

    Raises:
        InvalidData: no feature separates the customers, and their purchases are not known.
    """
    try:
        columns, dropped = usable_features(features, fit)
    except InvalidData:
        if features[RFM].isna().any(axis=None):
            raise
        return RFM_FIT, dict.fromkeys(fit, "it is the same for every customer, or the source does not have it")
    return {name: fit[name] for name in columns}, dropped


def take_past_snapshot(
    connection: duckdb.DuckDBPyConnection,
    features: pd.DataFrame,
    *,
    fit: dict[str, FitFeature],
    as_of: date,
    days_back: int,
    horizon_days: int,
    extra: ExtraFeatures | None = None,
    taken: Sequence[Snapshot] = (),
) -> PastCustomers | None:
    """The customers as known `days_back` days before `as_of`, with their purchases in the next `horizon_days`.

    Args:
        connection: connection with the transactions; the table `net_lines` is recreated.
        features: CustomerFeatures contract as of `as_of`.
        fit: features of the fit.
        as_of: present as-of date.
        days_back: days between the past date and `as_of`; at least `horizon_days`, so that the next period is over.
        horizon_days: length of the next period (days).
        extra: attributes and event features of the fit as of any date; None without any.
        taken: snapshots of earlier calls with the same horizon and `extra`, which are not taken again.

    Returns:
        None if the history before the past date is shorter than the horizon, or had too few customers.
    """
    known_then = features["tenure_days"] > days_back
    if features["tenure_days"].max() < days_back + horizon_days or known_then.sum() < FEWEST_CUSTOMERS:
        return None
    day = as_of - timedelta(days=days_back)
    known_already = [snapshot for snapshot in taken if snapshot.as_of == day]
    snapshot = known_already[0] if known_already else _take(connection, day, horizon_days, extra)
    then = snapshot.features
    usable, _ = usable_fit(then, fit)
    matrix = np.ascontiguousarray(make_scaler(usable).fit_transform(then[list(usable)]))
    return PastCustomers(snapshot, ClusteringInput(matrix, then[RFM].to_numpy()))


def _take(
    connection: duckdb.DuckDBPyConnection, as_of: date, horizon_days: int, extra: ExtraFeatures | None
) -> Snapshot:
    """A snapshot with its next period, and with the attributes and event features as of its date."""
    snapshot = take_snapshot(connection, as_of=as_of, horizon_days=horizon_days)
    if extra is None:
        return snapshot
    known = extra.at(connection, as_of, snapshot.features["customer_id"])
    return replace(snapshot, features=extra.add(snapshot.features, known))
