"""What is known of each customer at a cut-off: the customer features of the house, and what else foretells leaving."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from importlib.resources import files

import duckdb
import numpy as np
import pandas as pd

from clientela.contracts import CHURN_FEATURES, CUSTOMER_FEATURES
from clientela.features.build import build_features

MOST_SERVICES = 8  # those with the most customers; a product group that few know tells little
FEWEST_KNOWN = 20  # customers of whom a feature must be known, so that no fold is without
CATEGORIES = ("gender", "region")
# Families of features that move together: one of them alone explains nothing that the others do not say too.
FAMILIES = {
    "recency": ("days_since_last_purchase", "overdue", "orders_last_30", "orders_last_90", "services_last_90"),
    "trend": ("order_trend", "spend_trend", "orders_90_before", "order_value_change", "service_shift"),
    "frequency": (
        "order_count", "active_months", "fading_orders", "mean_days_between_orders", "sd_days_between_orders",
    ),
    "spend": (
        "total_spend", "spend_per_month", "mean_order_value", "largest_order_value", "recent_spend", "fading_spend",
    ),
    "tenure": ("subscription_days", "tenure_days"),
    "basket": (
        "items_per_order", "lines_per_order", "products_per_order", "distinct_products", "mean_item_price",
        "services_used",
    ),
    "habits": ("return_share", "weekend_share", "evening_share", "holiday_share"),
}  # fmt: skip


def churn_features(
    connection: duckdb.DuckDBPyConnection, *, as_of: date, services: Sequence[str] | None = None
) -> pd.DataFrame:
    """The ChurnFeatures contract as of a date, with the customer features, ordered by customer_id.

    Whoever signs up on that date or later is left out. `attrs["services"]` holds the services that have columns.

    Args:
        connection: with the tables `transactions`, `cancellations` and `customers`; its `net_lines` are made anew.
        as_of: the cut-off; nothing from it on is read.
        services: that get columns; those with the most customers where None.

    Raises:
        InvalidData: no transaction lies before `as_of`.
    """
    base = build_features(connection, as_of=as_of)
    behaviour = connection.execute(sql("behaviour"), {"as_of": as_of}).df()
    known = connection.execute(sql("services"), {"as_of": as_of}).df()
    behaviour["service_shift"] = _shift(known).reindex(behaviour["customer_id"]).to_numpy()
    behaviour = behaviour[list(CHURN_FEATURES.names)]
    frame = base.merge(behaviour, on="customer_id", validate="one_to_one")
    if services is None:
        services = _widest(known)
    frame = frame.merge(_of_services(known, services), on="customer_id", how="left", validate="one_to_one")
    added = frame.columns[len(CUSTOMER_FEATURES.names) + len(CHURN_FEATURES.names) - 1 :]
    frame[added] = frame[added].fillna(0.0)
    frame.attrs["services"] = list(services)
    return frame


def usable(frame: pd.DataFrame) -> list[str]:
    """The columns that tell customers apart: known of some, not the same for all; without id, time stamp and label."""
    no_feature = ("customer_id", "last_event_at", "churn", "cutoff")
    return [
        name
        for name in frame.columns
        if name not in no_feature and frame[name].nunique(dropna=False) > 1 and frame[name].count() >= FEWEST_KNOWN
    ]


def families_of(columns: Sequence[str]) -> dict[str, list[str]]:
    """Family -> its columns among these, in their order.

    A service is a family of its own ("service:tv"); so are age, gender and region, which say different things.
    """
    found: dict[str, list[str]] = {}
    family_of = {name: family for family, names in FAMILIES.items() for name in names}
    for name in columns:
        match = re.match(r"(?:recent_orders|earlier_orders|spend_share|orders_lost)_(.+)", name)
        family = family_of.get(name) or (f"service:{match[1]}" if match else name)
        found.setdefault(family, []).append(name)
    return found


def service_columns(services: Sequence[str]) -> dict[str, str]:
    """Service -> its part of a column's name: small letters, digits and underscores, numbered where two are alike."""
    found: dict[str, str] = {}
    for service in services:
        plain = unicodedata.normalize("NFKD", service).encode("ascii", "ignore").decode().lower()
        slug = name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "other"
        number = 1
        while name in found.values():
            number += 1
            name = f"{slug}_{number}"
        found[service] = name
    return found


def _widest(known: pd.DataFrame) -> list[str]:
    counts = known.groupby("service")["customer_id"].count().reset_index()
    ordered = counts.sort_values(["customer_id", "service"], ascending=[False, True])["service"]
    return list(dict.fromkeys(ordered))[:MOST_SERVICES]


def _of_services(known: pd.DataFrame, services: Sequence[str]) -> pd.DataFrame:
    """Four columns a service, one row a customer who has any."""
    total = known.groupby("customer_id")["spend"].sum()
    columns = {}
    for service, name in service_columns(services).items():
        rows = known[known["service"] == service].set_index("customer_id").reindex(total.index)
        recent, earlier = rows["recent"].fillna(0.0), rows["earlier"].fillna(0.0)
        columns[f"recent_orders_{name}"] = recent
        columns[f"earlier_orders_{name}"] = earlier
        columns[f"orders_lost_{name}"] = np.log1p(earlier) - np.log1p(recent)
        columns[f"spend_share_{name}"] = rows["spend"].fillna(0.0) / total
    return pd.DataFrame(columns, index=total.index).reset_index()


def _shift(known: pd.DataFrame) -> pd.Series:
    """How far the mix of orders by service in the last 90 days is from that before, by customer_id; in [0, 1]."""
    parts = known.assign(before=known["orders"] - known["recent"]).set_index("customer_id")[["recent", "before"]]
    sums = parts.groupby(level=0).sum()
    shares = parts / sums.reindex(parts.index).replace(0.0, np.nan)
    distance: pd.Series = (shares["recent"] - shares["before"]).abs().groupby(level=0).sum(min_count=1) / 2
    return distance.where((sums["recent"] > 0) & (sums["before"] > 0))


def sql(name: str) -> str:
    """A query of this package."""
    return files("clientela.churn").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
