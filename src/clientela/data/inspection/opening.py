"""Opening a source of unknown layout, and which files beside it have the columns that it does not have."""

import tempfile
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import duckdb

from clientela.data.archives import unpack
from clientela.data.encodings import detect_text_file, lines
from clientela.data.inspection.layout import TextLayout, text_layout
from clientela.data.inspection.result import FileLayout
from clientela.data.inspection.sheets import workbook_layout
from clientela.data.paths import TEXT, kind_of
from clientela.data.readers import GENERATED, read_files, read_source, source_files
from clientela.data.reading import FileFormat
from clientela.data.sources.addresses import database_of, scheme_of
from clientela.errors import ClientelaError

HEAD_LINES = 400
MOST_NEIGHBOURS = 40


@dataclass(frozen=True)
class Neighbour:
    """A table beside the inspected one.

    Attributes:
        path: path of the file.
        header: its columns.
    """

    path: Path
    header: tuple[str, ...]


def open_source(connection: duckdb.DuckDBPyConnection, location: str) -> FileLayout:
    """Make the view `source` of a file of unknown layout; returns the layout.

    Args:
        connection: DuckDB connection that gets the view.
        location: path or address of the source.

    Raises:
        InvalidData: the source cannot be read.
    """
    if location in GENERATED or database_of(location):
        read_source(connection, location)
        return FileLayout()
    paths = source_files(connection, location)
    layout = _layout_of(paths[0])
    read = read_files(connection, location, paths, _file_format(layout))
    return replace(layout, notes=read.notes if layout.delimiter is None else ())


def _file_format(layout: FileLayout) -> FileFormat:
    return FileFormat(
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        sheets=layout.sheets or None,
        skip_rows=layout.skip_rows,
        has_header=layout.has_header,
    )


def _layout_of(path: Path) -> FileLayout:
    kind = kind_of(path)
    if kind == "workbook":
        return workbook_layout(path)
    if kind == "zip":
        with tempfile.TemporaryDirectory(prefix="clientela-") as folder:
            files = unpack(path, Path(folder), suffixes=TEXT, largest_mb=FileFormat().largest_unpacked_mb)
            return _layout_of(files[0])
    if kind == "text":
        encoding, layout = read_layout(path)
        return FileLayout(encoding, layout.delimiter, skip_rows=layout.skip_rows, has_header=layout.has_header)
    return FileLayout("utf-8" if kind == "json" else None)


def read_layout(path: Path) -> tuple[str, TextLayout]:
    """Encoding and layout of a text file."""
    file = detect_text_file(path, None)
    return file.encoding, text_layout("".join(islice(lines(file), HEAD_LINES)))


def neighbours(location: str) -> list[Neighbour]:
    """The text tables in the folder of a source, with their headers; files that cannot be read are left out."""
    if scheme_of(location) or database_of(location):
        return []
    own = Path(location).resolve()
    found = []
    siblings = sorted(path for path in own.parent.glob("*") if path.name.lower().endswith(TEXT) and path != own)
    for path in siblings[:MOST_NEIGHBOURS]:
        try:
            with path.open("rb") as file:
                start = file.read(1 << 16)
            text = start.decode("utf-8-sig", errors="replace")
            found.append(Neighbour(path, text_layout("".join(text.splitlines(keepends=True)[:-1][:50])).header))
        except (OSError, ClientelaError):
            continue
    return found
