"""Outliers among lines and orders, and what was done to them."""

from collections.abc import Iterator
from importlib.resources import files
from typing import TypedDict

import duckdb

from clientela.quality.findings import Finding


class Outliers(TypedDict):
    """Values far above all others.

    Attributes:
        measure: "quantity", "price" (relative to the usual price of the product) or "order_value".
        values: number of positive values.
        limit: the value above which a value is an outlier.
        count: number of outliers.
        largest: largest value.
        money_share: share of the revenue before cancellations that the outliers which count have.
        rejected: outliers that the cleaning rejected.
        cancelled: outliers that were cancelled in full.
        kept: outliers that count.
    """

    measure: str
    values: int
    limit: float
    count: int
    largest: float
    money_share: float
    rejected: int
    cancelled: int
    kept: int


def find_outliers(connection: duckdb.DuckDBPyConnection, *, spread: float) -> list[Outliers]:
    """Values above the upper fence of Tukey (1977) on the logarithmic scale.

    The fence is the third quartile times (third / first quartile) to the power of `spread`; the quartiles count as
    at least a factor of 2 apart, so that a measure with mostly equal values has outliers, too.

    Args:
        connection: DuckDB connection with the view `source_lines` and the table `cancellations`.
        spread: distance of the fence in interquartile ranges.

    Returns:
        One entry per measure that has values.
    """
    query = files("clientela.quality").joinpath("sql", "outliers.sql").read_text(encoding="utf-8")
    rows = connection.execute(query, {"spread": spread}).fetchall()
    names = list(Outliers.__annotations__)
    return [dict(zip(names, row, strict=True)) for row in rows]  # type: ignore[misc]


def outlier_findings(outliers: list[Outliers], *, most_money: float) -> Iterator[Finding]:
    """One finding per measure with outliers; a warning if those that count have more than a share of the revenue."""
    for one in outliers:
        if not one["count"]:
            continue
        finding: Finding = {
            "kind": "outliers",
            "rule": "outliers",
            "subject": one["measure"],
            "values": {name: value for name, value in one.items() if name != "measure"},  # type: ignore[misc]
        }
        yield finding if one["money_share"] > most_money else {**finding, "explained": "small"}
