"""The layout of a workbook: which sheets have the rows, and how many rows stand above their header."""

from pathlib import Path
from typing import Any

from clientela.data.inspection.layout import header_place
from clientela.data.inspection.names import name_scores
from clientela.data.inspection.result import FileLayout
from clientela.errors import InvalidData

LOOKED_AT = 60  # rows of a sheet


def workbook_layout(path: Path) -> FileLayout:
    """The sheet with the most rows under a header, and those with the same header.

    Raises:
        InvalidData: the file is no workbook, or no sheet has rows.
    """
    import fastexcel  # slow to import and needed for this format only

    try:
        book = fastexcel.read_excel(path)
        sheets = {name: _sheet(book, name, LOOKED_AT) for name in book.sheet_names}  # each parses the whole sheet
        grids = {name: _grid(sheet) for name, sheet in sheets.items()}
        heights = {name: sheet.total_height for name, sheet in sheets.items()}
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0]
        raise InvalidData(f"The source {path.name!r} cannot be read as a workbook: {reason}") from error
    places = {name: _header(grid) for name, grid in grids.items() if grid}
    if not places:
        raise InvalidData(f"The workbook {path.name!r} must have a sheet with rows. Got none.")
    main = max(places, key=lambda name: (len(places[name][1]) > 1, _named(places[name][1]), heights[name]))
    skip, header = places[main]
    read = tuple(name for name, found in places.items() if found[0] == skip and set(header) <= set(found[1]))
    others = tuple(name for name in grids if name not in read)
    return FileLayout(sheets=read, other_sheets=others, skip_rows=skip)


def _grid(sheet: Any) -> list[list[str]]:
    """The first rows of a sheet as texts, empty rows included."""
    columns = [column.to_pylist() for column in sheet.to_arrow().columns]
    return [["" if cell is None else str(cell) for cell in row] for row in zip(*columns, strict=True)]


def _sheet(book: Any, name: str, rows: int) -> Any:
    # With skip_rows, empty rows at the top count, too.
    return book.load_sheet(
        name, header_row=None, skip_rows=0, n_rows=rows, dtypes="string", skip_whitespace_tail_rows=False
    )


def _header(grid: list[list[str]]) -> tuple[int, tuple[str, ...]]:
    """The row of the header, counted from 0 with empty rows, and its cells."""
    filled = [place for place, row in enumerate(grid) if any(cell.strip() for cell in row)]
    rows = [grid[place] for place in filled]
    usual = sorted(sum(1 for cell in row if cell.strip()) for row in rows)
    place, _ = header_place(rows, usual[len(usual) // 2] if usual else 0)
    header = tuple(cell.strip() for cell in rows[place] if cell.strip()) if rows else ()
    return (filled[place] if filled else 0), header


def _named(header: tuple[str, ...]) -> int:
    return sum(1 for cell in header if name_scores(cell))
