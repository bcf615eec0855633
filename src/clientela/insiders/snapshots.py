"""Customers at a moment, present or past, as the Insiders programme sees them, and every order of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

from clientela.clv.summary import PurchaseSummary, summarise_purchases
from clientela.contracts import RFM
from clientela.errors import InvalidData
from clientela.features.build import build_features, next_period
from clientela.features.scaling import make_scaler, usable_features
from clientela.features.snapshot import FEWEST_CUSTOMERS
from clientela.insiders.ranking import by_segment, rfm_score
from clientela.insiders.windows import window_figures
from clientela.settings import FitFeature


@dataclass(frozen=True)
class Moment:
    """The customers as they were known on a date, all in one order.

    Attributes:
        as_of: the date.
        features: the CustomerFeatures contract.
        figures: window (days) -> spend, orders and days, by customer_id.
        purchases: what the purchase models read.
        next_spend, next_orders: of the period after it; None where that is not over.
    """

    as_of: date
    features: pd.DataFrame
    figures: dict[int, pd.DataFrame]
    purchases: PurchaseSummary
    next_spend: np.ndarray | None
    next_orders: np.ndarray | None

    @property
    def customers(self) -> pd.Index:
        """Ids, in the order of everything else."""
        return pd.Index(self.features["customer_id"])

    @property
    def revenue(self) -> np.ndarray:
        """Past spend (currency), one a customer."""
        return self.features["total_spend"].to_numpy()


def look(
    connection: duckdb.DuckDBPyConnection, *, as_of: date, windows: Sequence[int], next_days: int | None
) -> Moment:
    """The customers as they were known on `as_of`; `net_lines` is made anew.

    Args:
        connection: with the transactions.
        as_of: the date.
        windows: in which spend and orders are counted (days).
        next_days: length of the period after it that is looked into, if any.

    Raises:
        InvalidData: nobody had bought by then.
    """
    features = build_features(connection, as_of=as_of)
    ids = pd.Index(features["customer_id"])
    figures = {window: window_figures(connection, as_of=as_of, window_days=window).reindex(ids) for window in windows}
    purchases = summarise_purchases(connection, as_of=as_of)
    if not ids.equals(pd.Index(purchases.customers["customer_id"])):
        raise InvalidData(f"The features and the purchases as of {as_of} must be of the same customers.")
    after = next_period(connection, start=as_of, days=next_days).reindex(ids).fillna(0.0) if next_days else None
    return Moment(
        as_of,
        features,
        figures,
        purchases,
        after["next_spend"].to_numpy() if after is not None else None,
        after["next_orders"].to_numpy() if after is not None else None,
    )


def past_dates(first_order: date, as_of: date, *, days_back: Sequence[int], horizon_days: int) -> list[date]:
    """The dates, latest first, before which there is a history of at least one horizon."""
    dates = [as_of - timedelta(days=days) for days in sorted(days_back)]
    return [day for day in dates if (day - first_order).days >= horizon_days]


def is_known(moment: Moment) -> bool:
    """Whether there were enough customers to judge anything by."""
    return len(moment.features) >= FEWEST_CUSTOMERS


def yardsticks(moment: Moment, *, fit: dict[str, FitFeature], segments: int, seed: int) -> dict[str, np.ndarray]:
    """The orders that need no model of value: past revenue, RFM score, K-means segments; higher comes first."""
    usable = {name: fit[name] for name in usable_features(moment.features, fit)[0]}
    matrix = make_scaler(usable).fit_transform(moment.features[list(usable)])
    labels = KMeans(segments, n_init=5, random_state=seed).fit_predict(matrix)
    return {
        "revenue_sort": moment.revenue,
        "rfm_score": rfm_score(moment.features[RFM].to_numpy()),
        "best_segment": by_segment(labels, moment.revenue),
    }
