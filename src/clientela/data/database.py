"""The database in memory that a run works in."""

import duckdb


def open_database() -> duckdb.DuckDBPyConnection:
    """Open an empty database in memory; close it, or use it in a `with` statement.

    DuckDB's own progress bar is off: it is drawn on stdout, where results are printed.
    """
    connection = duckdb.connect()
    connection.execute("set enable_progress_bar = false")
    return connection
