"""The quality of a table with one row per customer."""

from collections.abc import Mapping, Sequence

import duckdb

from clientela.quality.columns import ColumnQuality

# The rule that refuses a filled value, as a SQL predicate over `checked_totals`.
IS_VALID = {
    "customer_id": "true",
    "first_purchase": "not coalesce(last_purchase < first_purchase, false)",
    "last_purchase": "not coalesce(last_purchase < first_purchase, false)",
    "order_count": "isfinite(order_count) and order_count > 0",
    "total_spend": "total_spend > 0",
}
DATES = ("first_purchase", "last_purchase")


def table_columns(
    connection: duckdb.DuckDBPyConnection,
    columns: Mapping[str, Sequence[str]],
    attributes: Mapping[str, str],
    *,
    refused: Mapping[str, int],
) -> list[ColumnQuality]:
    """The quality of the columns of a table of customers.

    Args:
        connection: DuckDB connection with the table `checked_totals` of `clean_customer_table`.
        columns: canonical column -> columns of the source; several are added.
        attributes: attribute -> column of the source, in the order of the settings.
        refused: attribute -> number of values that were set to missing.

    Returns:
        One entry per column.
    """
    places = {name: f"attribute_{i}" for i, name in enumerate(attributes)}
    sources = {name: " + ".join(mapped) for name, mapped in columns.items()} | dict(attributes)
    return [
        _column(connection, name, places.get(name, name), source, columns, refused.get(name, 0))
        for name, source in sources.items()
    ]


def repeated_customers(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """The rows with a customer id, and those of a customer who has a later row."""
    rows, repeated = connection.execute("""
        select count(*), count(*) filter (where customer_id is not null and from_the_end > 1) from checked_totals
    """).fetchall()[0]
    return rows, repeated


def _column(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    place: str,
    source: str,
    columns: Mapping[str, Sequence[str]],
    refused: int,
) -> ColumnQuality:
    has_both = set(DATES) <= set(columns)
    condition = IS_VALID.get(name, "true") if name not in DATES or has_both else "true"
    rows, filled, distinct, valid = connection.execute(f"""
        select
            count(*), count({place}), count(distinct {place}),
            count(*) filter (where {place} is not null and ({condition}))
        from checked_totals
    """).fetchall()[0]
    return {
        "column": name,
        "source": source,
        "filled": filled / rows if rows else 0.0,
        "valid": max(valid - refused, 0) / filled if filled else None,
        "distinct": distinct,
        "consistent": None,
        "key": "",
        "recent": None,
    }
