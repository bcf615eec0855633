"""JSON files as the view `source`: a list of objects, or one object per line; every value as text."""

import json
import tempfile
from pathlib import Path

import duckdb

from clientela.data.encodings import TextFile, detect_text_file, lines, texts, write_utf_8
from clientela.data.expressions import quoted_name, quoted_text
from clientela.data.reading import FileFormat
from clientela.data.text_files import escaped, keep_rows
from clientela.errors import InvalidData


def view_json(connection: duckdb.DuckDBPyConnection, path: Path, file: FileFormat) -> int:
    """Make the view `source` of a JSON file; returns the number of rows.

    One object with one list of objects in it, as `{"orders": [...]}`, is a table of the objects in the list.

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
            rows = keep_rows(connection, _query(path))
        else:
            with tempfile.TemporaryDirectory(prefix="clientela-") as folder:
                copy = Path(folder) / "copy.json"
                write_utf_8(found, copy)
                rows = keep_rows(connection, _query(copy))
        return _view_inner_list(connection) or rows if rows == 1 else rows
    except duckdb.Error as error:
        raise InvalidData(
            f"The source {path.name!r} must be a list of JSON objects, or one object per line.{_fault_of(found)}"
        ) from error


def _query(path: Path) -> str:
    # Values stay JSON and become text, so that DuckDB does not guess the types of dates and ids.
    return (
        f"select columns(*) ->> '$' from read_json({quoted_text(escaped(path))}, maximum_depth = 1, sample_size = -1, "
        "records = true)"
    )


def _view_inner_list(connection: duckdb.DuckDBPyConnection) -> int | None:
    """Make the view `source` of the only list of objects among the values of the only row; None if there is none."""
    cursor = connection.execute("select * from source")
    values = dict(zip((column[0] for column in cursor.description), cursor.fetchall()[0], strict=True))
    listed = [name for name, value in values.items() if value and value.startswith("[{")]
    if len(listed) != 1:
        return None
    connection.execute(f"""
        create or replace temp table objects as
        select unnest(cast({quoted_name(listed[0])} as json[])) as object from source
    """)
    keys = connection.execute("""
        with keys as (select unnest(json_keys(object)) as key, row_number() over () as place from objects)
        select key from keys group by key order by min(place), key
    """).fetchall()
    pointers = {key: "/" + key.replace("~", "~0").replace("/", "~1") for (key,) in keys}
    columns = (f"object ->> {quoted_text(pointer)} as {quoted_name(key)}" for key, pointer in pointers.items())
    return keep_rows(connection, f"select {', '.join(columns)} from objects")


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
