"""One table to where the user says, whole or not at all: a CSV, Parquet or Excel file, SQLite or Postgres."""

import pandas as pd

from clientela.exports.database import check_database, write_database
from clientela.exports.destination import KNOWN, checked
from clientela.exports.files import whole_file, write_file

__all__ = ["KNOWN", "check_destination", "whole_file", "write_table"]

TABLE = "customer_segments"
KEY = "customer_id"


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
    target = checked(destination, table=table, replace=replace)
    if target.url is not None:
        write_database(frame, target, key=KEY, replace=replace)
    elif target.path is not None:
        write_file(frame, target.path, sheet=target.table, key=KEY)
    return target.shown


def check_destination(destination: str, *, table: str = TABLE, replace: bool = True) -> None:
    """Say before the long work what would stop `write_table` after it; nothing is written.

    A database server is asked whether it lets us in.

    Raises:
        InvalidInput: an ending that is not known, a folder that is missing or closed, a table name that is no plain
            identifier, a missing driver, a database that does not answer, or, without `replace`, a file or table that
            is there.
    """
    target = checked(destination, table=table, replace=replace)
    if target.url is not None and target.path is None:
        check_database(target, replace=replace)
