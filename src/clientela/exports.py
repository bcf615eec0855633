"""One table to where the user says, whole or not at all: a CSV, Parquet or Excel file, SQLite or Postgres."""

import gzip
import logging
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from clientela.errors import InvalidInput

logger = logging.getLogger(__name__)

TABLE = "customer_segments"
KEY = "customer_id"

CSV = (".csv", ".csv.gz")
PARQUET = (".parquet", ".pq")
EXCEL = (".xlsx",)
SQLITE = (".db", ".sqlite", ".sqlite3")
SQLITE_URL = "sqlite:///"
POSTGRES_URLS = ("postgresql://", "postgres://", "postgresql+psycopg://")
KNOWN = (*CSV, *PARQUET, *EXCEL, *SQLITE, f"{SQLITE_URL}PATH", "postgresql://USER:PASSWORD@HOST/DATABASE")

EXCEL_ROWS = 1_048_576  # the format's limits; the header is a row too
EXCEL_TEXT = 32_767
EXCEL_WIDEST = 60
ROWS_LOOKED_AT = 1_000  # for the widths of columns
LONGEST_TABLE = 48  # Postgres cuts names at 63, and the index is called ix_TABLE_customer_id
ROWS_AT_ONCE = 50_000
SECONDS_TO_CONNECT, SECONDS_TO_WAIT = 10, 60

# What a spreadsheet runs: "=..." always; "+", "-" and "@" only before more than a number or a word.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
HARMLESS = re.compile(r"[+\-@][\w .\-]*")


@dataclass(frozen=True)
class _Destination:
    """A file at `path`, or `table` in the database at `url`; `shown` is what may be told of it."""

    shown: str
    path: Path | None
    url: URL | None
    table: str


def write_table(frame: pd.DataFrame, destination: str, *, table: str = TABLE, replace: bool = True) -> str:
    """Write one frame whole or not at all; returns where it lies, without a password.

    A reader sees what was there before or all of what is there now. After an error it is what was there before, with
    nothing left beside it.

    Args:
        frame: what is written, in its order and without its index. Text stays text; whole numbers with gaps need
            pandas' Int64.
        destination: a path that ends in .csv, .csv.gz, .parquet, .pq or .xlsx; or a database: a path that ends in .db,
            .sqlite or .sqlite3, `sqlite:///PATH`, or `postgresql://USER:PASSWORD@HOST/DATABASE`. `#NAME` behind a
            database names the table.
        table: name of the table where the destination does not give one; the sheet's name in Excel.
        replace: whether a file or table that is there already may be replaced.

    Raises:
        InvalidInput: all that `check_destination` refuses, a frame that the format cannot hold, or a file or database
            that cannot be written.
    """
    target = _checked(destination, table, replace)
    if target.url is not None:
        _write_database(frame, target, replace)
    elif target.path is not None:
        _write_file(frame, target.path, target.table)
    return target.shown


def check_destination(destination: str, *, table: str = TABLE, replace: bool = True) -> None:
    """Say before the long work what would stop `write_table` after it; nothing is written.

    A database server is asked whether it lets us in.

    Raises:
        InvalidInput: an ending that is not known, a folder that is missing or closed, a table name that is no plain
            identifier, a missing driver, a database that does not answer, or, without `replace`, a file or table that
            is there.
    """
    target = _checked(destination, table, replace)
    if target.url is not None and target.path is None:
        with _told(target), _engine(target.url).connect() as connection:
            _refuse_to_replace(connection, target, replace)


def _checked(destination: str, table: str, replace: bool) -> _Destination:
    target = _parsed(destination, table)
    if target.path is not None:
        _check_path(target.path, must_be_new=not replace and target.url is None)
    if target.url is not None and target.path is not None:
        _check_is_sqlite(target.path)
    if target.url is not None and target.path is None and find_spec("psycopg") is None:
        raise InvalidInput(
            "The destination needs the package psycopg, which is not installed. "
            f"Run: pip install 'psycopg[binary]>=3.2,<4'. Got {target.shown!r}."
        )
    return target


