"""JSON files as the view `source`: a list of objects, or one object per line; every value as text."""

import json
import tempfile
from pathlib import Path

import duckdb

from clientela.data.encodings import TextFile, detect_text_file, lines, texts, write_utf_8
from clientela.data.expressions import quoted_text
from clientela.data.nesting import view_nested
from clientela.data.reading import FileFormat
from clientela.data.text_files import escaped
from clientela.errors import InvalidData

LARGEST_OBJECT = 4_000_000_000  # bytes: a file may be one object with a list of orders


def view_json(connection: duckdb.DuckDBPyConnection, path: Path, file: FileFormat) -> tuple[int, tuple[str, ...]]:
    """Make the view `source` of a JSON file; returns the number of rows and notes for the user.

    One object with one list of objects in it, as `{"orders": [...]}`, is a table of the objects in the list. Objects
    within the rows become columns, and one list within them, such as the items of an order, becomes rows
    (see `clientela.data.nesting`).

    Args:
        connection: DuckDB connection that gets the view.
        path: path of the file.
        file: encoding of the file.

    Raises:
        InvalidData: the file is not JSON, or its values are not objects.
    """
    found = detect_text_file(path, file.encoding)
    try:
        if found.encoding in ("utf-8", "ascii"):
            connection.execute(_query(path))
        else:
            with tempfile.TemporaryDirectory(prefix="clientela-") as folder:
                copy = Path(folder) / "copy.json"
                write_utf_8(found, copy)
                connection.execute(_query(copy))
        return view_nested(connection, "json_rows")
    except duckdb.Error as error:
        raise InvalidData(
            f"The source {path.name!r} must be a list of JSON objects, or one object per line.{_fault_of(found)}"
        ) from error


def _query(path: Path) -> str:
    # Values stay JSON, so that DuckDB does not guess the types of dates and ids.
    return (
        f"create or replace temp table json_rows as select columns(*)::json from read_json("
        f"{quoted_text(escaped(path))}, maximum_depth = 1, sample_size = -1, records = true, "
        f"maximum_object_size = {LARGEST_OBJECT})"
    )


def _fault_of(file: TextFile) -> str:
    """A sentence about the first line that is not JSON; empty if all lines are."""
    start = next((text.lstrip("\ufeff \t\r\n")[:1] for text in texts(file) if text.strip()), "")
    # A list may have line ends anywhere; other files have one object per line.
    parts = ["".join(lines(file))] if start == "[" else lines(file)
    for number, part in enumerate(parts, start=1):
        try:
            json.loads(part if part.strip() else "0")
        except json.JSONDecodeError as error:
            return f" Line {error.lineno if start == '[' else number:,} is not."
        except RecursionError:
            return " Its values are nested too deeply."
    return ""
