"""The database in memory that a run works in."""

import atexit
import shutil
import tempfile
from functools import cache

import duckdb

from clientela.data.expressions import quoted_text
from clientela.processes import folder_prefix, left_folders

SPILL = "spill"


def open_database(memory_limit: str | None = None) -> duckdb.DuckDBPyConnection:
    """Open an empty database in memory; close it, or use it in a `with` statement.

    Rows that do not fit into memory go to a folder of this process, and not to `.tmp` in the working folder. DuckDB's
    own progress bar is off: it is drawn on stdout, where results are printed.

    Args:
        memory_limit: memory for the rows, such as "60%" of the machine's or "4GB"; None for DuckDB's default, 80%.
    """
    connection = duckdb.connect()
    if memory_limit:
        connection.execute(f"set memory_limit = {quoted_text(memory_limit)}")
    connection.execute("set enable_progress_bar = false")
    connection.execute(f"set temp_directory = {quoted_text(spill_folder())}")
    return connection


@cache
def spill_folder() -> str:
    """A folder that only this user can read. It is removed when the process ends; if it is killed, by the next one."""
    for left in left_folders(kind=SPILL):
        shutil.rmtree(left, ignore_errors=True)
    folder = tempfile.mkdtemp(prefix=folder_prefix(SPILL))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
