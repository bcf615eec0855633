"""Writes a table atomically to a CSV, Parquet or Excel file, or to SQLite or Postgres."""

import pandas as pd

from clientela.exports.database import check_database, write_database
from clientela.exports.destination import KNOWN, checked
from clientela.exports.files import whole_file, write_file

__all__ = ["KNOWN", "check_destination", "whole_file", "write_table"]

TABLE = "customer_segments"
KEY = "customer_id"


def write_table(frame: pd.DataFrame, destination: str, *, table: str = TABLE, replace: bool = True) -> str:
    """Write a frame atomically.

    A reader sees either the old table or the whole new one. After an error the old table is still there, and no
    temporary file is left.

    Args:
        frame: the rows, written in their order and without the index. Text stays text; whole numbers with missing
            values need pandas' Int64.
        destination: a path that ends in .csv, .csv.gz, .parquet, .pq or .xlsx; or a database: a path that ends in .db,
            .sqlite or .sqlite3, `sqlite:///PATH`, or `postgresql://USER@HOST/DATABASE`, with the
            password in the environment. `#NAME` after a database names the table.
        table: name of the table if the destination does not name one; name of the sheet in Excel.
        replace: whether an existing file or table may be replaced.

    Returns:
        The destination as it can be shown: an absolute path or a URL, without a password.

    Raises:
        InvalidInput: `check_destination` refuses the destination, the format cannot hold the frame, or the file or
            database cannot be written.

    Example:
        >>> import pandas as pd
        >>> shown = write_table(pd.DataFrame({"customer_id": ["17850"]}), "customers.csv")  # doctest: +SKIP
    """
    target = checked(destination, table=table, replace=replace)
    if target.url is not None:
        write_database(frame, target, key=KEY, replace=replace)
    elif target.path is not None:
        write_file(frame, target.path, sheet=target.table, key=KEY)
    return target.shown


def check_destination(destination: str, *, table: str = TABLE, replace: bool = True) -> None:
    """Check a destination before the long work whose result `write_table` writes; nothing is written.

    It connects to a database server to see whether it accepts the credentials.

    Args:
        destination: as in `write_table`.
        table: name of the table if the destination does not name one.
        replace: whether an existing file or table may be replaced.

    Raises:
        InvalidInput: unknown extension, missing or read-only folder, invalid table name, missing driver, unreachable
            database, or, without `replace`, an existing file or table.
    """
    target = checked(destination, table=table, replace=replace)
    if target.url is not None and target.path is None:
        check_database(target, replace=replace)
