"""Customers at past cut-offs with what became of them: the rows that models learn from and are tested on.

Two ways to a label. The table of customers has one: then there is one cut-off, and some customers are held out. Or
churn is no purchase in a window: then models are tested at later cut-offs than those that they learn from.
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

FEWEST = 50  # of those who left, and of those who stayed, that a model learns from
OF_A_SERVICE = tuple(column.name.rstrip("*") for column in CHURN_SERVICES)
WINDOWS = (14, 180)  # days between which the window lies that the data's own gaps give


@dataclass(frozen=True)
class Split:
    """What is learnt from and what is tested on; both frames have churn (0.0 or 1.0) and cutoff (date) too.

    Attributes:
        train: one row a customer and cut-off.
        test: one row a customer, at one cut-off; by time none is before the end of a window of `train`.
        by_time: whether the test lies later, or holds out customers.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    by_time: bool

    @property
    def cutoff(self) -> date:
        """Of the test."""
        day: date = self.test["cutoff"].iloc[0]
        return day


def window_from_gaps(connection: duckdb.DuckDBPyConnection, *, as_of: date, quantile: float) -> int:
    """Days without a purchase after which most customers would have been back: a quantile of their gaps.

    Only gaps that have ended are known, so the long ones are under-represented; it lies between 14 and 180 days.

    Raises:
        InvalidData: no customer has two order days.
    """
    make_net_lines(connection, as_of=as_of)
    days, gaps = connection.execute(sql("gaps"), {"quantile": quantile}).fetchall()[0]
    if not gaps:
        raise InvalidData("The window of churn must come from gaps between orders; no customer has two order days.")
    return int(min(max(days, WINDOWS[0]), WINDOWS[1]))


def has_labels(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the table of customers says who left."""
    return bool(connection.execute("select count(churn) > 0 from customers").fetchall()[0][0])


def labelled(
    connection: duckdb.DuckDBPyConnection, *, cutoff: date, active_days: int | None, services: Sequence[str] | None
) -> pd.DataFrame:
    """Customers at the cut-off with the label that the table of customers gives; those without one are left out."""
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
    """Customers at the cut-off; churn is 1.0 where they bought nothing in the `days` from it on."""
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
    """The latest cut-offs whose windows are over at `as_of` and that have cut-offs to learn from; latest first."""
    latest = as_of - timedelta(days=days)
    found = [latest - timedelta(days=step * i) for i in range(test)]
    return [day for day in found if day - timedelta(days=days + least_history) >= first]


def train_cutoffs(*, cutoff: date, first: date, days: int, train: int, step: int, least_history: int) -> list[date]:
    """Earlier cut-offs whose windows are over at `cutoff`; latest first."""
    latest = cutoff - timedelta(days=days)
    found = [latest - timedelta(days=step * i) for i in range(train)]
    return [day for day in found if day - timedelta(days=least_history) >= first]


def hold_out(rows: pd.DataFrame, *, share: float, seed: int) -> Split:
    """Hold a share of the customers out, as many of those who left as of the others.

    Raises:
        InvalidData: too few left, or too few stayed.
    """
    check_both(rows)
    train, test = train_test_split(rows, test_size=share, stratify=rows["churn"], random_state=seed)
    return Split(_ordered(train), _ordered(test), by_time=False)


def stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of several cut-offs, the earliest first; a service that one does not know is 0 there."""
    rows = pd.concat(list(frames)[::-1], ignore_index=True)
    added = [name for name in rows.columns if name.startswith(OF_A_SERVICE)]
    rows[added] = rows[added].fillna(0.0)
    return rows


def check_both(rows: pd.DataFrame) -> None:
    """Raise InvalidData where too few left or too few stayed for a model to learn from."""
    left, stayed = int((rows["churn"] == 1).sum()), int((rows["churn"] == 0).sum())
    if min(left, stayed) < FEWEST:
        raise InvalidData(
            f"A churn model needs at least {FEWEST} customers who left and {FEWEST} who stayed. "
            f"Got {left:,} and {stayed:,} instead."
        )


def folds_of(rows: pd.DataFrame, *, folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Stratified folds in which a customer is on one side only, whatever the number of cut-offs."""
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    return list(splitter.split(rows, rows["churn"], groups=rows["customer_id"]))


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values("customer_id").reset_index(drop=True)
