"""Parses and checks destinations: a file, or a table of a database."""

import os
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS as POSTGRES_WORDS
from sqlalchemy.dialects.sqlite.base import SQLiteIdentifierPreparer
from sqlalchemy.exc import ArgumentError

from clientela.credentials import fill_references, refuse_passwords
from clientela.errors import InvalidInput

CSV = (".csv", ".csv.gz")
PARQUET = (".parquet", ".pq")
EXCEL = (".xlsx",)
SQLITE = (".db", ".sqlite", ".sqlite3")
SQLITE_URL = "sqlite:///"
POSTGRES_URLS = ("postgresql://", "postgres://", "postgresql+psycopg://")
KNOWN = (*CSV, *PARQUET, *EXCEL, *SQLITE, f"{SQLITE_URL}PATH", "postgresql://USER@HOST/DATABASE")
RESERVED = POSTGRES_WORDS | SQLiteIdentifierPreparer.reserved_words
LONGEST_TABLE = 48  # Postgres cuts names at 63, and the index is called ix_TABLE_customer_id


@dataclass(frozen=True)
class Destination:
    """A file, or a table of a database.

    Attributes:
        shown: text for messages, without a password.
        path: path of the file; None for a database server.
        url: URL of the database; None for a file.
        table: name of the table, or of the sheet.
    """

    shown: str
    path: Path | None
    url: URL | None
    table: str


def checked(destination: str, *, table: str, replace: bool) -> Destination:
    """Parse a destination and check it without connecting to a database server.

    Args:
        destination: path or URL, as in `write_table`.
        table: name of the table if the destination does not name one.
        replace: whether an existing file may be replaced.

    Raises:
        InvalidInput: as in `check_destination`, except for what only the database server knows.
    """
    target = parsed(destination, table)
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


def parsed(destination: str, table: str) -> Destination:
    """Parse a destination.

    Raises:
        InvalidInput: the form is unknown, or the table name is not a plain identifier.
    """
    refuse_passwords({"destination": destination})
    text, table = _split_table(destination, table)
    if not re.fullmatch(rf"[A-Za-z_][A-Za-z0-9_]{{0,{LONGEST_TABLE - 1}}}", table, re.ASCII):
        raise InvalidInput(
            "The table of a destination must be letters, digits and _, not begin with a digit and have at most "
            f"{LONGEST_TABLE} characters. Got {table!r} instead."
        )
    if table.lower() in RESERVED or table.lower().startswith(("sqlite_", "pg_")):
        raise InvalidInput(
            "The table of a destination must not be a reserved word of SQL or begin with sqlite_ or pg_. "
            f"Got {table!r} instead."
        )
    lower = text.lower()
    if lower.startswith(POSTGRES_URLS):
        url = _postgres_url(fill_references(text), shown=_masked(text))
        return Destination(f"{_shown(url)}#{table}", None, url, table)
    if lower.startswith(SQLITE_URL):
        path = text[len(SQLITE_URL) :]
    elif "://" not in text and lower.endswith(SQLITE):
        path = text
    elif "://" not in text and lower.endswith(CSV + PARQUET + EXCEL):
        resolved = Path(text).resolve()
        return Destination(str(resolved), resolved, None, table)
    else:
        raise InvalidInput(
            f"The destination must end in or be one of {', '.join(KNOWN)}. Got {_masked(text)!r} instead."
        )
    if path in ("", ":memory:"):
        raise InvalidInput(f"The destination must name a file behind {SQLITE_URL}. Got {text!r} instead.")
    resolved = Path(path).resolve()
    return Destination(f"{resolved}#{table}", resolved, URL.create("sqlite", database=str(resolved)), table)


def _split_table(destination: str, table: str) -> tuple[str, str]:
    head, mark, tail = destination.rpartition("#")
    lower = head.lower()
    of_url = lower.startswith((SQLITE_URL, *POSTGRES_URLS)) and not re.search(r"[/@]", tail)
    named = (of_url or lower.endswith(SQLITE)) and not destination.lower().endswith(SQLITE)
    return (head, tail) if mark and named else (destination, table)


def _postgres_url(text: str, *, shown: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is None or not url.database or re.search("[#/@]", url.database + (url.host or "")):
        raise InvalidInput(
            f"The destination must be postgresql://USER@HOST:PORT/DATABASE. Got {shown!r} instead."
        ) from None
    return url.set(drivername="postgresql+psycopg")


def _shown(url: URL) -> str:
    # The query may hold a password too.
    return url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)


def _masked(text: str) -> str:
    """The text of a URL that cannot be parsed, without a part that may be a password."""
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
        raise InvalidInput(f"The destination must not exist unless it may be replaced. Got {str(path)!r} instead.")


def _check_is_sqlite(path: Path) -> None:
    if not path.exists():
        return
    with path.open("rb") as file:
        if file.read(16) not in (b"SQLite format 3\0", b""):
            raise InvalidInput(f"The destination must be an SQLite database. Got {str(path)!r} instead.")
