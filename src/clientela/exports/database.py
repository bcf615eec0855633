"""Writes to databases: rows are staged and swapped in within one transaction; readers see the old or the new table."""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, inspect
from sqlalchemy.exc import SQLAlchemyError

from clientela.errors import InvalidInput
from clientela.exports.destination import Destination
from clientela.exports.files import first_line

ROWS_AT_ONCE = 50_000
SECONDS_TO_CONNECT, SECONDS_TO_WAIT = 10, 60


def check_database(target: Destination, *, replace: bool) -> None:
    """Check that the server accepts the connection.

    Raises:
        InvalidInput: it does not, or the table exists and may not be replaced.
    """
    assert target.url is not None
    with _database_errors(target), _engine(target.url).connect() as connection:
        _refuse_to_replace(connection, target, replace)


def write_database(frame: pd.DataFrame, target: Destination, *, key: str, replace: bool) -> None:
    """Write the table, with an index on the column `key` if the frame has it.

    Args:
        frame: the rows.
        target: database and table.
        key: column that gets an index.
        replace: whether an existing table may be replaced.

    Raises:
        InvalidInput: the database refuses the connection or the rows.
    """
    assert target.url is not None
    is_new = target.path is not None and not target.path.exists()
    try:
        with _database_errors(target), _engine(target.url).begin() as connection:
            _refuse_to_replace(connection, target, replace)
            staged = f"clientela_{secrets.token_hex(8)}"
            frame.to_sql(staged, connection, index=False, method=_insert, chunksize=ROWS_AT_ONCE)
            _put_in_place(connection, staged, target.table)
            if key in frame:
                quote = connection.dialect.identifier_preparer.quote
                index, place = quote(f"ix_{target.table}_{key}"), quote(target.table)
                connection.exec_driver_sql(f"create index if not exists {index} on {place} ({key})")
    finally:
        if is_new and target.path is not None and target.path.exists() and target.path.stat().st_size == 0:
            target.path.unlink()


def _put_in_place(connection: Connection, staged: str, table: str) -> None:
    """Move the staged rows to the table within the open transaction.

    A table with the same columns is kept and only its rows are replaced, so that grants, views and readers stay.
    """
    place = connection.dialect.identifier_preparer.quote(table)
    if not inspect(connection).has_table(table):
        connection.exec_driver_sql(f"alter table {staged} rename to {place}")
    elif _columns(connection, table) != _columns(connection, staged):
        connection.exec_driver_sql(f"drop table {place}")
        connection.exec_driver_sql(f"alter table {staged} rename to {place}")
    else:
        if connection.dialect.name == "postgresql":
            # Readers continue; a second writer waits, because its delete would not see our rows.
            connection.exec_driver_sql(f"lock table {place} in exclusive mode")
        connection.exec_driver_sql(f"delete from {place}")
        connection.exec_driver_sql(f"insert into {place} select * from {staged}")
        connection.exec_driver_sql(f"drop table {staged}")


def _columns(connection: Connection, table: str) -> list[tuple[str, str]]:
    return [(column["name"], str(column["type"])) for column in inspect(connection).get_columns(table)]


def _refuse_to_replace(connection: Connection, target: Destination, replace: bool) -> None:
    if not replace and inspect(connection).has_table(target.table):
        raise InvalidInput(
            f"The destination must not exist unless it may be replaced. Got the table {target.shown!r} instead."
        )


def _insert(table: Any, connection: Connection, keys: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """The `method` of pandas' to_sql: COPY on Postgres, inserts elsewhere."""
    if connection.dialect.name != "postgresql":
        connection.execute(table.table.insert(), [dict(zip(keys, row, strict=True)) for row in rows])
        return
    from psycopg import sql

    command = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, keys))
    )
    driver: Any = connection.connection
    with driver.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row(row)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        timeout = {} if "connect_timeout" in url.query else {"connect_timeout": SECONDS_TO_CONNECT}
        return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=timeout)
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": SECONDS_TO_WAIT})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.execute("pragma cache_spill = off")  # spilling before the commit would lock readers out
        connection.execute("pragma legacy_alter_table = on")  # a view on the table does not stop the rename

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("begin immediate")

    return engine


@contextmanager
def _database_errors(target: Destination) -> Iterator[None]:
    """Raise errors of the database as InvalidInput: one line without the password and without rows."""
    assert target.url is not None
    # Errors of COPY come from psycopg itself; SQLAlchemy wraps all others.
    failures: tuple[type[Exception], ...] = (SQLAlchemyError,)
    if target.path is None:
        import psycopg

        failures += (psycopg.Error,)
    try:
        yield
    except failures as error:
        message = first_line(getattr(error, "orig", None) or error)
        for secret in _secrets(target.url):
            message = message.replace(secret, "***")
        raise InvalidInput(f"The destination {target.shown!r} cannot be written: {message}") from error


def _secrets(url: URL) -> list[str]:
    return [str(value) for value in (url.password, url.query.get("password"), url.query.get("sslpassword")) if value]