def _parsed(destination: str, table: str) -> _Destination:
    text, table = _split_table(destination, table)
    if not re.fullmatch(rf"[A-Za-z_][A-Za-z0-9_]{{0,{LONGEST_TABLE - 1}}}", table, re.ASCII):
        raise InvalidInput(
            "The table of a destination must be letters, digits and _, not begin with a digit and have at most "
            f"{LONGEST_TABLE} characters. Got {table!r} instead."
        )
    lower = text.lower()
    if lower.startswith(POSTGRES_URLS):
        url = _postgres_url(text)
        return _Destination(f"{_shown(url)}#{table}", None, url, table)
    if lower.startswith(SQLITE_URL):
        path = text[len(SQLITE_URL) :]
    elif "://" not in text and lower.endswith(SQLITE):
        path = text
    elif "://" not in text and lower.endswith(CSV + PARQUET + EXCEL):
        resolved = Path(text).resolve()
        return _Destination(str(resolved), resolved, None, table)
    else:
        raise InvalidInput(
            f"The destination must end in or be one of {', '.join(KNOWN)}. Got {_masked(text)!r} instead."
        )
    if path in ("", ":memory:"):
        raise InvalidInput(f"The destination must name a file behind {SQLITE_URL}. Got {text!r} instead.")
    resolved = Path(path).resolve()
    return _Destination(f"{resolved}#{table}", resolved, URL.create("sqlite", database=str(resolved)), table)


def _split_table(destination: str, table: str) -> tuple[str, str]:
    head, mark, tail = destination.rpartition("#")
    lower = head.lower()
    of_url = lower.startswith((SQLITE_URL, *POSTGRES_URLS)) and not re.search(r"[/@]", tail)
    named = (of_url or lower.endswith(SQLITE)) and not destination.lower().endswith(SQLITE)
    return (head, tail) if mark and named else (destination, table)


def _postgres_url(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    # A password with a bare @ would run into the host, one with a bare # or / into the database.
    if url is None or not url.database or re.search("[#/@]", url.database + (url.host or "")):
        raise InvalidInput(
            "The destination must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with the special characters of "
            f"the password percent-encoded. Got {_masked(text)!r} instead."
        ) from None
    return url.set(drivername="postgresql+psycopg")


def _shown(url: URL) -> str:
    # The query may hold a password too.
    return url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)


def _masked(text: str) -> str:
    """The text of a URL that cannot be parsed, without what may be a password in it."""
    scheme, mark, rest = text.partition("://")
    return f"{scheme}://***" if mark and re.search("[@?]", rest) else text


def _check_path(path: Path, *, must_be_new: bool) -> None:
    if not path.parent.is_dir():
        raise InvalidInput(f"The destination's folder must exist. Got {str(path.parent)!r} of {path.name!r} instead.")
    if not os.access(path.parent, os.W_OK):
        raise InvalidInput(f"The destination's folder must be writable. Got {str(path.parent)!r} instead.")
    if path.exists() and not path.is_file():
        raise InvalidInput(f"The destination must be a file. Got {str(path)!r} instead.")
    if path.exists() and must_be_new:
        raise InvalidInput(f"The destination must not exist where it may not be replaced. Got {str(path)!r} instead.")


def _check_is_sqlite(path: Path) -> None:
    if not path.exists():
        return
    with path.open("rb") as file:
        if file.read(16) not in (b"SQLite format 3\0", b""):
            raise InvalidInput(f"The destination must be an SQLite database. Got {str(path)!r} instead.")


# Files


def _write_file(frame: pd.DataFrame, path: Path, sheet: str) -> None:
    name = path.name.lower()
    try:
        with _whole_file(path) as temporary:
            if name.endswith(EXCEL):
                _write_excel(frame, temporary, sheet)
            elif name.endswith(PARQUET):
                pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), temporary, compression="zstd")
            else:
                _write_csv(frame, temporary, compressed=name.endswith(".gz"))
    except (OSError, pa.ArrowException) as error:
        raise InvalidInput(f"The destination {str(path)!r} cannot be written: {_first_line(error)}") from error


