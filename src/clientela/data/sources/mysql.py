"""Rows of MySQL and MariaDB: PyMySQL checks the server and the query, connectorx fetches the record batches."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from clientela.data.sources.addresses import DatabaseAddress
from clientela.data.sources.rows import (
    CONNECT_SECONDS,
    DATE,
    FLAG,
    INSTANT,
    TIMESTAMP,
    DatabaseFailure,
    Rows,
    decimal_sql,
    driver,
)
from clientela.data.sources.statements import quoted, wrapped

EXTRA = "mysql"
QUOTE = "`"
PORT = 3306
BATCH_ROWS = 20_000
TABLES = "select table_name as name from information_schema.tables where table_schema = database()"
UNSIGNED = 32  # flag of a column
# The protocol's numbers of types.
DECIMALS = (0, 246)
TINY, TIMESTAMP_TYPE, DATE_TYPE, DATETIME_TYPE, BIT = 1, 7, 10, 12, 16
# Integers, floats, years, and texts: connectorx reads them as they are. All others arrive as text.
PLAIN = (1, 2, 3, 4, 5, 8, 9, 13, 15, 247, 248, 249, 250, 251, 252, 253, 254)
REFUSED = (1044, 1045, 1130, 1142, 1143, 1698, 2059)
TOO_LONG = (1317, 1969, 3024)
READ_ONLY = (1792, 1290)
# Errors about the text of the query: tables, columns, functions, syntax. The messages of others may have values.
OF_THE_TEXT = (1051, 1052, 1054, 1055, 1056, 1060, 1064, 1066, 1103, 1109, 1140, 1146, 1222, 1248, 1305)


@contextmanager
def open_rows(address: DatabaseAddress, query: str, query_seconds: int) -> Iterator[Rows]:
    """Run a query in read-only transactions.

    connectorx says little about a server or a query that it cannot read, and waits long for it. So another connection
    checks both first, and finds the declared types.

    Args:
        address: address of the database.
        query: checked query.
        query_seconds: longest time of the query on the server.

    Raises:
        DatabaseFailure: the server cannot be connected to, or refuses the query.
        InvalidInput: a driver is not installed.
    """
    pymysql, connectorx = driver("pymysql", extra=EXTRA), driver("connectorx", extra=EXTRA)
    session = ["set session transaction read only", "set session time_zone = '+00:00'"]
    try:
        with _connect(pymysql, address) as connection:
            mariadb = "MariaDB" in connection.get_server_info()
            limit = (
                f"max_statement_time = {query_seconds}" if mariadb else f"max_execution_time = {query_seconds * 1000}"
            )
            session.append(f"set session {limit}")
            fields = _fields(connection, query, session)
    except pymysql.MySQLError as error:
        raise DatabaseFailure(cause_of(error)) from error
    columns = ", ".join(_selected(field) for field in fields)
    try:
        reader = connectorx.read_sql(
            _url(address), wrapped(query, columns), return_type="arrow_stream", batch_size=BATCH_ROWS,
            protocol="binary", pre_execution_query=session,
        )  # fmt: skip
    except Exception as error:
        raise DatabaseFailure(cause_of(error)) from error
    yield Rows(reader, {field.name: sql for field in fields if (sql := _type_sql(field))})


def cause_of(error: BaseException) -> str:
    """What the driver's error means."""
    number, *rest = error.args or (0,)
    if not isinstance(number, int):
        return "the query fails in the database, or the connection is lost"
    if number in REFUSED:
        return "access is refused. The password belongs into MYSQL_PWD"
    if number == 1049:
        return "the database does not exist"
    if number in TOO_LONG:
        return "the query takes longer than query_seconds"
    if number in READ_ONLY:
        return "a query must only read"
    if number == 2003:
        return "no server answers there"
    if number in (2006, 2013):
        return "the server does not answer"
    return str(rest[0]) if number in OF_THE_TEXT and rest else f"the query fails in the database (error {number})"


def _time_limit(version: str, seconds: int) -> str:
    if "MariaDB" in version:
        return f"set session max_statement_time = {int(seconds)}"
    return f"set session max_execution_time = {int(seconds) * 1000}"


def _connect(pymysql: Any, address: DatabaseAddress) -> Any:
    return pymysql.connect(
        host=address.host or "localhost", port=address.port or PORT, user=_user(address), password=_password(address),
        database=address.database, charset="utf8mb4", autocommit=True, connect_timeout=CONNECT_SECONDS,
        read_timeout=CONNECT_SECONDS, write_timeout=CONNECT_SECONDS,
    )  # fmt: skip


def _fields(connection: Any, query: str, session: list[str]) -> list[Any]:
    """The columns of the query as the protocol describes them."""
    with connection.cursor() as cursor:
        for statement in session:
            cursor.execute(statement)
        cursor.execute(f"{wrapped(query)} limit 0")
        return list(cursor._result.fields)


def _selected(field: Any) -> str:
    name = quoted(field.name, QUOTE)
    if field.type_code == BIT:
        return f"cast({name} as unsigned) as {name}"
    return name if field.type_code in PLAIN else f"cast({name} as char) as {name}"


def _type_sql(field: Any) -> str | None:
    if field.type_code in DECIMALS:
        signs = (field.scale > 0) + (not field.flags & UNSIGNED)
        return decimal_sql(field.length - signs, field.scale)
    if field.type_code in (TINY, BIT) and field.length == 1:
        return FLAG
    return {DATE_TYPE: DATE, DATETIME_TYPE: TIMESTAMP, TIMESTAMP_TYPE: INSTANT}.get(field.type_code)


def _user(address: DatabaseAddress) -> str:
    return address.user or os.environ.get("USER", "")


def _password(address: DatabaseAddress) -> str:
    return address.password or os.environ.get("MYSQL_PWD", "")


def _url(address: DatabaseAddress) -> str:
    password = f":{quote(_password(address), safe='')}" if _password(address) else ""
    place = f"{address.host or 'localhost'}:{address.port or PORT}"
    return f"mysql://{quote(_user(address), safe='')}{password}@{place}/{quote(address.database, safe='')}"
