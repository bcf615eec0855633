"""Workbooks (Excel, OpenDocument) as the view `source`: one sheet, or several one below the other."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from clientela.data.dialects import unique_names
from clientela.data.expressions import quoted_name
from clientela.data.reading import FileFormat
from clientela.errors import InvalidData

MOST_TITLES = 60  # rows above a header


def view_workbook(connection: duckdb.DuckDBPyConnection, path: Path, file: FileFormat) -> tuple[int, tuple[str, ...]]:
    """Make the view `source` of the sheets of a workbook; returns the number of rows and notes for the user.

    Args:
        connection: DuckDB connection that gets the view.
        path: path of the workbook.
        file: sheets, rows above the header and columns that a sheet must have.

    Raises:
        InvalidData: the file is no workbook, or no sheet has the columns.
    """
    # fastexcel is slow to import and needed for this format only.
    import fastexcel

    try:
        book = fastexcel.read_excel(path)
        # Each reading parses the whole sheet: of sheets that are chosen by their names alone, no header is needed.
        is_named = bool(file.sheets) and file.sheets != ("all",) and not file.needed
        headers = {name: () if is_named else _header(book, name, file) for name in book.sheet_names}
        names = _chosen(headers, path, file)
        if file.needed and not any(set(file.needed) <= set(headers[name]) for name in names):
            _refuse_another_header(book, path, names, file)
        tables = [_table(book, name, file) for name in names]
    except fastexcel.FastExcelError as error:
        raise InvalidData(
            f"The source {path.name!r} cannot be read as a workbook: {str(error).splitlines()[0]}"
        ) from error
    _view(connection, tables)
    others = [name for name in headers if name not in names]
    notes = (f"Read the sheets {_list(names)} of {path.name}; left out {_list(others)}.",) if others else ()
    return sum(table.num_rows for table in tables), notes


def _header(book: Any, name: str, file: FileFormat) -> tuple[str, ...]:
    sheet = book.load_sheet(name, header_row=file.skip_rows, n_rows=0)
    return unique_names([column.name for column in sheet.available_columns()])


def _table(book: Any, name: str, file: FileFormat) -> pa.Table:
    # Types are inferred from all rows: from the first thousand only, a later text would become a missing value.
    sheet = book.load_sheet(name, header_row=file.skip_rows, schema_sample_rows=None)
    table = pa.Table.from_batches([sheet.to_arrow()])
    return table.rename_columns(list(unique_names(table.column_names)))


def _chosen(headers: dict[str, tuple[str, ...]], path: Path, file: FileFormat) -> list[str]:
    """The names of the sheets to read."""
    filled = [name for name, header in headers.items() if header]
    if file.sheets and file.sheets != ("all",):
        known = {name.strip().lower(): name for name in headers}
        for wanted in file.sheets:
            if wanted.strip().lower() not in known:
                close = difflib.get_close_matches(wanted, list(headers), n=1)
                meant = f" Did you mean {close[0]!r}?" if close else ""
                raise InvalidData(
                    f"The workbook {path.name!r} must have the sheet {wanted!r}. It has {_list(list(headers))}.{meant}"
                )
        return [known[wanted.strip().lower()] for wanted in file.sheets]
    if not filled:
        raise InvalidData(f"The workbook {path.name!r} must have a sheet with a header. Got none.")
    if file.sheets:
        return filled
    if not file.needed:
        return filled[:1]
    # A workbook without the columns is left to the check of columns, which knows what may be meant.
    fitting = [name for name in filled if set(file.needed) <= set(headers[name])]
    return fitting or [max(filled, key=lambda name: len(set(file.needed) & set(headers[name])))]


def _refuse_another_header(book: Any, path: Path, names: Sequence[str], file: FileFormat) -> None:
    """Refuse a workbook whose columns stand in another row than the header, and say in which."""
    for name in names:
        # With skip_rows, empty rows at the top count, too.
        sheet = book.load_sheet(name, header_row=None, skip_rows=0, n_rows=MOST_TITLES, dtypes="string")
        for place, row in enumerate(sheet.to_arrow().to_pylist()):
            if set(file.needed) <= {(cell or "").strip() for cell in row.values()}:
                raise InvalidData(
                    f"The header of the sheet {name!r} of {path.name!r} must have the columns {list(file.needed)}. "
                    f"They are in row {place + 1:,}; set skip_rows: {place}."
                )


def _view(connection: duckdb.DuckDBPyConnection, tables: Sequence[pa.Table]) -> None:
    if len(tables) == 1:
        connection.register("source", tables[0])
        return
    for number, table in enumerate(tables):
        connection.register(f"source_sheet_{number}", table)
    selects = (f"select * from {quoted_name(f'source_sheet_{number}')}" for number in range(len(tables)))
    connection.execute(f"create or replace view source as {' union all by name '.join(selects)}")


def _list(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)
