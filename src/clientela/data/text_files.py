"""Text files (CSV and its kin) as the view `source`, with every column as text."""

import csv
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import duckdb

from clientela.data.dialects import WHITESPACE, Dialect, detect_dialect, with_tabs
from clientela.data.encodings import GUESSED, UTF_8, TextFile, detect_text_file, is_compressed, lines, write_utf_8
from clientela.data.expressions import BLANKS, quoted_name, quoted_text
from clientela.data.faults import fault_of
from clientela.data.reading import FileFormat
from clientela.errors import InvalidData

MOST_TITLES = 60  # lines above a header
SAMPLE_LINES = 1_000
LONGEST_LINE = 16_000_000  # bytes


def view_text_files(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], file: FileFormat
) -> tuple[int, tuple[str, ...]]:
    """Make the view `source` of text files with equal headers; returns the number of rows and notes for the user.

    The rows stay in the files if DuckDB can read them. Otherwise they are in a table.

    Args:
        connection: DuckDB connection that gets the view.
        paths: paths of the files, at least one.
        file: encoding, delimiter and rows above the header.

    Raises:
        InvalidData: a file cannot be decoded, has no header, or a row does not follow the header.
    """
    found = [detect_text_file(path, file.encoding) for path in paths]
    dialects = [_dialect_of(text_file, file) for text_file in found]
    _refuse_another_header(found[0], dialects[0], file)
    for path, dialect in zip(paths, dialects, strict=True):
        if (dialect.names, dialect.delimiter) != (dialects[0].names, dialects[0].delimiter):
            raise InvalidData(
                f"All files of a source must have equal headers. Got another header in {path.name!r} than in "
                f"{paths[0].name!r}."
            )
    readable = all(each.encoding in UTF_8 and not each.mixed_line_ends for each in found) and not file.skip_rows
    is_spaced = dialects[0].delimiter == WHITESPACE
    readable = readable and not is_spaced and len({is_compressed(path) for path in paths}) == 1
    try:
        if readable:
            return _view(connection, paths, dialects[0], has_header=file.has_header), ()
        with tempfile.TemporaryDirectory(prefix="clientela-") as folder:
            copies = [Path(folder) / f"{number}.csv" for number in range(len(found))]
            for text_file, copy in zip(found, copies, strict=True):
                write_utf_8(text_file, copy, skip_lines=file.skip_rows, change=with_tabs if is_spaced else None)
            dialect = replace(dialects[0], delimiter="\t") if is_spaced else dialects[0]
            return _view(connection, copies, dialect, has_header=file.has_header, keep=True), _notes(found, file)
    except duckdb.Error as error:
        raise InvalidData(_explain(error, found, dialects, file)) from error


def _notes(found: Sequence[TextFile], file: FileFormat) -> tuple[str, ...]:
    guessed = [each for each in found if each.encoding in GUESSED and not file.encoding]
    return tuple(
        f"Read {each.path.name} as {each.encoding}, because it is not UTF-8. If names look wrong, set encoding."
        for each in guessed
    )


def _dialect_of(text_file: TextFile, file: FileFormat) -> Dialect:
    sample = "".join(islice(lines(text_file), file.skip_rows, file.skip_rows + SAMPLE_LINES))
    dialect = detect_dialect(sample, file.delimiter, has_header=file.has_header)
    if not dialect.names:
        raise InvalidData(f"The source {text_file.path.name!r} must have a header. Got none.")
    return dialect


def _refuse_another_header(text_file: TextFile, dialect: Dialect, file: FileFormat) -> None:
    """Refuse a file whose columns stand in another line than the header, and say in which."""
    needed = set(file.needed)
    if not needed or needed <= set(dialect.names) or not file.has_header:
        return
    for number, line in enumerate(islice(lines(text_file), MOST_TITLES)):
        row = next(csv.reader([line], **dialect.for_python), [])
        if needed <= {cell.strip(BLANKS) for cell in row}:
            raise InvalidData(
                f"The header of {text_file.path.name!r} must have the columns {list(file.needed)}. They are in line "
                f"{number + 1:,}; set skip_rows: {number}."
            )


def _view(
    connection: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    dialect: Dialect,
    *,
    has_header: bool,
    keep: bool = False,
) -> int:
    """Make the view `source`; with `keep`, of a table with the rows, because the files do not stay."""
    columns = ", ".join(f"{quoted_text(name)}: 'VARCHAR'" for name in dialect.names)
    files = ", ".join(quoted_text(escaped(path)) for path in paths)
    compression = "gzip" if is_compressed(paths[0]) else "none"
    query = (
        f"select * from read_csv([{files}], columns = {{{columns}}}, auto_detect = false, header = {has_header}, "
        f"delim = {quoted_text(dialect.delimiter)}, quote = {quoted_text(dialect.quote)}, "
        f"escape = {quoted_text(dialect.escape)}, compression = '{compression}', strict_mode = true, "
        f"max_line_size = {LONGEST_LINE})"
    )
    if keep:
        return keep_rows(connection, query)
    connection.execute(f"create or replace view source as {query}")
    first = quoted_name(dialect.names[0])
    rows: int = connection.execute(f"select count(*), count({first}) from source").fetchall()[0][0]
    return rows


def keep_rows(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """Make the view `source` of a table with the rows of a query, and return their number."""
    connection.execute(f"create or replace temp table source_rows as {query}")
    connection.execute("create or replace view source as select * from source_rows")
    rows: int = connection.execute("select count(*) from source").fetchall()[0][0]
    return rows


def escaped(path: Path) -> str:
    """A path in which DuckDB takes no sign for a pattern."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))


def _explain(error: duckdb.Error, found: Sequence[TextFile], dialects: Sequence[Dialect], file: FileFormat) -> str:
    for text_file, dialect in zip(found, dialects, strict=True):
        if fault := fault_of(text_file, dialect, skip_rows=file.skip_rows):
            return f"The source {text_file.path.name!r} cannot be read. {fault}"
    return (
        f"The source {found[0].path.name!r} cannot be read ({type(error).__name__}). Its values must be separated and "
        "quoted in one way: delimiter sets the sign between columns, encoding the encoding."
    )
