"""The exploration of a shop as plain data."""

from collections.abc import Sequence
from datetime import date
from typing import TypedDict

import duckdb
import pandas as pd

from clientela.contracts import RFM
from clientela.exploration.customers import (
    Concentration,
    Distribution,
    Pairs,
    concentration,
    distribution,
    pairs,
)
from clientela.exploration.time import Cohorts, Seasons, cohorts, seasons

SMALLEST_GROUP = 5  # customers; no figure describes fewer
MOST_SHOWN, MOST_PAIRED = 4, 8
SHOWN = ("days_since_last_purchase", "order_count", "total_spend", "mean_order_value")
# Figures that are compared in pairs; others of the contract say nearly the same as one of these.
PAIRED = (
    *SHOWN, "tenure_days", "items_per_order", "distinct_products", "mean_item_price", "return_share", "weekend_share",
)  # fmt: skip


class Exploration(TypedDict):
    """What the data look like; None where the data cannot say.

    `one_time` is the share of the customers with one order.
    """

    customers: int
    smallest: int
    one_time: float | None
    distributions: list[Distribution]
    concentration: Concentration | None
    pairs: Pairs | None
    cohorts: Cohorts | None
    seasons: Seasons | None


def explore(
    connection: duckdb.DuckDBPyConnection | None,
    features: pd.DataFrame,
    *,
    fit: Sequence[str],
    as_of: date,
    smallest: int,
) -> Exploration:
    """Explore the customers and, with transactions, the time.

    Args:
        connection: DuckDB connection with the table `net_lines` as of the date; None without transactions.
        features: CustomerFeatures contract, one row per customer.
        fit: features of the fit, which are compared in pairs.
        as_of: as-of date.
        smallest: smallest group that is shown.

    Returns:
        Plain data.
    """
    has_rfm = "total_spend" in features and features[list(RFM)].notna().all(axis=None)
    shown = [name for name in (SHOWN if has_rfm else fit) if name in features]
    found = [distribution(name, features[name]) for name in shown[:MOST_SHOWN]]
    orders = features["order_count"].dropna() if "order_count" in features else pd.Series(dtype=float)
    return {
        "customers": len(features),
        "smallest": smallest,
        "one_time": float((orders == 1).mean()) if len(orders) else None,
        "distributions": [one for one in found if one],
        "concentration": concentration(features["total_spend"]) if "total_spend" in features else None,
        "pairs": pairs(features, PAIRED if has_rfm else shown[:MOST_PAIRED]),
        "cohorts": cohorts(connection, as_of=as_of, smallest=smallest) if connection else None,
        "seasons": seasons(connection, as_of=as_of) if connection else None,
    }
