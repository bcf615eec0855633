"""Tables and queries of databases as the view `source`, with the types of the engine."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

import duckdb
import pyarrow as pa

from clientela.data.expressions import quoted_name
from clientela.data.sources import duckdb_files, mysql, postgres, sqlite_files
from clientela.data.sources.addresses import DatabaseAddress, Engine
from clientela.data.sources.rows import FLAG, NUMERIC, DatabaseFailure, Rows
from clientela.data.sources.statements import checked_query, quoted_table
from clientela.errors import InvalidData

MOST_TABLES = 20  # in a message
LONGEST_DECIMAL = 38


# Each has the signs around its names (QUOTE), a query of its tables (TABLES), `open_rows` and `cause_of`.
ENGINE_MODULES: dict[Engine, ModuleType] = {
    "postgresql": postgres,
    "mysql": mysql,
    "sqlite": sqlite_files,
    "duckdb": duckdb_files,
}


def view_database(
    connection: duckdb.DuckDBPyConnection, address: DatabaseAddress, *, query_seconds: int
) -> tuple[int, str, DatabaseAddress]:
    """Make the view `source` of a table with the rows of a database, which arrive in pieces.

    Args:
        connection: DuckDB connection that gets the view.
        address: table or query.
        query_seconds: longest time of the query on a server.

    Returns:
        Number of rows, SHA-256 digest of the rows regardless of their order, and the address with its table.

    Raises:
        InvalidData: the database cannot be read, or does not have the table or a column of the query.
        InvalidInput: the query does not only read, or the driver is not installed.
    """
    try:
        address = address if address.table or address.query else _with_only_table(address, query_seconds)
        _keep(connection, address, _query_of(address), query_seconds)
    except DatabaseFailure as failure:
        raise InvalidData(f"The source {address.known_as!r} cannot be read: {failure}.") from failure
    rows, digest = _digest(connection)
    return rows, digest, address


def _query_of(address: DatabaseAddress) -> str:
    if address.query:
        return checked_query(address.query)
    return f"select * from {quoted_table(address.table or '', ENGINE_MODULES[address.engine].QUOTE)}"


def _with_only_table(address: DatabaseAddress, query_seconds: int) -> DatabaseAddress:
    """The address with the only table of its database."""
    module = ENGINE_MODULES[address.engine]
    with module.open_rows(address, module.TABLES, query_seconds) as rows:
        names = sorted(str(name) for name in rows.reader.read_all().column(0).to_pylist())
    if len(names) == 1:
        return replace(address, table=names[0])
    shown = ", ".join(map(repr, names[:MOST_TABLES])) + (" and others" if len(names) > MOST_TABLES else "")
    raise DatabaseFailure(f"an address must name a table, as ?table=NAME; it has {shown or 'none'}")


def _keep(connection: duckdb.DuckDBPyConnection, address: DatabaseAddress, query: str, query_seconds: int) -> None:
    """Fill the table `source_rows`, and make the view `source` of it."""
    module = ENGINE_MODULES[address.engine]
    failures: list[str] = []
    with module.open_rows(address, query, query_seconds) as rows:
        names = rows.reader.schema.names
        sqlite_files.refuse_repeated_names(names)
        if not names:
            raise DatabaseFailure("the query has no columns")
        connection.register("source_batches", _watched(rows, module, failures))
        try:
            columns = ", ".join(f"{_converted(name, rows)} as {quoted_name(name)}" for name in names)
            connection.execute(f"create or replace temp table source_rows as select {columns} from source_batches")
        except duckdb.Error as error:
            raise DatabaseFailure(failures[0] if failures else "its rows cannot be converted") from error
        finally:
            connection.unregister("source_batches")
    by_values = {name: _by_values(connection, name, kind) for name, kind in rows.types.items()}
    final = [f"{sql} as {quoted_name(name)}" for name, sql in by_values.items() if sql]
    replaced = f" replace ({', '.join(final)})" if final else ""
    connection.execute(f"create or replace view source as select *{replaced} from source_rows")


def _watched(rows: Rows, module: ModuleType, failures: list[str]) -> pa.RecordBatchReader:
    """The batches; what goes wrong between them is written down, because DuckDB passes on its text only."""

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            yield from rows.reader
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # connectorx raises panics of Rust
            failures.append(module.cause_of(error))
            raise OSError("the rows of the database end early") from None

    return pa.RecordBatchReader.from_batches(rows.reader.schema, batches())


def _converted(name: str, rows: Rows) -> str:
    kind = rows.types.get(name, "{}")
    if kind in (NUMERIC, FLAG):
        return quoted_name(name)
    type_ = rows.reader.schema.field(name).type
    storage = getattr(type_, "storage_type", type_)
    # JSON, UUID and lists are read as text, as in a file.
    is_text = pa.types.is_nested(storage) or getattr(type_, "extension_name", "") in ("arrow.json", "arrow.uuid")
    if kind == "{}" and is_text:
        return f"{quoted_name(name)}::varchar"
    return kind.format(quoted_name(name))


def _by_values(connection: duckdb.DuckDBPyConnection, name: str, kind: str) -> str | None:
    """The SQL of a column whose type depends on its values; None if it stays as it is."""
    column = quoted_name(name)
    if kind == FLAG:
        found = connection.execute(f"select coalesce(bool_and({column} in (0, 1)), false) from source_rows").fetchall()
        return f"{column}::boolean" if found[0][0] else None
    if kind != NUMERIC:
        return None
    number = rf"regexp_extract({column}, '^-?(\d+)(?:\.(\d*))?$', "
    whole, digits = connection.execute(
        f"select max(length(ltrim({number}1), '0'))), max(length({number}2))) from source_rows"
    ).fetchall()[0]
    width = max((whole or 0) + (digits or 0), 1)
    return f"try_cast({column} as decimal({width}, {digits or 0}))" if width <= LONGEST_DECIMAL else None


def _digest(connection: duckdb.DuckDBPyConnection) -> tuple[int, str]:
    """Number and digest of the rows. A sum of digests does not depend on the order in which a database returns them."""
    types = connection.execute("select column_name, column_type from (describe source)").fetchall()
    # An instant as a text would depend on the time zone of this machine.
    instants = [quoted_name(name) for name, type_ in types if type_ == "TIMESTAMP WITH TIME ZONE"]
    numbers = ", ".join(f"epoch_us({name}) as {name}" for name in instants)
    replaced = f" replace ({numbers})" if instants else ""
    rows, low, high = connection.execute(f"""
        select count(*), sum(md5_number_lower(line)::hugeint), sum(md5_number_upper(line)::hugeint)
        from (select row_of_source::varchar as line from (select *{replaced} from source) as row_of_source)
    """).fetchall()[0]
    return rows, hashlib.sha256(repr((types, rows, low, high)).encode()).hexdigest()
