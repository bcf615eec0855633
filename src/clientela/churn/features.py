"""Churn features of customers at a cut-off: the customer features, and further predictors of churn."""

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

MOST_SERVICES = 8  # services with columns of their own: those with the most customers
FEWEST_KNOWN = 20  # customers with a known value that a feature needs, so that every fold has some
CATEGORIES = ("gender", "region")
# Families of correlated features: the effect of one of them alone cannot be separated from the others.
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

    Customers who sign up on that date or later are left out. `attrs["services"]` lists the services with columns.

    Args:
        connection: DuckDB connection with `transactions`, `cancellations` and `customers`; `net_lines` is built again.
        as_of: cut-off date; only earlier transactions are read.
        services: services with columns of their own; None for those with the most customers.

    Returns:
        One row per customer.

    Raises:
        InvalidData: there is no transaction before `as_of`.
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
    """The columns that can be features: not constant, and known for enough customers; ids, dates and labels are not."""
    no_feature = ("customer_id", "last_event_at", "churn", "cutoff")
    return [
        name
        for name in frame.columns
        if name not in no_feature and frame[name].nunique(dropna=False) > 1 and frame[name].count() >= FEWEST_KNOWN
    ]


def families_of(columns: Sequence[str]) -> dict[str, list[str]]:
    """Family -> its columns among these, in their order.

    Each service is a family ("service:tv"). Age, gender and region are each a family of their own.
    """
    found: dict[str, list[str]] = {}
    family_of = {name: family for family, names in FAMILIES.items() for name in names}
    for name in columns:
        match = re.match(r"(?:recent_orders|earlier_orders|spend_share|orders_lost)_(.+)", name)
        family = family_of.get(name) or (f"service:{match[1]}" if match else name)
        found.setdefault(family, []).append(name)
    return found


def service_columns(services: Sequence[str]) -> dict[str, str]:
    """Service -> its name in columns: lower-case letters, digits and underscores; equal names are numbered."""
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
    """Four columns per service, one row per customer with any service."""
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
    """Total variation distance, in [0, 1], of the orders by service in the last 90 days and before, per customer."""
    parts = known.assign(before=known["orders"] - known["recent"]).set_index("customer_id")[["recent", "before"]]
    sums = parts.groupby(level=0).sum()
    shares = parts / sums.reindex(parts.index).replace(0.0, np.nan)
    distance: pd.Series = (shares["recent"] - shares["before"]).abs().groupby(level=0).sum(min_count=1) / 2
    return distance.where((sums["recent"] > 0) & (sums["before"] > 0))


def sql(name: str) -> str:
    """A query of this package."""
    return files("clientela.churn").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
