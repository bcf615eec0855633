"""SQL expressions over the columns of a source: quoted names and texts, canonical customer ids, and times."""

from collections.abc import Iterable

import duckdb

from clientela.errors import InvalidData


def quoted_name(column: str) -> str:
    """A column name quoted for SQL.

    >>> quoted_name("Customer ID")
    '"Customer ID"'
    """
    return '"' + column.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """A text quoted for SQL.

    >>> print(quoted_text("it's"))
    'it''s'
    """
    return "'" + text.replace("'", "''") + "'"


def canonical_id_sql(column: str, type_: str) -> str:
    r"""SQL that converts an id column to canonical text: integral floats lose the `.0`, leading zeros of text stay.

    `lookup.ids.canonical_id` is the same in Python; a test compares them.

    >>> canonical_id_sql("client", "BIGINT")
    "nullif(regexp_replace(trim(client::varchar, e' \\t\\r\\n'), '^(-?[0-9]+)\\.0+$', '\\1'), '')"
    """
    if type_ in ("DOUBLE", "FLOAT"):
        return (
            f"case when not isfinite({column}) then null "
            f"when {column} = trunc({column}) and abs({column}) < 1e18 then {column}::bigint::varchar "
            f"else {column}::varchar end"
        )
    return rf"nullif(regexp_replace(trim({column}::varchar, e' \t\r\n'), '^(-?[0-9]+)\.0+$', '\1'), '')"


def time_sql(column: str, type_: str, time_format: str | None) -> str:
    """SQL that reads a column of dates or times; the caller casts it to a date or a timestamp.

    Args:
        column: quoted name of the column.
        type_: DuckDB's name of its type; times with a zone are converted to UTC.
        time_format: strptime format of text columns; None for ISO 8601.

    Returns:
        The SQL expression.

    >>> print(time_sql('"day"', "VARCHAR", "%d/%m/%Y"))
    try_strptime("day", '%d/%m/%Y')
    >>> print(time_sql('"day"', "DATE", None))
    "day"
    """
    if time_format and type_ == "VARCHAR":
        return f"try_strptime({column}, {quoted_text(time_format)})"
    if type_ == "TIMESTAMP WITH TIME ZONE":
        return f"make_timestamp(epoch_us({column}))"  # a cast would use the time zone of this machine
    return column


def source_types(connection: duckdb.DuckDBPyConnection, required: Iterable[str], *, title: str) -> dict[str, str]:
    """The columns of the view `source` with DuckDB's names of their types.

    Args:
        connection: DuckDB connection with the view `source`.
        required: columns that the source must have.
        title: name of the source in the error message.

    Returns:
        Column name -> type, in the order of the source.

    Raises:
        InvalidData: the source lacks a required column.
    """
    types = {name: str(type_) for name, type_, *_ in connection.execute("describe source").fetchall()}
    if missing := [name for name in required if name not in types]:
        raise InvalidData(f"{title} must have the columns {missing}. It has {list(types)}.")
    return types
