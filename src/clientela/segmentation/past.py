"""A look back: the customers as they were known on a past date, and what they did next."""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd

from clientela.contracts import RFM
from clientela.features.build import build_features, next_period
from clientela.features.scaling import make_scaler, usable_features
from clientela.features.snapshot import FEWEST_CUSTOMERS
from clientela.segmentation.clustering.evaluation import Snapshot
from clientela.settings import FitFeature


@dataclass(frozen=True)
class Past:
    """A past date: its customers, their scaled matrix, and what they did in the period after it."""

    as_of: date
    features: pd.DataFrame
    snapshot: Snapshot
    next_spend: np.ndarray
    next_orders: np.ndarray


def look_back(
    connection: duckdb.DuckDBPyConnection,
    features: pd.DataFrame,
    *,
    fit: dict[str, FitFeature],
    as_of: date,
    days_back: int,
    horizon_days: int,
) -> Past | None:
    """The customers as they were known `days_back` before `as_of`, and their next `horizon_days`.

    None where the history before that date is shorter than the horizon or had too few customers.

    Args:
        connection: with the transactions; its `net_lines` are made anew.
        features: the CustomerFeatures contract as of `as_of`.
        fit: the features of the fit.
        as_of: the present.
        days_back: at least `horizon_days`, or the period would not be over.
        horizon_days: length of the next period.
    """
    known_then = features["tenure_days"] > days_back
    if features["tenure_days"].max() < days_back + horizon_days or known_then.sum() < FEWEST_CUSTOMERS:
        return None
    start = as_of - timedelta(days=days_back)
    then = build_features(connection, as_of=start)
    outcome = next_period(connection, start=start, days=horizon_days).reindex(then["customer_id"]).fillna(0)
    usable = {name: fit[name] for name in usable_features(then, fit)[0]}
    matrix = np.ascontiguousarray(make_scaler(usable).fit_transform(then[list(usable)]))
    return Past(
        start,
        then,
        Snapshot(matrix, then[RFM].to_numpy()),
        outcome["next_spend"].to_numpy(),
        outcome["next_orders"].to_numpy(),
    )
