"""The quality of each column: completeness, validity, uniqueness, consistency and timeliness."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypedDict

import duckdb

from clientela.contracts import TRANSACTIONS
from clientela.quality.findings import Finding

RETURNED = "('cancellation', 'refund', 'refund_unmatched')"  # rules whose rows have negative quantities or amounts
# What a filled value must be: SQL over `source_lines`. Texts are checked once per value, below.
IS_VALID = {
    "ordered_at": "rejected_by is distinct from 'implausible_date'",
    "quantity": f"quantity > 0 or (quantity < 0 and coalesce(rejected_by in {RETURNED}, false))",
    "unit_price": "unit_price > 0",
    "amount": f"amount > 0 or (amount < 0 and coalesce(rejected_by in {RETURNED}, false))",
}
# A text with the replacement character, a control character, or UTF-8 read as Latin-1 was decoded wrongly.
BROKEN_TEXT = r"\x{FFFD}|[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]|[ÃÂ][\x{80}-\x{BF}]|â€"
TEXTS = ("customer_id", "order_id", "product_id", "description", "product_group", "country")
# column -> (key, value): each key must have one value of the column.
ONE_VALUE_PER_KEY = {
    "customer_id": ("order_id", "customer_id"),
    "ordered_at": ("order_id", "ordered_at::date"),
    "description": ("product_id", "description"),
    "product_group": ("product_id", "product_group"),
    "country": ("customer_id", "country"),
}
CENT = 0.01


class ColumnQuality(TypedDict):
    """The quality of one column; shares are in [0, 1], None where a check does not apply.

    Attributes:
        column: canonical column.
        source: column of the source.
        filled: completeness, the share of the rows with a value.
        valid: validity, the share of the filled values that a rule accepts.
        distinct: uniqueness, the number of different values, or of days.
        consistent: consistency, the share of the keys with one value, or of the lines whose amount is right.
        key: what the values were compared by; empty without `consistent`.
        recent: timeliness, the share of the rows of the last days with a value.
    """

    column: str
    source: str
    filled: float
    valid: float | None
    distinct: int | None
    consistent: float | None
    key: str
    recent: float | None


@dataclass(frozen=True)
class ColumnRule:
    """The shares below which a column has a finding.

    Attributes:
        filled: share of the rows with a value.
        own_filled: the same for single columns.
        valid: share of the filled values that are valid.
        consistent: share of the keys with one value.
        recent_drop: by how much the share of filled rows may be smaller in the last days.
        recent_days: number of last days.
    """

    filled: float
    own_filled: Mapping[str, float]
    valid: float
    consistent: float
    recent_drop: float
    recent_days: int


def column_quality(
    connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str], *, as_of: date, recent_days: int
) -> list[ColumnQuality]:
    """The quality of each mapped column.

    Args:
        connection: DuckDB connection with the view `source_lines` and the table `reading_facts`.
        columns: canonical column -> column of the source.
        as_of: as-of date.
        recent_days: days before the as-of date that count as recent.

    Returns:
        One entry per column, in the order of the contract.
    """
    names = [name for name in TRANSACTIONS.names if name in columns]
    dates, amounts, order_ids = connection.execute("""
        select unreadable_dates, unreadable_amounts, order_ids from reading_facts
    """).fetchall()[0]
    unreadable = {"ordered_at": dates, "amount" if "amount" in columns else "unit_price": amounts}
    rows, counts = _counts(connection, names, since=as_of - timedelta(days=recent_days))
    found: list[ColumnQuality] = []
    for name in names:
        readable, recent, recent_rows, valid = counts[name]
        filled = order_ids if name == "order_id" else readable + unreadable.get(name, 0)
        distinct, broken = _texts(connection, name) if name in TEXTS else (_days(connection, name), 0)
        key, consistent = _consistency(connection, name, names)
        found.append(
            {
                "column": name,
                "source": columns[name],
                "filled": min(1.0, _share(filled, rows) or 0.0),
                "valid": _share(min(valid, filled) - broken, filled),
                "distinct": distinct,
                "consistent": consistent,
                "key": key,
                "recent": _share(recent, recent_rows) if name not in ("order_id", "ordered_at") else None,
            }
        )
    return found


def column_findings(columns: list[ColumnQuality], rule: ColumnRule) -> Iterator[Finding]:
    """Findings of columns: missing, stale, invalid or inconsistent values."""
    for column in columns:
        name, filled = column["column"], column["filled"]
        least = rule.own_filled.get(name, rule.filled)
        if filled < least:
            yield _finding("missing", column, share=1 - filled, limit=1 - least)
        if column["recent"] is not None and column["recent"] < filled - rule.recent_drop:
            yield _finding("stale", column, recent=column["recent"], share=filled, days=rule.recent_days)
        if column["valid"] is not None and column["valid"] < rule.valid:
            yield _finding("invalid", column, share=1 - column["valid"], limit=1 - rule.valid)
        if column["consistent"] is not None and column["consistent"] < rule.consistent:
            yield _finding("inconsistent", column, share=1 - column["consistent"], by=column["key"])


def _finding(kind, column: ColumnQuality, **values: str | float) -> Finding:  # type: ignore[no-untyped-def]
    rule = f"{kind}_{column['column']}" if kind == "inconsistent" else kind
    return {
        "kind": kind,
        "rule": rule,
        "subject": column["column"],
        "values": {"column": column["source"], **values},
    }


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _counts(
    connection: duckdb.DuckDBPyConnection, names: list[str], *, since: date
) -> tuple[int, dict[str, tuple[int, int, int, int]]]:
    """Rows; and per column the readable values, those of the recent rows, the recent rows, and the valid values."""
    is_recent = f"ordered_at >= date '{since}'"
    parts = ["count(*)", f"count(*) filter (where {is_recent})"]
    for name in names:
        parts += [
            f"count({name})",
            f"count({name}) filter (where {is_recent})",
            f"count({name}) filter (where {IS_VALID.get(name, 'true')})",
        ]
    rows, recent_rows, *values = connection.execute(f"select {', '.join(parts)} from source_lines").fetchall()[0]
    readable, recent, valid = values[::3], values[1::3], values[2::3]
    return rows, {name: (readable[i], recent[i], recent_rows, valid[i]) for i, name in enumerate(names)}


def _texts(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[int, int]:
    """The number of different texts, and of rows whose text was decoded wrongly."""
    return connection.execute(f"""
        with texts as (select {name} as text, count(*) as n from source_lines where {name} is not null group by text)
        select count(*), coalesce(sum(n) filter (where regexp_matches(text, '{BROKEN_TEXT}')), 0)::bigint from texts
    """).fetchall()[0]


def _days(connection: duckdb.DuckDBPyConnection, name: str) -> int | None:
    if name != "ordered_at":
        return None
    days: int = connection.execute("select count(distinct ordered_at::date) from source_lines").fetchall()[0][0]
    return days


def _consistency(connection: duckdb.DuckDBPyConnection, name: str, names: list[str]) -> tuple[str, float | None]:
    """What the values of a column are compared by, and the share of it that agrees."""
    if name == "amount" and {"quantity", "unit_price"} <= set(names):
        lines, right = connection.execute(f"""
            select
                count(*),
                count(*) filter (where abs(amount - quantity * unit_price) <= greatest({CENT}, 0.01 * abs(amount)))
            from source_lines where amount is not null and quantity is not null and unit_price is not null
        """).fetchall()[0]
        return "quantity", _share(right, lines)
    key, value = ONE_VALUE_PER_KEY.get(name, ("", ""))
    if not key or key not in names:
        return "", None
    keys, single = connection.execute(f"""
        select count(*), count(*) filter (where is_single) from (
            select min({value}) = max({value}) as is_single
            from source_lines where {key} is not null and {value} is not null group by {key}
        )
    """).fetchall()[0]
    return key, _share(single, keys)