@contextmanager
def _whole_file(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place when all is written, and is gone when not."""
    temporary = path.with_name(f".clientela-{secrets.token_hex(8)}.tmp")
    try:
        temporary.touch(exist_ok=False)
        if path.exists():
            temporary.chmod(path.stat().st_mode & 0o777)
        yield temporary
        _sync(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_csv(frame: pd.DataFrame, path: Path, *, compressed: bool) -> None:
    frame = frame.reset_index(drop=True)
    safe = frame.assign(**{name: _no_formulas(frame[name]) for name in frame if _is_text(frame[name])})
    if not compressed:
        safe.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
        return
    # Without a name and a time in gzip's header the same table gives the same bytes.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
        safe.to_csv(file, index=False, encoding="utf-8", lineterminator="\n")


def _no_formulas(column: pd.Series) -> pd.Series:
    """The texts with an apostrophe before those that a spreadsheet would run."""
    suspects = column[column.notna() & column.astype("str").str[:1].isin(FORMULA_STARTS)].astype("str")
    runs = suspects[[HARMLESS.fullmatch(text) is None for text in suspects]]
    if runs.empty:
        return column
    if column.name == KEY:
        logger.warning("%d ids of the CSV have an apostrophe in front, as a spreadsheet would run them", len(runs))
    safe = column.astype(object)
    safe[runs.index] = "'" + runs
    return safe


def _is_text(column: pd.Series) -> bool:
    return not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column))


def _write_excel(frame: pd.DataFrame, path: Path, sheet: str) -> None:
    # Slow to import, and only one format of many needs it.
    import xlsxwriter

    _check_fits_excel(frame)
    columns = [_excel_values(frame[name]) for name in frame]
    with tempfile.TemporaryDirectory() as folder:
        book = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "tmpdir": folder, "nan_inf_to_errors": True, "remove_timezone": True}
        )
        # The wall clock would change the bytes of the same table.
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        page = book.add_worksheet(sheet[:31])
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, len(frame), max(frame.shape[1] - 1, 0))
        bold = book.add_format({"bold": True})
        day, moment = (book.add_format({"num_format": form}) for form in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"))
        writers: dict[type, Callable[..., Any]] = {
            bool: page.write_boolean,
            int: page.write_number,
            float: page.write_number,
            datetime: lambda row, column, value: page.write_datetime(row, column, value, moment),
            date: lambda row, column, value: page.write_datetime(row, column, value, day),
        }
        for place, name in enumerate(frame):
            page.set_column(place, place, _width(str(name), columns[place]))
            page.write_string(0, place, str(name), bold)
        for row, values in enumerate(zip(*columns, strict=True), start=1):
            for place, value in enumerate(values):
                if value is not None:
                    # What is no number, date or truth is text, so that nothing becomes a formula or a link.
                    write = writers.get(type(value))
                    _ = write(row, place, value) if write else page.write_string(row, place, str(value))
        book.close()


def _check_fits_excel(frame: pd.DataFrame) -> None:
    if len(frame) >= EXCEL_ROWS:
        raise InvalidInput(
            f"An Excel sheet holds at most {EXCEL_ROWS - 1:,} rows below its header. Got {len(frame):,} rows; "
            "write .csv, .parquet or to a database instead."
        )
    for name in frame:
        longest = max(map(len, frame[name].dropna().astype("str")), default=0) if _is_text(frame[name]) else 0
        if longest > EXCEL_TEXT:
            raise InvalidInput(
                f"An Excel cell holds at most {EXCEL_TEXT:,} characters. Got {longest:,} in the column {name!r}."
            )


def _excel_values(column: pd.Series) -> list[Any]:
    values = column.dt.to_pydatetime() if pd.api.types.is_datetime64_any_dtype(column) else column
    return pd.Series(values, dtype=object, index=column.index).where(column.notna(), None).tolist()


def _width(name: str, values: list[Any]) -> int:
    longest = max((len(str(value)) for value in values[:ROWS_LOOKED_AT]), default=0)
    return min(max(longest, len(name) + 3) + 2, EXCEL_WIDEST)  # 3 for the filter's button


# Databases


def _write_database(frame: pd.DataFrame, target: _Destination, replace: bool) -> None:
    assert target.url is not None
    is_new = target.path is not None and not target.path.exists()
    try:
        with _told(target), _engine(target.url).begin() as connection:
            _refuse_to_replace(connection, target, replace)
            staged = f"clientela_{secrets.token_hex(8)}"
            frame.to_sql(staged, connection, index=False, method=_insert, chunksize=ROWS_AT_ONCE)
            _put_in_place(connection, staged, target.table)
            if KEY in frame:
                quote = connection.dialect.identifier_preparer.quote
                index, place = quote(f"ix_{target.table}_{KEY}"), quote(target.table)
                connection.exec_driver_sql(f"create index if not exists {index} on {place} ({KEY})")
    finally:
        if is_new and target.path is not None and target.path.exists() and target.path.stat().st_size == 0:
            target.path.unlink()


def _put_in_place(connection: Connection, staged: str, table: str) -> None:
    """Give the staged rows the table's name, in the transaction that is open.

    A table of the same columns is kept and its rows are exchanged, so that its grants, views and readers stay.
    """
    place = connection.dialect.identifier_preparer.quote(table)
    if not inspect(connection).has_table(table):
        connection.exec_driver_sql(f"alter table {staged} rename to {place}")
    elif _columns(connection, table) != _columns(connection, staged):
        connection.exec_driver_sql(f"drop table {place}")
        connection.exec_driver_sql(f"alter table {staged} rename to {place}")
    else:
        if connection.dialect.name == "postgresql":
            # Readers read on; a second writer waits, as its delete would not see our rows.
            connection.exec_driver_sql(f"lock table {place} in exclusive mode")
        connection.exec_driver_sql(f"delete from {place}")
        connection.exec_driver_sql(f"insert into {place} select * from {staged}")
        connection.exec_driver_sql(f"drop table {staged}")


def _columns(connection: Connection, table: str) -> list[tuple[str, str]]:
    return [(column["name"], str(column["type"])) for column in inspect(connection).get_columns(table)]


def _refuse_to_replace(connection: Connection, target: _Destination, replace: bool) -> None:
    if not replace and inspect(connection).has_table(target.table):
        raise InvalidInput(
            f"The destination must not exist where it may not be replaced. Got the table {target.shown!r} instead."
        )


def _insert(table: Any, connection: Connection, keys: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """What pandas' to_sql takes as its `method`: rows by COPY where there is one."""
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
        connection.execute("pragma cache_spill = off")  # what spills before the commit locks readers out
        connection.execute("pragma legacy_alter_table = on")  # a view on the table does not stop the rename

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("begin immediate")

    return engine


@contextmanager
def _told(target: _Destination) -> Iterator[None]:
    """What the database refuses as InvalidInput, in one line, without the password and without rows."""
    assert target.url is not None
    # psycopg's own errors come from COPY; SQLAlchemy wraps all others.
    failures: tuple[type[Exception], ...] = (SQLAlchemyError,)
    if target.path is None:
        import psycopg

        failures += (psycopg.Error,)
    try:
        yield
    except failures as error:
        said = _first_line(getattr(error, "orig", None) or error)
        for secret in _secrets(target.url):
            said = said.replace(secret, "***")
        raise InvalidInput(f"The destination {target.shown!r} cannot be written: {said}") from error


def _secrets(url: URL) -> list[str]:
    return [str(value) for value in (url.password, url.query.get("password"), url.query.get("sslpassword")) if value]


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
