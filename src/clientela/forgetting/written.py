"""Files and database tables that commands have written: the rows of forgotten customers are removed."""

import tempfile
from pathlib import Path

from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from clientela.errors import InvalidInput
from clientela.exports.destination import SQLITE, parsed
from clientela.exports.files import whole_file
from clientela.forgetting.files import names_customer, rewrite
from clientela.forgetting.wanted import COLUMNS, Wanted
from clientela.processes import folder_prefix

GONE, CLEAN, REWRITTEN, DELETED, UNREACHABLE = "no longer there", "without them", "rewritten", "deleted", "not reached"


def is_table(destination: str) -> bool:
    """Whether a destination is a table of a database."""
    path = destination.partition("#")[0].lower()
    return "://" in path or path.endswith(SQLITE)


def forget_in(destination: str, wanted: Wanted) -> str:
    """Remove forgotten customers from a file or table; returns what was done."""
    if is_table(destination):
        return _forget_in_table(destination, wanted, change=True)
    path = Path(destination)
    if not path.is_file():
        return GONE
    try:
        if not names_customer(path, wanted):
            return CLEAN
        with tempfile.TemporaryDirectory(prefix=folder_prefix("checked")) as place:
            new = Path(place) / path.name
            if not rewrite(path, new, wanted) or names_customer(new, wanted):
                path.unlink()
                return DELETED
            with whole_file(path) as temporary:
                temporary.write_bytes(new.read_bytes())
        return REWRITTEN
    except OSError:
        return UNREACHABLE


def still_named(destination: str, wanted: Wanted) -> bool:
    """Whether a file or table still names a forgotten customer."""
    if is_table(destination):
        return _forget_in_table(destination, wanted, change=False) == REWRITTEN
    path = Path(destination)
    return path.is_file() and names_customer(path, wanted)


def _forget_in_table(destination: str, wanted: Wanted, *, change: bool) -> str:
    try:
        target = parsed(destination, "customer_segments")
    except InvalidInput:
        return UNREACHABLE
    if target.path is not None and not target.path.is_file():
        return GONE
    assert target.url is not None
    engine = create_engine(target.url)
    try:
        with engine.begin() as connection:
            tables = inspect(connection)
            if target.table not in tables.get_table_names():
                return GONE
            quote = connection.dialect.identifier_preparer.quote
            keys = [one["name"] for one in tables.get_columns(target.table) if one["name"] in COLUMNS]
            terms, mark = sorted(wanted.terms), "?" if engine.dialect.name == "sqlite" else "%s"
            found = 0
            for key in keys:
                where = f"from {quote(target.table)} where {quote(key)} in ({', '.join([mark] * len(terms))})"
                found += connection.exec_driver_sql(f"select count(*) {where}", tuple(terms)).scalar_one()
                if change:
                    connection.exec_driver_sql(f"delete {where}", tuple(terms))
        if change and found and engine.dialect.name == "sqlite":
            # Freed pages would keep the rows.
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("vacuum")
        return REWRITTEN if found else CLEAN
    except SQLAlchemyError:
        return UNREACHABLE
    finally:
        engine.dispose()
