"""Tables that are joined to the source: at most one of their rows to a row of the source."""

from collections.abc import Sequence

import duckdb

from clientela.data.database import open_database
from clientela.data.expressions import canonical_id_sql, quoted_name, source_types
from clientela.data.readers import read_source
from clientela.data.reading import Join
from clientela.data.rules import Rule
from clientela.data.sources.addresses import ENGINES, scheme_of, short_name
from clientela.errors import InvalidData

MATCHED = "clientela.matched_join_{}"  # columns of the view `source` after the joins


def join_tables(connection: duckdb.DuckDBPyConnection, joins: Sequence[Join]) -> None:
    """Join tables to the view `source`, in order; a later join may use the columns of an earlier one.

    Keys are compared like ids. A column of a table whose name the source already has gets the table's name before it,
    as in `customers.name`. The source keeps its rows and their order; rows without a match have empty columns.

    Args:
        connection: DuckDB connection with the view `source`.
        joins: the tables and their keys.

    Raises:
        InvalidData: a table cannot be read, lacks a column, or has several rows with the same keys.
    """
    for number, join in enumerate(joins):
        with open_database() as own:  # a separate connection keeps the view `source`
            read_source(own, join.location, join.file)
            table = _table(own, join)
        connection.register("joined", table)
        _join(connection, join, number, table.column_names)
        connection.unregister("joined")


def join_rules(joins: Sequence[Join]) -> list[Rule]:
    """The rules that drop rows without a match in a joined table, unless the join is optional."""
    names = [short_name(join.location) for join in joins]
    return [
        Rule(
            f"join {name}" if names.count(name) == 1 else f"join {name} {number + 1}",
            definition=f"no row of {name} has the key of this row",
            condition=f"not {quoted_name(f'join_{number}')}",
        )
        for number, (name, join) in enumerate(zip(names, joins, strict=True))
        if not join.optional
    ]


def _keys(names: Sequence[str], types: dict[str, str]) -> list[str]:
    return [canonical_id_sql(quoted_name(name), types[name]) for name in names]


def _table(own: duckdb.DuckDBPyConnection, join: Join):  # type: ignore[no-untyped-def]
    """The columns to take and the canonical keys (`key_0`, ...) of a table without repeated keys."""
    title = f"The joined table {short_name(join.location)!r}"
    right = list(join.keys.values())
    types = source_types(own, [*right, *(join.columns or ())], title=title)
    taken = join.columns or [name for name in types if name not in right]
    keys = [f"{key} as key_{i}" for i, key in enumerate(_keys(right, types))]
    known = " and ".join(f"key_{i} is not null" for i in range(len(right)))
    own.execute(f"""
        create temp table keyed as
        select * from (select {", ".join([*keys, *map(quoted_name, taken)])} from source) where {known}
    """)
    names = ", ".join(f"key_{i}" for i in range(len(right)))
    repeated, rows = own.execute(
        f"select count(*), sum(n) from (select count(*) as n from keyed group by {names} having n > 1)"
    ).fetchall()[0]
    if repeated:
        raise InvalidData(
            f"{title} must have one row per {' and '.join(map(repr, right))}. Got {repeated:,} keys with several rows "
            f"({rows:,} rows). Take it as the source and join the other table to it, or sum it up first."
        )
    return own.sql("select * from keyed").to_arrow_table()


def _join(connection: duckdb.DuckDBPyConnection, join: Join, number: int, names: Sequence[str]) -> None:
    types = source_types(connection, join.keys, title="The source")
    own = {name.lower() for name in types}
    stem = _stem(join.location)
    taken = [
        f"joined.{quoted_name(name)} as {quoted_name(f'{stem}.{name}' if name.lower() in own else name)}"
        for name in names[len(join.keys) :]
    ]
    equal = " and ".join(f"left_key_{i} = key_{i}" for i in range(len(join.keys)))
    keys = ", ".join(f"{key} as left_key_{i}" for i, key in enumerate(_keys(list(join.keys), types)))
    columns = [*(f"numbered.{quoted_name(name)}" for name in types), *taken]
    connection.execute(f"""
        create or replace temp table source_joined_{number} as
        with numbered as (select row_number() over () as place, {keys}, * from source)
        select {", ".join(columns)}, key_0 is not null as {quoted_name(MATCHED.format(number))}
        from numbered left join joined on {equal}
        order by place
    """)
    connection.execute(f"create or replace view source as select * from source_joined_{number}")


def _stem(location: str) -> str:
    """What stands before the dot in a column's name: the file without its ending, or the table without its schema."""
    parts = short_name(location).split(".")
    return parts[-1] if scheme_of(location) in ENGINES else parts[0]
