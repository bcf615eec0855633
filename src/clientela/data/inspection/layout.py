"""The layout of a table's text: the delimiter, the rows above the header, and whether there is a header at all."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from clientela.data.inspection.names import name_scores
from clientela.data.inspection.numbers import number_core
from clientela.data.inspection.profile import EMAIL, looks_like_date

DELIMITERS = (",", ";", "\t", "|")
WHITESPACE = " "
SAME_WIDTH = 0.9  # share of the rows that must have the most frequent number of cells
LOOKED_AT = 200  # rows
MOST_TITLES = 40  # rows above the header
CODE = re.compile(r"^\S*\d\S*$")


@dataclass(frozen=True)
class TextLayout:
    """The layout of a text table.

    Attributes:
        delimiter: sign between the cells; a space stands for runs of white space.
        skip_rows: rows above the header.
        has_header: whether the first row of the table names the columns.
        header: cells of the first row.
    """

    delimiter: str
    skip_rows: int
    has_header: bool
    header: tuple[str, ...]


def text_layout(text: str, *, delimiter: str | None = None) -> TextLayout:
    r"""The layout of the beginning of a text file.

    Args:
        text: beginning of the file, whole lines.
        delimiter: sign between the cells if it is known.

    Returns:
        The layout; a text without a delimiter has one column, and a comma as delimiter.

    >>> text_layout("Sales report\n\nid;paid\n1;2,50\n2;3,50\n")
    TextLayout(delimiter=';', skip_rows=2, has_header=True, header=('id', 'paid'))
    """
    best: tuple[float, TextLayout] | None = None
    for sign in (delimiter,) if delimiter else (*DELIMITERS, WHITESPACE):
        rows = _rows(text, sign)
        width, share = _width(rows)
        if width < 2 or share < SAME_WIDTH / 2:
            continue
        skip, has_header = header_place(rows, width)
        header = tuple(cell.strip() for cell in rows[skip][:width]) if skip < len(rows) else ()
        follows = has_header or not skip  # otherwise the rows do not follow the header above them: the reader says so
        if not follows:
            skip, has_header, header = 0, True, tuple(cell.strip() for cell in rows[0])
        layout = TextLayout(sign, _lines_before(text, sign, skip), has_header, header)
        named = sum(1 for cell in header if name_scores(cell)) / max(1, len(header)) if has_header else 0.0
        score = (share >= SAME_WIDTH and follows) * 2 + share + min(width, 8) / 8 + named - (sign == WHITESPACE)
        if best is None or score > best[0]:
            best = score, layout
    if best is None:
        rows = [[line] for line in text.splitlines() if line.strip()]
        return TextLayout(delimiter or ",", 0, True, tuple(rows[0]) if rows else ())
    return best[1]


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """The first rows with something in them."""
    if delimiter == WHITESPACE:
        return [line.split() for line in text.splitlines() if line.strip()][:LOOKED_AT]
    rows = []
    try:
        for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter):
            if any(cell.strip() for cell in row):
                rows.append(row)
            if len(rows) >= LOOKED_AT:
                break
    except csv.Error:
        return []
    return rows


def _width(rows: Sequence[Sequence[str]]) -> tuple[int, float]:
    """The most frequent number of cells, and the share of the rows that have it; titles at the top do not count."""
    below = rows[min(MOST_TITLES, len(rows) // 2) :] if len(rows) > 3 else rows[-1:]
    if not below:
        return 0, 0.0
    width, count = Counter(len(row) for row in below).most_common(1)[0]
    return width, count / len(below)


def header_place(rows: Sequence[Sequence[str]], width: int) -> tuple[int, bool]:
    """The place of the header among rows with something in them, and whether it is a header.

    Args:
        rows: cells of the rows; empty cells are empty texts.
        width: number of cells of a full row.

    Returns:
        The place of the first row of the table, and False if this row has data already.
    """
    full = [place for place, row in enumerate(rows[:MOST_TITLES]) if _is_full(row, rows[place + 1 :], width)]
    place = next(iter(full), 0)
    if full and _named(rows[place]) < width / 2:  # a title row may be as wide as the table
        place = next((other for other in full if _named(rows[other]) > width / 2), place)
    first = [cell.strip() for cell in rows[place]] if rows else []
    below = [[cell.strip() for cell in row] for row in rows[place + 1 : place + 30] if len(row) == len(first)]
    return place, not _is_data(first, below)


def _named(row: Sequence[str]) -> int:
    """The number of cells that name a column."""
    return sum(1 for cell in row if name_scores(cell))


def _is_full(row: Sequence[str], below: Sequence[Sequence[str]], width: int) -> bool:
    """Whether a row can be the header: as wide as the table, and as filled as the rows below it."""
    filled = sum(1 for cell in row if cell.strip())
    usual = sorted(sum(1 for cell in other if cell.strip()) for other in below[:30])
    middle = usual[len(usual) // 2] if usual else width
    return len(row) >= width and filled >= max(2, min(0.8 * width, middle))


def _is_data(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the first row has values like those below it, and no cell that names a column."""
    if not below or any(name_scores(cell) and not CODE.match(cell) for cell in first):
        return False
    alike = 0
    for place, cell in enumerate(first):
        kinds = [_kind(row[place]) for row in below if row[place]]
        if cell and kinds and _kind(cell) not in ("text", "code") and kinds.count(_kind(cell)) > 0.7 * len(kinds):
            alike += 1
    return alike > 0


def _kind(cell: str) -> str:
    if looks_like_date(cell):
        return "date"
    if number_core(cell) is not None:
        return "number"
    if EMAIL.match(cell):
        return "e-mail"
    return "code" if CODE.match(cell) else "text"


def _lines_before(text: str, delimiter: str, place: int) -> int:
    """The number of lines above a row, empty lines included."""
    seen = -1
    for number, line in enumerate(text.splitlines()):
        if not line.strip() or (delimiter != WHITESPACE and not line.replace(delimiter, "").replace('"', "").strip()):
            continue
        seen += 1
        if seen == place:
            return number
    return 0
