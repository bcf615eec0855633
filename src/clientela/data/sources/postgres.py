"""Rows of Postgres, by the ADBC driver: binary COPY into record batches."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

import pyarrow as pa

from clientela.data.sources.addresses import DatabaseAddress
from clientela.data.sources.rows import CONNECT_SECONDS, NUMERIC, DatabaseFailure, Rows, decimal_sql, driver
from clientela.data.sources.statements import quoted, wrapped

EXTRA = "sources"
QUOTE = '"'
TABLES = (
    "select case when table_schema = 'public' then '' else table_schema || '.' end || table_name as name "
    "from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')"
)
AS_NUMERIC = ("money",)  # arrives as an integer whose unit depends on the server
# What the driver's text says of a server that cannot be connected to.
CONNECTION = {
    "password authentication failed|no password supplied|role .* does not exist|no pg_hba.conf entry":
        "access is refused. The password belongs into PGPASSWORD or ~/.pgpass",
    "database .* does not exist": "the database does not exist",
    "could not translate host name": "the server's name is unknown",
    "timeout expired|timed out": "the server does not answer",
    "Connection refused|No such file|No route|unreachable": "no server answers there",
    "SSL|certificate": "the encrypted connection cannot be made as sslmode asks",
}  # fmt: skip


@contextmanager
def open_rows(address: DatabaseAddress, query: str, query_seconds: int) -> Iterator[Rows]:
    """Run a query in a read-only transaction.

    Args:
        address: address of the database.
        query: checked query.
        query_seconds: longest time of the query on the server.

    Raises:
        DatabaseFailure: the server cannot be connected to, or refuses the query.
        InvalidInput: the driver is not installed.
    """
    dbapi = driver("adbc_driver_postgresql.dbapi", extra=EXTRA)
    try:
        connection = dbapi.connect(_uri(address), autocommit=True)
    except dbapi.Error as error:
        raise DatabaseFailure(_connection_cause(str(error))) from error
    try:
        with connection.cursor() as cursor:
            cursor.execute("set session characteristics as transaction read only")
            cursor.execute(f"set statement_timeout = {int(query_seconds) * 1000}")
            schema = cursor.adbc_execute_schema(wrapped(query))
            cursor.execute(wrapped(query, _columns(schema)))
            yield Rows(cursor.fetch_record_batch(), _types(schema))
    except dbapi.Error as error:
        raise DatabaseFailure(cause_of(error)) from error
    finally:
        connection.close()


def cause_of(error: BaseException) -> str:
    """What the driver's error means. Messages about the query's text are the server's; others may have values."""
    text = str(error)
    state = getattr(error, "sqlstate", None) or next(iter(re.findall(r"SQLSTATE: (\w{5})", text)), "")
    # Between two batches the driver says the message only.
    if state == "57014" or "statement timeout" in text:
        return "the query takes longer than query_seconds"
    if state == "25006" or "read-only transaction" in text:
        return "a query must only read"
    if state[:2] in ("42", "3F", "0A"):
        return _primary(error, text)
    if state or "PGRES_FATAL_ERROR" in text:
        return f"the query fails in the database{f' (SQLSTATE {state})' if state else ''}"
    return "the connection is lost"


def _primary(error: BaseException, text: str) -> str:
    details: dict[str, Any] = dict(getattr(error, "details", None) or [])
    message = details.get("PG_DIAG_MESSAGE_PRIMARY") or next(iter(re.findall(r"ERROR: +(.*)", text)), "it is refused")
    return message.decode(errors="replace") if isinstance(message, bytes) else str(message)


def _connection_cause(text: str) -> str:
    return next(
        (cause for pattern, cause in CONNECTION.items() if re.search(pattern, text)), "it cannot be connected to"
    )


def _uri(address: DatabaseAddress) -> str:
    password = f":{quote(address.password, safe='')}" if address.password else ""
    user = f"{quote(address.user, safe='')}{password}@" if address.user else ""
    host = f"[{address.host}]" if ":" in address.host else address.host
    port = f":{address.port}" if address.port else ""
    parameters = {
        "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3", "tcp_user_timeout": "60000",
        **address.parameters,
        "connect_timeout": str(CONNECT_SECONDS), "application_name": "clientela",
    }  # fmt: skip
    return (
        f"postgresql://{user}{host}{port}/{quote(address.database, safe='')}?{urlencode(parameters, quote_via=quote)}"
    )


def _columns(schema: pa.Schema) -> str:
    """The columns to select; the server itself writes as text what Arrow has no type for."""
    if not any(_cast(column) for column in schema):
        return "*"
    return ", ".join(f"{quoted(column.name)}{_cast(column)} as {quoted(column.name)}" for column in schema)


def _cast(column: pa.Field) -> str:
    name = _type_name(column)
    if name in AS_NUMERIC:
        return "::numeric"
    is_other = isinstance(column.type, pa.OpaqueType) and name != "numeric"
    nested = pa.types.is_nested(column.type) or pa.types.is_interval(column.type) or pa.types.is_duration(column.type)
    return "::text" if is_other or nested else ""


def _types(schema: pa.Schema) -> dict[str, str]:
    return {column.name: _numeric_sql(column) for column in schema if _type_name(column) in ("numeric", *AS_NUMERIC)}


def _numeric_sql(column: pa.Field) -> str:
    modifier = int((column.metadata or {}).get(b"POSTGRESQL:typmod", b"-1")) - 4
    if _type_name(column) in AS_NUMERIC or modifier < 0:
        return NUMERIC
    return decimal_sql(modifier >> 16, modifier & 0x7FF)


def _type_name(column: pa.Field) -> str:
    name: bytes = (column.metadata or {}).get(b"POSTGRESQL:type", b"")
    return name.decode()
