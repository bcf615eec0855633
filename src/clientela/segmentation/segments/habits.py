"""What a segment's customers buy, when and from where, compared with all customers.

Rows stay in DuckDB: Python sees counts, and for the basket rules the product codes of a bounded sample.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any, TypedDict

import duckdb
import numpy as np
import pandas as pd

from clientela.segmentation.segments.baskets import BasketRule, basket_rules

# With few customers, a high lift is chance, and a rare product says little about a segment. So the lists have values
# that enough customers bought, among the most frequent ones, by lift.
STANDS_OUT = {"by": "lift", "most": 8, "fewest": 20, "smallest_share": 0.05, "widest": 50}
# Countries need no minimum: the most frequent first.
IS_THERE = {"by": "share", "most": 5, "fewest": 1, "smallest_share": 0.0, "widest": 5}
KINDS = {"products": STANDS_OUT, "groups": STANDS_OUT, "countries": IS_THERE}
MOST_ORDERS, MOST_PRODUCTS = 20_000, 200  # per segment, for its basket rules


class Habits(TypedDict):
    """A segment's habits; see `describe_habits`.

    `products`, `groups`: product, description, customers, share, base_share, lift. `countries`: country, share,
    base_share, lift. `weekdays` (from Monday), `hours` (0 to 23): shares of the orders; `base_` stands for all
    customers.
    """

    products: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    weekdays: list[float]
    base_weekdays: list[float]
    hours: list[float] | None
    base_hours: list[float] | None
    countries: list[dict[str, Any]]
    baskets: list[BasketRule]


class Rhythm(TypedDict):
    """Shares of the orders by weekday and hour, of a segment and of all customers."""

    weekdays: list[float]
    base_weekdays: list[float]
    hours: list[float] | None
    base_hours: list[float] | None


def describe_habits(
    connection: duckdb.DuckDBPyConnection, segment_of: pd.DataFrame, *, smallest_group: int = 1
) -> dict[int, Habits]:
    """What each segment buys, when and from where.

    Shares are of customers (who bought it at least once) or, for weekdays and hours, of orders. Lift is the segment's
    share / that of all customers of `segment_of`. Products and groups: the 8 of the highest lift among the segment's 50
    most widely bought that at least 20 and 5 % of its customers bought. A segment that buys less of everything has
    lifts below 1. Hours are None if the source has dates only.

    Args:
        connection: connection with the table `net_lines` as of the segments' date (`build_features` leaves it).
        segment_of: customer_id and segment_id, one row per customer.
        smallest_group: number of customers of a segment below which a product or country is left out.

    Returns:
        Segment id -> its habits.
    """
    ids = [int(id_) for id_ in np.sort(segment_of["segment_id"].unique())]
    with _segment_purchases(connection, segment_of):
        lists = {kind: _preferences(connection, kind, smallest_group) for kind in KINDS}
        times = connection.execute(_sql("order_times")).df()
        baskets = _baskets(connection)
    return {
        id_: {
            "products": lists["products"].get(id_, []),
            "groups": lists["groups"].get(id_, []),
            **_rhythm(times, id_),
            "countries": lists["countries"].get(id_, []),
            "baskets": baskets.get(id_, []),
        }
        for id_ in ids
    }


@contextmanager
def _segment_purchases(connection: duckdb.DuckDBPyConnection, segment_of: pd.DataFrame) -> Iterator[None]:
    connection.register("segment_of", segment_of[["customer_id", "segment_id"]])
    try:
        connection.execute(f"create or replace temp table segment_purchases as {_sql('segment_purchases')}")
        yield
    finally:
        connection.execute("drop table if exists segment_purchases")
        connection.unregister("segment_of")


def _preferences(
    connection: duckdb.DuckDBPyConnection, kind: str, smallest_group: int
) -> dict[int, list[dict[str, Any]]]:
    limits = KINDS[kind] | {"fewest": max(int(KINDS[kind]["fewest"]), smallest_group)}  # type: ignore[call-overload]
    found = connection.execute(_sql("preferences"), {"kind": kind, **limits}).fetchall()
    lists: dict[int, list[dict[str, Any]]] = {}
    for id_, value, description, customers, share, base_share, lift, *_ in found:
        shares = {"share": share, "base_share": base_share, "lift": lift}
        what = {"product": value, "description": description, "customers": customers}
        lists.setdefault(id_, []).append(({"country": value} if kind == "countries" else what) | shares)
    return lists


def _rhythm(times: pd.DataFrame, id_: int) -> Rhythm:
    """Shares of the orders by weekday (Monday first) and hour, of the segment and of all customers."""
    has_time = bool((times["hour"] > 0).any())
    segment = times[times["segment_id"] == id_]
    return {
        "weekdays": _shares(segment["weekday"] - 1, segment["orders"], 7),
        "base_weekdays": _shares(times["weekday"] - 1, times["orders"], 7),
        "hours": _shares(segment["hour"], segment["orders"], 24) if has_time else None,
        "base_hours": _shares(times["hour"], times["orders"], 24) if has_time else None,
    }


def _shares(slots: pd.Series, orders: pd.Series, length: int) -> list[float]:
    counts = np.bincount(slots, weights=orders, minlength=length)
    return (counts / max(counts.sum(), 1)).tolist()


def _baskets(connection: duckdb.DuckDBPyConnection) -> dict[int, list[BasketRule]]:
    bounds = {"most_orders": MOST_ORDERS, "most_products": MOST_PRODUCTS}
    items = connection.execute(_sql("basket_items"), bounds).df()
    names = connection.execute(_sql("product_names"), {"products": items["product_id"].unique().tolist()}).fetchall()
    return {int(id_): basket_rules(of_segment, dict(names)) for id_, of_segment in items.groupby("segment_id")}


def _sql(name: str) -> str:
    return files("clientela.segmentation.segments").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
