"""What is wrong with a text file that DuckDB refuses: the line and the numbers of columns, never a row."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from clientela.data.dialects import WHITESPACE, Dialect, with_tabs
from clientela.data.encodings import TextFile, lines


def fault_of(file: TextFile, dialect: Dialect, *, skip_rows: int = 0) -> str | None:
    """Describe the first row of a text file that does not follow its header.

    Args:
        file: the file.
        dialect: how its rows are written.
        skip_rows: lines above the header.

    Returns:
        A sentence with the number of the line in the file, counted from 1, and what to do about it; None without a
        fault.
    """
    expected = len(dialect.names)
    text: Iterator[str] = islice(lines(file), skip_rows, None)
    if dialect.delimiter == WHITESPACE:
        text, dialect = map(with_tabs, text), replace(dialect, delimiter="\t")
    reader = csv.reader(text, **dialect.for_python, strict=True)
    start = skip_rows + 1
    try:
        for row in reader:
            if row and len(row) != expected:
                return _wrong_width(start, len(row), dialect, skip_rows)
            start = skip_rows + reader.line_num + 1
    except csv.Error:
        return (
            f"In line {start:,}, a quotation mark ({dialect.quote}) is not closed, or is followed by text; close it, "
            "or write it twice within a value."
        )
    return None


def _wrong_width(line: int, found: int, dialect: Dialect, skip_rows: int) -> str:
    expected = len(dialect.names)
    usual, place = dialect.usual_width
    sentence = f"Line {line:,} has {_columns(found)}, and the header (line {skip_rows + 1:,}) has {expected:,}"
    if usual != expected and place > 1:
        return f"{sentence}; skip_rows is the number of lines above the header, delimiter the sign between columns."
    if found > expected:
        return f"{sentence}; quote values that contain {dialect.delimiter!r}, such as numbers with a thousands sign."
    return f"{sentence}; remove the line, or write all its columns."


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count:,} columns"
