"""Reads the customer ids of a pasted list, or of an uploaded text file or workbook."""

import csv
import io
import json
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from clientela.data.inspection.names import SAME_WORDS, name_scores
from clientela.errors import RegistryError
from clientela.processes import folder_prefix
from clientela.registry.forked import open_in_fork
from clientela.serving.refusals import Refusal, invalid

SEPARATORS = re.compile(r"[\r\n,;\t]+")
DELIMITERS = (";", "\t", "|", ",")
ZIP = b"PK\x03\x04"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
LONGEST_HEADER = 200  # characters; a longer cell is no header
WORKBOOK_SECONDS = 20.0
# A workbook of a few kilobytes can take gigabytes: one at a time.
ONE_WORKBOOK = threading.Lock()


def pasted_ids(text: str, *, most: int) -> list[str]:
    """The ids of a pasted list: one per line, or with commas, semicolons or tabs between them.

    Args:
        text: the list; a header such as customer_id may come first.
        most: maximum number of ids; reading ends with the first one beyond it.

    Example:
        >>> pasted_ids("customer_id; 17850, 13047", most=10)
        ['17850', '13047']
    """
    found = (part.strip().strip('"').strip() for part in SEPARATORS.split(text))
    ids = list(islice((part for part in found if part), most + 2))
    return (ids[1:] if ids and _is_header(ids[0]) else ids)[: most + 1]


def uploaded_ids(content: bytes, *, most: int) -> list[str]:
    """The ids of a file: CSV or other text with one column, or with a column of customers, or such a workbook.

    Args:
        content: content of the file.
        most: maximum number of ids; reading ends with the first one beyond it.

    Raises:
        Refusal: the file cannot be read, or has several columns and none of customers.
    """
    if content.startswith(OLD_WORKBOOK):
        raise invalid("The workbook must be of the format .xlsx. Got the older .xls: save it as .xlsx or as CSV.")
    rows = iter(_workbook_rows(content, most) if content.startswith(ZIP) else _text_rows(_decoded(content)))
    first = next(rows, None)
    if first is None:
        return []
    column = _customer_column(first)
    if column is None:
        rows, column = chain([first], rows), 0
        if len(first) > 1:
            raise invalid(
                "The file must have one column, or one whose header says that it holds customers, such as customer_id. "
                f"Got {len(first):,} columns, and no such header."
            )
    cells = (row[column].strip() for row in rows if len(row) > column)
    try:
        return list(islice((cell for cell in cells if cell), most + 1))
    except csv.Error as error:
        raise _unreadable() from error


def _customer_column(header: list[str]) -> int | None:
    scores = [_score(cell) for cell in header]
    best = max(scores, default=0.0)
    return scores.index(best) if best >= SAME_WORDS else None


def _is_header(cell: str) -> bool:
    return _score(cell) >= SAME_WORDS


def _score(cell: str) -> float:
    return name_scores(cell).get("customer_id", 0.0) if len(cell) <= LONGEST_HEADER else 0.0


def _decoded(content: bytes) -> str:
    encodings = [encoding for mark, encoding in MARKS if content.startswith(mark)] or ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _unreadable()


def _text_rows(text: str) -> Iterator[list[str]]:
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        yield from (row for row in rows if any(row))
    except csv.Error as error:
        raise _unreadable() from error


def _workbook_rows(content: bytes, most: int) -> list[list[str]]:
    """The rows of a workbook's first sheet, read in a fork with limited memory: a cell can stand in row 1,048,576.

    Raises:
        Refusal: the file is no such workbook, or needs too much memory or time.
    """
    import fastexcel  # noqa: F401  # slow to import, and the fork must not do it

    with ONE_WORKBOOK, tempfile.TemporaryDirectory(prefix=folder_prefix("upload")) as name:
        folder = Path(name)
        (folder / "upload").write_bytes(content)
        (folder / "most").write_text(str(most))
        try:
            open_in_fork(_read_sheet, folder, seconds=WORKBOOK_SECONDS)
            rows: list[list[str]] = json.loads((folder / "rows").read_bytes())
        except (RegistryError, OSError) as error:
            raise _unreadable() from error
    return rows


def _read_sheet(folder: Path) -> None:
    """In the fork: write the rows of the first sheet as text."""
    import fastexcel

    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 2)  # where memory runs out, the library prints its stack
    sheet = fastexcel.read_excel((folder / "upload").read_bytes()).load_sheet(
        0, header_row=None, n_rows=int((folder / "most").read_text()) + 2, dtypes="string"
    )
    rows = zip(*(column.to_pylist() for column in sheet.to_arrow().columns), strict=True)
    texts = [[cell or "" for cell in row] for row in rows]
    (folder / "rows").write_text(json.dumps([row for row in texts if any(row)]), encoding="utf-8")


def _unreadable() -> Refusal:
    return invalid("The file must be text, such as CSV, or an Excel workbook (.xlsx). It cannot be read as either.")
