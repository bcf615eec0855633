"""Customers at past cut-offs with their outcomes: the rows for training and testing.

There are two kinds of labels. With labels in the customer table there is one cut-off, and some customers are held out.
Otherwise churn is no purchase in a window, and models are tested at later cut-offs than those of the training rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold, train_test_split

from clientela.churn.features import churn_features, sql
from clientela.contracts import CHURN_SERVICES
from clientela.errors import InvalidData
from clientela.features.build import make_net_lines, next_period

FEWEST = 50  # customers who left, and as many who stayed, that a model needs
OF_A_SERVICE = tuple(column.name.rstrip("*") for column in CHURN_SERVICES)
WINDOWS = (14, 180)  # shortest and longest window from gaps, in days


@dataclass(frozen=True)
class Split:
    """Training and test rows; both have the features, churn (0.0 or 1.0) and cutoff (date).

    Attributes:
        train: one row per customer and cut-off.
        test: one row per customer, at one cut-off; if `by_time`, no earlier than the end of all windows of `train`.
        by_time: whether the test is at a later cut-off; if not, customers are held out.
        season_shift: what the season adds to the log-odds of churn, from the training windows to the test (`season`).
    """

    train: pd.DataFrame
    test: pd.DataFrame
    by_time: bool
    season_shift: float = 0.0

    @property
    def cutoff(self) -> date:
        """Cut-off of the test."""
        day: date = self.test["cutoff"].iloc[0]
        return day


def window_from_gaps(connection: duckdb.DuckDBPyConnection, *, as_of: date, quantile: float) -> int:
    """The churn window from the data: a quantile of the days between orders, kept between 14 and 180 days.

    Only completed gaps are known, so long gaps are under-represented.

    Args:
        connection: DuckDB connection with the transactions; `net_lines` is built again.
        as_of: as-of date; later orders are not used.
        quantile: quantile of the gaps, in (0, 1).

    Returns:
        Length of the window in days.

    Raises:
        InvalidData: no customer has two order days.
    """
    make_net_lines(connection, as_of=as_of)
    days, gaps = connection.execute(sql("gaps"), {"quantile": quantile}).fetchall()[0]
    if not gaps:
        raise InvalidData("An automatic churn window needs customers with at least two order days. Got none.")
    return int(min(max(days, WINDOWS[0]), WINDOWS[1]))


def has_labels(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the customer table has churn labels."""
    return bool(connection.execute("select count(churn) > 0 from customers").fetchall()[0][0])


def labelled(
    connection: duckdb.DuckDBPyConnection, *, cutoff: date, active_days: int | None, services: Sequence[str] | None
) -> pd.DataFrame:
    """Customers at the cut-off with their labels from the customer table; customers without a label are left out.

    Args:
        connection: DuckDB connection with transactions, cancellations and customers.
        cutoff: cut-off date of the features.
        active_days: most days since the last purchase; None for no limit.
        services: services with columns of their own; None for those with the most customers.

    Returns:
        One row per customer: features, churn (0.0 or 1.0), cutoff.
    """
    frame = _active(churn_features(connection, as_of=cutoff, services=services), active_days)
    labels = connection.execute("select customer_id, churn from customers where churn is not null").df()
    known = frame.merge(labels, on="customer_id").assign(cutoff=cutoff)
    known.attrs["services"] = frame.attrs["services"]
    return known


def by_window(
    connection: duckdb.DuckDBPyConnection,
    *,
    cutoff: date,
    days: int,
    active_days: int | None,
    services: Sequence[str] | None,
) -> pd.DataFrame:
    """Customers at the cut-off, labelled by their purchases in the window that begins on it.

    Args:
        connection: DuckDB connection with transactions, cancellations and customers.
        cutoff: cut-off date of the features, and first day of the window.
        days: length of the window in days.
        active_days: most days since the last purchase; None for no limit.
        services: services with columns of their own; None for those with the most customers.

    Returns:
        One row per customer: features, churn (1.0 for no purchase in the window), cutoff.
    """
    frame = _active(churn_features(connection, as_of=cutoff, services=services), active_days)
    back = next_period(connection, start=cutoff, days=days).index
    known = frame.assign(churn=(~frame["customer_id"].isin(back)).astype("float64"), cutoff=cutoff)
    known.attrs["services"] = frame.attrs["services"]
    return known


def _active(frame: pd.DataFrame, active_days: int | None) -> pd.DataFrame:
    if active_days is None:
        return frame
    kept = frame[frame["days_since_last_purchase"] <= active_days].reset_index(drop=True)
    kept.attrs = frame.attrs
    return kept


def test_cutoffs(*, as_of: date, first: date, days: int, test: int, step: int, least_history: int) -> list[date]:
    """Cut-offs for testing: their windows have ended at `as_of`, and there is history for training.

    Args:
        as_of: as-of date.
        first: date of the first order.
        days: length of the churn window in days.
        test: most cut-offs.
        step: days between cut-offs.
        least_history: least days of orders before a training cut-off.

    Returns:
        Dates, the latest first.
    """
    latest = as_of - timedelta(days=days)
    found = [latest - timedelta(days=step * i) for i in range(test)]
    return [day for day in found if day - timedelta(days=days + least_history) >= first]


def train_cutoffs(*, cutoff: date, first: date, days: int, train: int, step: int, least_history: int) -> list[date]:
    """Cut-offs for training: their windows have ended at the test's cut-off.

    Args:
        cutoff: cut-off of the test.
        first: date of the first order.
        days: length of the churn window in days.
        train: most cut-offs.
        step: days between cut-offs.
        least_history: least days of orders before a cut-off.

    Returns:
        Dates, the latest first.
    """
    latest = cutoff - timedelta(days=days)
    found = [latest - timedelta(days=step * i) for i in range(train)]
    return [day for day in found if day - timedelta(days=least_history) >= first]


def hold_out(rows: pd.DataFrame, *, share: float, seed: int) -> Split:
    """Hold out a share of the customers, stratified by churn.

    Args:
        rows: one row per customer, with features, churn and cutoff.
        share: share of the customers in the test, in (0, 1).
        seed: random seed.

    Returns:
        Training and test rows.

    Raises:
        InvalidData: too few customers left, or too few stayed.
    """
    check_both(rows)
    train, test = train_test_split(rows, test_size=share, stratify=rows["churn"], random_state=seed)
    return Split(_ordered(train), _ordered(test), by_time=False)


def stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of several cut-offs, the earliest first; columns of a service that a cut-off lacks are 0."""
    rows = pd.concat(list(frames)[::-1], ignore_index=True)
    added = [name for name in rows.columns if name.startswith(OF_A_SERVICE)]
    rows[added] = rows[added].fillna(0.0)
    return rows


def check_both(rows: pd.DataFrame) -> None:
    """Raise InvalidData if too few customers left or too few stayed to train a model."""
    left, stayed = int((rows["churn"] == 1).sum()), int((rows["churn"] == 0).sum())
    if min(left, stayed) < FEWEST:
        raise InvalidData(
            f"A churn model needs at least {FEWEST} customers who left and {FEWEST} who stayed. "
            f"Got {left:,} and {stayed:,} instead."
        )


def folds_of(rows: pd.DataFrame, *, folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Stratified folds; all rows of a customer are in the same fold.

    Args:
        rows: rows with churn and customer_id.
        folds: number of folds.
        seed: random seed.

    Returns:
        (training positions, test positions) of each fold.
    """
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    return list(splitter.split(rows, rows["churn"], groups=rows["customer_id"]))


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values("customer_id").reset_index(drop=True)
