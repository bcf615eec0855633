"""Nested JSON as a table: the values of objects become columns, and the objects of one list become rows."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from clientela.data.dialects import unique_names
from clientela.data.expressions import quoted_name, quoted_text
from clientela.data.text_files import keep_rows
from clientela.errors import InvalidData

MOST_LEVELS = 10
MOST_KEYS = 200  # an object with more keys is a mapping of ids, whose keys are values
ITEMS = re.compile(r"item|itens|produ[ck]t|artic|art[ií]k|posi[ct]", re.IGNORECASE)
LINES = re.compile(r"line|detail|detal|linha|zeile", re.IGNORECASE)
OTHERS = re.compile(
    r"tax|discount|shipping|fee|coupon|refund|desconto|frete|descuento|env[ií]o|steuer|rabatt|versand", re.IGNORECASE
)


@dataclass(frozen=True)
class Column:
    """A column of JSON values.

    Attributes:
        name: name of the column.
        objects: number of objects in it.
        lists: number of lists of objects.
        others: number of other values; nulls and empty lists are no values.
        elements: number of elements of the lists.
    """

    name: str
    objects: int
    lists: int
    others: int
    elements: int

    @property
    def has_objects(self) -> bool:
        """Whether all values are objects."""
        return self.objects > 0 and not self.lists + self.others

    @property
    def has_lists(self) -> bool:
        """Whether all values are lists of objects."""
        return self.lists > 0 and not self.objects + self.others


def view_nested(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, tuple[str, ...]]:
    """Make the view `source` of a table with nested columns; returns the number of rows and notes for the user.

    Args:
        connection: DuckDB connection with the temporary table, which is dropped.
        table: name of the table; its nested columns have the type JSON. JSON values become texts.

    Raises:
        InvalidData: the table has one row with several lists of objects.
    """
    opened = flatten(connection, table)
    described = connection.execute(f"describe {table}").fetchall()
    values = (
        f"{quoted_name(name)} ->> '$' as {quoted_name(name)}" if type_ == "JSON" else quoted_name(name)
        for name, type_, *_ in described
    )
    rows = keep_rows(connection, f"select {', '.join(values)} from {table}")
    connection.execute(f"drop table {table}")
    return rows, (f"Each element of the lists in {opened!r} is a row.",) if opened else ()


def flatten(connection: duckdb.DuckDBPyConnection, table: str) -> str | None:
    """Replace the nested columns of a table by columns of single values.

    The values of an object become columns with the names `object.key`. The only list of objects in a table of one row
    becomes the table. Of a table of several rows, one list of objects becomes rows, on which the other columns repeat:
    preferably the list whose name says that it has the items of orders. Other lists stay as they are.

    Args:
        connection: DuckDB connection with the temporary table.
        table: name of the table; its nested columns have the type JSON.

    Returns:
        The name of the list whose elements share the other columns; None if no list was opened in this way.

    Raises:
        InvalidData: the table has one row with several lists of objects.

    >>> connection = duckdb.connect()
    >>> _ = connection.execute('''create temp table found as select '{"id": 7, "of": {"x": 1}}'::json as a''')
    >>> flatten(connection, "found")
    >>> connection.execute("describe found").fetchall()[1][:2]
    ('of.x', 'JSON')
    """
    opened, single = None, set[str]()
    for _ in range(MOST_LEVELS):
        columns = _columns(connection, table, single)
        single |= {column.name for column in columns if not column.has_objects and not column.has_lists}
        if any(column.has_objects for column in columns) and _spread(connection, table, columns):
            continue
        lists = [column for column in columns if column.has_lists]
        is_whole = bool(lists) and connection.execute(f"select count(*) from {table}").fetchall()[0][0] == 1
        if not lists or (opened and not is_whole):
            break
        if is_whole and len(lists) > 1:
            names = ", ".join(repr(column.name) for column in lists)
            raise InvalidData(
                f"A JSON source must have one list of objects. Got {names}. Save each list as a file of its own; the "
                "key joins joins them."
            )
        chosen = max(lists, key=lambda column: (_has_items(column.name), column.elements))
        _open(connection, table, chosen.name, alone=is_whole)
        opened = None if is_whole else chosen.name
    return opened


def _has_items(name: str) -> int:
    """How well a name says that a list has the items of orders, from 0 to 2."""
    if OTHERS.search(name):
        return 0
    return 2 if ITEMS.search(name) else 1 if LINES.search(name) else 0


def _columns(connection: duckdb.DuckDBPyConnection, table: str, single: Collection[str]) -> list[Column]:
    """The columns of JSON values, without those that are known to have single values."""
    described = connection.execute(f"describe {table}").fetchall()
    names = [name for name, type_, *_ in described if type_ == "JSON" and name not in single]
    if not names:
        return []
    counts = []
    for name in map(quoted_name, names):
        is_list = f"json_type({name}) = 'ARRAY'"
        has_objects = f"{is_list} and json_type({name}, '$[0]') = 'OBJECT'"
        counts += [
            f"count(*) filter (json_type({name}) = 'OBJECT')",
            f"count(*) filter ({has_objects})",
            f"count(*) filter (json_type({name}) not in ('OBJECT', 'ARRAY', 'NULL') "
            f"or ({is_list} and json_array_length({name}) > 0 and json_type({name}, '$[0]') <> 'OBJECT'))",
            f"coalesce(sum(json_array_length({name})) filter ({has_objects}), 0)::bigint",
        ]
    row = connection.execute(f"select {', '.join(counts)} from {table}").fetchall()[0]
    return [Column(name, *row[4 * place : 4 * place + 4]) for place, name in enumerate(names)]


def _spread(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[Column]) -> bool:
    """Replace the columns of objects by columns of their values; False if their keys are too many."""
    described = [name for name, *_ in connection.execute(f"describe {table}").fetchall()]
    keys = {one.name: _keys(connection, table, one.name) for one in columns if one.has_objects}
    keys = {name: found for name, found in keys.items() if 0 < len(found) <= MOST_KEYS}
    if not keys:
        return False
    names, values = [], []
    for name in described:
        prefix = f"{name}." if len(described) > 1 else ""
        names += [f"{prefix}{key}" for key in keys[name]] if name in keys else [name]
        values += (
            [f"{quoted_name(name)} -> {_pointer(key)}" for key in keys[name]] if name in keys else [quoted_name(name)]
        )
    selected = ", ".join(
        f"{value} as {quoted_name(name)}" for name, value in zip(unique_names(names), values, strict=True)
    )
    _replace(connection, table, f"select {selected} from {table}")
    return True


def _keys(connection: duckdb.DuckDBPyConnection, table: str, name: str) -> list[str]:
    """The keys of the objects of a column, in the order of their first occurrence."""
    found = connection.execute(f"""
        with objects as (
            select json_keys({quoted_name(name)}) as keys, row_number() over () as place from {table}
            where json_type({quoted_name(name)}) = 'OBJECT'
        ),
        single as (select unnest(keys) as key, unnest(range(len(keys))) as position, place from objects)
        select key from single group by key order by min((place, position)) limit {MOST_KEYS + 1}
    """).fetchall()
    return [key for (key,) in found]


def _open(connection: duckdb.DuckDBPyConnection, table: str, name: str, *, alone: bool) -> None:
    """Make a row of each element of the lists of a column; a row without elements stays, unless the list is alone."""
    column = quoted_name(name)
    elements = f"case when json_array_length({column}) > 0 then cast({column} as json[]) else [null::json] end"
    others = "" if alone else "* replace ("
    close = "" if alone else ")"
    _replace(connection, table, f"select {others}unnest({elements}) as {column}{close} from {table}")


def _pointer(key: str) -> str:
    return quoted_text("/" + key.replace("~", "~0").replace("/", "~1"))


def _replace(connection: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    connection.execute(f"create or replace temp table {table}_next as {query}")
    connection.execute(f"drop table {table}")
    connection.execute(f"alter table {table}_next rename to {table}")
