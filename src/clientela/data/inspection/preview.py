"""Five rows of a source as they are read, with what identifies a person masked."""

from collections.abc import Mapping

import duckdb

from clientela.data.inspection.others import is_personal
from clientela.data.inspection.roles import Roles

ROWS = 5
MASK = "***"
LONGEST = 40
SHOWN = (
    "customer_id", "order_id", "ordered_at", "product_id", "description", "product_group", "quantity", "unit_price",
    "amount", "country",
)  # fmt: skip


def preview_transactions(
    connection: duckdb.DuckDBPyConnection, roles: Roles, columns: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """The first rows that can be read.

    Args:
        connection: DuckDB connection with the table `staged`.
        roles: roles of the columns.
        columns: canonical column -> header.

    Returns:
        Canonical column -> texts; what identifies a person is masked.
    """
    shown = [
        name
        for name in SHOWN
        if name in columns and not (name == "product_id" and columns[name] == columns.get("description"))
    ]
    if {"quantity", "unit_price"} <= set(columns) and "amount" not in shown:
        shown.append("amount")
    order = "(customer_id is null)::int + (ordered_at is null)::int + (amount is null)::int"
    rows = (
        connection.execute(
            f"select {', '.join(map(_as_text, shown))} from staged order by {order}, line_id limit {ROWS}"
        ).fetchall()
        if shown
        else []
    )
    texts = {name: tuple(row[place] for row in rows) for place, name in enumerate(shown)}
    for name in ("customer_id", "order_id", "description"):
        if name in texts and is_personal(roles.columns, columns[name]) and name != "description":
            texts[name] = (MASK,) * len(rows)
    return texts | {choice.source: (MASK,) * len(rows) for choice in roles.others.identifiers[:2]}


def _as_text(name: str) -> str:
    if name == "ordered_at":
        return "coalesce(replace(ordered_at::varchar, ' 00:00:00', ''), '')"
    if name in ("quantity", "unit_price", "amount"):
        return (
            f"coalesce(regexp_replace({name}::varchar, '[.]0+$', ''), '')"
            if name != "amount"
            else "coalesce(amount::decimal(18, 2)::varchar, '')"
        )
    return f"coalesce(left({name}::varchar, {LONGEST}), '')"


def preview_customers(roles: Roles) -> dict[str, tuple[str, ...]]:
    """The first rows of a table with one row per customer, as they stand in the source."""
    table = roles.columns.table
    personal = {choice.source for choice in roles.others.identifiers}
    names = [
        name
        for name in table.keys
        if name in roles.columns.taken or name in {c.source for c in roles.others.attributes}
    ]
    texts: dict[str, tuple[str, ...]] = {}
    for name in names[:10]:
        column = table.sample[name]
        values = tuple("" if code < 0 else column.values[code][:LONGEST] for code in column.codes[:ROWS])
        hidden = name in personal or is_personal(roles.columns, name)
        texts[name] = (MASK,) * len(values) if hidden else values
    return texts
