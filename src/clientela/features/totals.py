"""Customer features of a table with one row per customer: those that its totals can fill."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from clientela.contracts import CUSTOMER_FEATURES, RFM
from clientela.errors import InvalidData

TOTALS_OF_DATES = ("first_purchase", "last_purchase")


def last_day(totals: pd.DataFrame) -> date | None:
    """The latest date in a table with one row per customer; None for a table without dates."""
    dates = [totals[name].max() for name in ("first_purchase", "last_purchase") if name in totals]
    return max(dates).date() if dates else None


def features_of_totals(totals: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Customer features from the totals of each customer.

    Args:
        totals: customer_id and those of first_purchase, last_purchase, order_count, total_spend that are known.
        as_of: as-of date; totals are those of the table's date, so no purchase may lie on or after it.

    Returns:
        CustomerFeatures contract, rows as in `totals`; features that the totals cannot fill are NaN.

    Raises:
        InvalidData: a date lies on or after `as_of`.

    Example:
        >>> totals = pd.DataFrame({"customer_id": ["7"], "order_count": [4.0], "total_spend": [40.0]})
        >>> features = features_of_totals(totals, as_of=date(2024, 1, 1))
        >>> features[["order_count", "mean_order_value", "tenure_days"]].iloc[0].tolist()
        [4.0, 10.0, nan]
    """
    last = last_day(totals)
    if last is not None and last >= as_of:
        raise InvalidData(
            f"The as-of date must be later than the last purchase in a table of totals, {last}, because earlier totals "
            f"are not known. Got {as_of} instead."
        )
    known = {name: totals[name].astype("float64") for name in ("order_count", "total_spend") if name in totals}
    days = {"days_since_last_purchase": "last_purchase", "tenure_days": "first_purchase"}
    known |= {name: _days_before(as_of, totals[column]) for name, column in days.items() if column in totals}
    if {"order_count", "total_spend"} <= known.keys():
        known["mean_order_value"] = known["total_spend"] / known["order_count"]
    if {"order_count", *TOTALS_OF_DATES} <= set(totals):
        span = (totals["last_purchase"] - totals["first_purchase"]).dt.days
        known["mean_days_between_orders"] = (span / (totals["order_count"] - 1)).where(totals["order_count"] > 1)
    columns = {name: known.get(name, np.nan) for name in CUSTOMER_FEATURES.names[1:]}
    return pd.DataFrame({"customer_id": totals["customer_id"], **columns})


def has_rfm(features: pd.DataFrame) -> bool:
    """Whether recency, frequency and monetary value are known; a table of customers may lack them."""
    return bool(features[RFM].notna().all(axis=None))


def purchase_period(totals: pd.DataFrame) -> tuple[date, date] | None:
    """Dates of the first and the last purchase in a table of totals; None if it lacks one of them."""
    if not {"first_purchase", "last_purchase"} <= set(totals):
        return None
    return totals["first_purchase"].min().date(), totals["last_purchase"].max().date()


def day_after(day: date) -> date:
    """The default as-of date of data that end on `day`."""
    return day + timedelta(days=1)


def _days_before(as_of: date, dates: pd.Series) -> pd.Series:
    return (pd.Timestamp(as_of) - dates).dt.days.astype("float64")
