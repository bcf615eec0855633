"""Addresses of sources: objects of a store, and tables and queries of databases."""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import unquote

from clientela.credentials import fill_references, refuse_passwords, without_password
from clientela.errors import InvalidInput

Engine = Literal["postgresql", "mysql", "sqlite", "duckdb"]
STORES = ("s3", "gs", "az")
ENGINES: dict[str, Engine] = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
    "duckdb": "duckdb",
}
FILE_ENGINES = ("sqlite", "duckdb")
# A database in a file is known by its ending and its first bytes.
DATABASE_FILES = (".sqlite", ".sqlite3", ".db", ".db3", ".duckdb", ".ddb")
SQLITE_START = b"SQLite format 3\x00"
DUCKDB_START = b"DUCK"  # after the checksum, at byte 8
SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
SERVER = re.compile(r"(?:([^:@/?]*)(?::([^@/?]*))?@)?(\[[^\]]*\]|[^:/?]*)(?::(\d*))?(?:/([^?]*))?", re.DOTALL)


@dataclass(frozen=True)
class DatabaseAddress:
    """A table or a query of a database.

    Attributes:
        engine: kind of the database.
        database: name of the database, or path of its file.
        table: name of the table, with its schema if it has one; None for a query, or for the only table.
        query: query that returns the rows; None for a table.
        host: name of the server; empty for files and for the engine's default.
        port: port of the server; None for the engine's default.
        user: name of the user; None for the engine's default.
        password: password from the environment; None for the engine's own variable.
        parameters: further parameters of the connection.
    """

    engine: Engine
    database: str
    table: str | None = None
    query: str | None = None
    host: str = ""
    port: int | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def server(self) -> str:
        """The database without its table, for messages."""
        if self.engine in FILE_ENGINES:
            return str(Path(self.database).resolve())
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.engine}://{user}{self.host}{port}/{self.database}"

    @property
    def known_as(self) -> str:
        """The source as reports and records name it: a query by the digest of its text."""
        if self.query:
            digest = hashlib.sha256(self.query.encode()).hexdigest()[:8]
            return f"{self.server} (query {digest})"
        return f"{self.server} (table {self.table})" if self.table else self.server


def scheme_of(location: str) -> str | None:
    """The scheme of an address in lower case; None for a path.

    >>> scheme_of("s3://shop/sales.csv"), scheme_of("C:/sales.csv")
    ('s3', None)
    """
    found = SCHEME.fullmatch(location)
    return found[1].lower() if found else None


def is_object_address(location: str) -> bool:
    """Whether a location is an address of an object store."""
    return scheme_of(location) in STORES


def database_of(location: str) -> DatabaseAddress | None:
    """The database that a location means; None for other files and addresses.

    Args:
        location: address like postgresql://USER@HOST/DATABASE?table=NAME or sqlite:///PATH?query=SELECT, or path of a
            database file.

    Raises:
        InvalidInput: the address contains a password, or is not one of a database.

    >>> database_of("postgresql://me@db/shop?table=public.sales").known_as
    'postgresql://me@db/shop (table public.sales)'
    >>> database_of("sqlite:///shop.sqlite?table=sales").database
    'shop.sqlite'
    """
    scheme = scheme_of(location)
    if scheme is None:
        return _database_file(Path(location))
    if scheme not in ENGINES:
        return None
    refuse_passwords({"source": location})
    return _parsed(ENGINES[scheme], location)


def file_of(address: DatabaseAddress) -> list[Path]:
    """The file of a database in a file; empty for a server."""
    return [Path(address.database)] if address.engine in FILE_ENGINES else []


def refuse_unknown_scheme(location: str) -> None:
    """Check that an address is of a kind that is read.

    Raises:
        InvalidInput: its scheme is unknown.
    """
    scheme = scheme_of(location)
    if scheme is not None and scheme not in (*STORES, *ENGINES):
        known = ", ".join(f"{each}://" for each in (*STORES, *dict.fromkeys(ENGINES.values())))
        raise InvalidInput(
            f"The source must be a path, or an address that begins with one of {known}. Got "
            f"{without_password(location)!r} instead."
        )


def short_name(location: str) -> str:
    """A short name of a source: its file, object or table.

    >>> short_name("data/sales.csv"), short_name("postgresql://db/shop?table=public.sales")
    ('sales.csv', 'public.sales')
    """
    if is_object_address(location):
        return PurePosixPath(location).name
    if scheme_of(location) in ENGINES and (database := database_of(location)):
        return database.table or ("query" if database.query else Path(database.database).name)
    return Path(location).name


def known_as(location: str) -> str:
    """The source as reports and records name it; a path is absolute."""
    if database := database_of(location):
        return database.known_as
    return location if scheme_of(location) else str(Path(location).resolve())


def _database_file(path: Path) -> DatabaseAddress | None:
    if not path.name.lower().endswith(DATABASE_FILES) or not path.is_file():
        return None
    with path.open("rb") as file:
        start = file.read(16)
    if start == SQLITE_START:
        return DatabaseAddress("sqlite", str(path))
    return DatabaseAddress("duckdb", str(path)) if start[8:12] == DUCKDB_START else None


def _parsed(engine: Engine, location: str) -> DatabaseAddress:
    found = SCHEME.fullmatch(location)
    place, _, rest = (found[2] if found else "").partition("?")
    parameters = {unquote(name): unquote(value) for name, _, value in (pair.partition("=") for pair in rest.split("&"))}
    parameters.pop("", None)
    table, query = parameters.pop("table", None), parameters.pop("query", None)
    if table and query:
        raise InvalidInput(f"An address of a database must have a table or a query. Got both in {_shown(location)}.")
    if engine in FILE_ENGINES:
        if not place.startswith("/") or place == "/":
            raise InvalidInput(f"A database in a file must be {engine}:///PATH. Got {_shown(location)} instead.")
        return DatabaseAddress(engine, unquote(place[1:]), table, query, parameters=parameters)
    server = SERVER.fullmatch(place)
    if server is None or not server[5]:
        raise InvalidInput(f"A database must be {engine}://USER@HOST:PORT/DATABASE. Got {_shown(location)} instead.")
    user, password, host, port, name = server.groups()
    return DatabaseAddress(
        engine,
        unquote(name),
        table,
        query,
        host=host.strip("[]"),
        port=int(port) if port else None,
        user=unquote(user) if user else None,
        password=unquote(fill_references(password)) if password else None,
        parameters=parameters,
    )


def _shown(location: str) -> str:
    return repr(without_password(location.partition("?")[0]))
