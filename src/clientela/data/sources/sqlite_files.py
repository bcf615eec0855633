"""Rows of SQLite files, by the ADBC driver. A column of SQLite may have values of several types."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa

from clientela.data.sources.addresses import DatabaseAddress
from clientela.data.sources.rows import DatabaseFailure, Rows, driver
from clientela.data.sources.statements import quoted, wrapped

EXTRA = "sources"
QUOTE = '"'
TABLES = "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\'"
# The storage classes of a column -> its SQL, and a value of its type; {} stands for the column.
PLAIN: dict[frozenset[str], tuple[str, str]] = {
    frozenset({"integer"}): ("{}", "0"),
    frozenset({"real"}): ("{}", "0.5"),
    frozenset({"integer", "real"}): ("cast({} as real)", "0.5"),
    frozenset({"blob"}): ("{}", "x'00'"),
}
AS_TEXT = ("cast({} as text)", "''")
# Messages that name a table, a column or a place in the query, and no value.
OF_THE_TEXT = re.compile(r"no such (table|column|function)|syntax error|ambiguous column|incomplete input|misuse of")


@contextmanager
def open_rows(address: DatabaseAddress, query: str, query_seconds: int) -> Iterator[Rows]:
    """Run a query on a file that is opened for reading only.

    Args:
        address: address of the file.
        query: checked query.
        query_seconds: not used; the query runs in this process.

    Raises:
        DatabaseFailure: the file cannot be opened, or the query fails.
        InvalidInput: the driver is not installed.
    """
    dbapi = driver("adbc_driver_sqlite.dbapi", extra=EXTRA)
    if not Path(address.database).is_file():
        raise DatabaseFailure("the file does not exist")
    uri = f"file:{quote(str(Path(address.database).resolve()))}?mode=ro"
    columns = _columns(uri, query)
    names = ", ".join(f"{sql} as {quoted(name)}" for name, (sql, _) in columns.items())
    # The driver takes the types of the first rows for those of all. One row of the right types comes first.
    first = ", ".join(value for _, value in columns.values())
    try:
        with dbapi.connect(uri) as connection, connection.cursor() as cursor:
            cursor.execute(f"select {first} union all {wrapped(query, names)}")
            reader = cursor.fetch_record_batch()
            yield Rows(_without_first_row(reader, list(columns)))
    except dbapi.Error as error:
        raise DatabaseFailure(cause_of(error)) from error


def cause_of(error: BaseException) -> str:
    """What the error of SQLite means."""
    text = str(error).splitlines()[0]
    if "locked" in text:
        return "another process has locked it"
    if "not a database" in text or "malformed" in text:
        return "it is not an intact SQLite file"
    found = OF_THE_TEXT.search(text)
    return text[text.rfind("]") + 1 :].strip().removeprefix("Failed to prepare query: ") if found else "the query fails"


def _columns(uri: str, query: str) -> dict[str, tuple[str, str]]:
    """The SQL of each column, and a value of its type."""
    kinds = ("integer", "real", "text", "blob")
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
            connection.execute("pragma query_only = on")
            names = [name for name, *_ in connection.execute(f"{wrapped(query)} limit 0").description]
            refuse_repeated_names(names)
            counts = ", ".join(f"max(typeof({quoted(name)}) = '{kind}')" for name in names for kind in kinds)
            (found,) = connection.execute(wrapped(query, counts)).fetchall()
    except sqlite3.Error as error:
        raise DatabaseFailure(cause_of(error)) from error
    columns = {}
    for place, name in enumerate(names):
        flags = found[place * len(kinds) : (place + 1) * len(kinds)]
        sql, value = PLAIN.get(frozenset(kind for kind, flag in zip(kinds, flags, strict=True) if flag), AS_TEXT)
        columns[name] = (sql.format(quoted(name)), value)
    return columns


def refuse_repeated_names(names: list[str]) -> None:
    """Check that the columns of a query have names of their own.

    Raises:
        DatabaseFailure: a name occurs twice.
    """
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DatabaseFailure(f"each column must have a name of its own; {twice} occur more than once")


def _without_first_row(reader: pa.RecordBatchReader, names: list[str]) -> pa.RecordBatchReader:
    schema = pa.schema([column.with_name(name) for column, name in zip(reader.schema, names, strict=True)])

    def batches() -> Iterator[pa.RecordBatch]:
        skip = 1
        for batch in reader:
            rest = batch.slice(skip)
            skip = 0 if batch.num_rows else skip
            yield pa.RecordBatch.from_arrays(rest.columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())
