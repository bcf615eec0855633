"""Staging: the rows of a source with canonical column names and types, before any cleaning rule applies."""

from collections.abc import Mapping

import duckdb

from clientela.data.expressions import canonical_id_sql, quoted_name, source_types, time_sql

MONEY = "decimal(18, 4)"  # exact sums do not depend on the number of threads


def stage(
    connection: duckdb.DuckDBPyConnection,
    columns: Mapping[str, str],
    timestamp_format: str | None,
    *,
    find_copies: bool,
) -> None:
    """Make the temporary table `staged` from the view `source`; values that cannot be read are null.

    Args:
        connection: DuckDB connection with the view `source`.
        columns: canonical column -> column of the source.
        timestamp_format: strptime format of the dates; None for ISO 8601.
        find_copies: whether `copy_number` numbers equal rows (1, 2, ...); otherwise it is 1.

    Raises:
        InvalidData: the source lacks a mapped column.
        duckdb.Error: the source cannot be read to its end.
    """
    types = source_types(connection, columns.values(), title="The source")
    all_columns = ", ".join(quoted_name(name) for name in types)
    copies = f"row_number() over (partition by {all_columns} order by row_of_source)" if find_copies else "1"
    selected = _canonical_columns(columns, types, timestamp_format) | {"copy_number": copies}
    product = "" if "amount" in columns else f", try_cast(round(quantity * unit_price, 4) as {MONEY}) as amount"
    connection.execute(f"""
        create or replace temp table staged as
        with numbered as (select row_number() over () as row_of_source, * from source),
        renamed as (
            select row_of_source as line_id, {", ".join(f"{value} as {name}" for name, value in selected.items())}
            from numbered
        )
        select *{product} from renamed
    """)


def _canonical_columns(
    columns: Mapping[str, str], types: Mapping[str, str], timestamp_format: str | None
) -> dict[str, str]:
    """SQL expression of each canonical column; null for a column that the source does not have."""

    def cast(name: str, type_: str) -> str:
        return f"try_cast({quoted_name(columns[name])} as {type_})" if name in columns else f"null::{type_}"

    def number(name: str) -> str:
        value = cast(name, "double")
        return f"case when isfinite({value}) then {value} end"

    customer, ordered_at = columns["customer_id"], columns["ordered_at"]
    time = time_sql(quoted_name(ordered_at), types[ordered_at], timestamp_format)
    amount = {"amount": cast("amount", MONEY)} if "amount" in columns else {}
    return amount | {
        "customer_id": canonical_id_sql(quoted_name(customer), types[customer]),
        "order_id": cast("order_id", "varchar") if "order_id" in columns else "row_of_source::varchar",
        "ordered_at": f"try_cast({time} as timestamp)",
        "product_id": f"trim({cast('product_id', 'varchar')})",
        "description": cast("description", "varchar"),
        "product_group": f"nullif(trim({cast('product_group', 'varchar')}), '')",
        "quantity": number("quantity"),
        "unit_price": number("unit_price"),
        "country": cast("country", "varchar"),
    }
