"""Rows of DuckDB files. Only the file itself can be read: its database has no access to other files and the network."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from clientela.data.sources.addresses import DatabaseAddress
from clientela.data.sources.rows import DatabaseFailure, Rows
from clientela.data.sources.statements import wrapped

QUOTE = '"'
SEALED = {"enable_external_access": False, "lock_configuration": True}
TABLES = "select table_name as name from information_schema.tables where table_schema = 'main'"


@contextmanager
def open_rows(address: DatabaseAddress, query: str, query_seconds: int) -> Iterator[Rows]:
    """Run a query on a file that is opened for reading only.

    Args:
        address: address of the file.
        query: checked query.
        query_seconds: not used; the query runs in this process.

    Raises:
        DatabaseFailure: the file cannot be opened, or the query fails.
    """
    if not Path(address.database).is_file():
        raise DatabaseFailure("the file does not exist")
    try:
        with closing(duckdb.connect(address.database, read_only=True, config=dict(SEALED))) as connection:
            relation = connection.sql(wrapped(query))
            yield Rows(pa.RecordBatchReader.from_stream(relation))
    except duckdb.Error as error:
        raise DatabaseFailure(cause_of(error)) from error


def cause_of(error: BaseException) -> str:
    """What the error of DuckDB means."""
    text = str(error).splitlines()[0] if str(error) else ""
    if isinstance(error, (duckdb.CatalogException, duckdb.BinderException, duckdb.ParserException)):
        return text.partition(": ")[2].rstrip("!")
    if isinstance(error, duckdb.PermissionException):
        return "a query may only read the database file"
    if "lock" in text:
        return "another process has it open for writing"
    if isinstance(error, (duckdb.IOException, duckdb.SerializationException)):
        return "it is not an intact DuckDB file of a version that is read"
    return "the query fails"
