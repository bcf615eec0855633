"""Dialects of text files: which sign separates the columns, how values are quoted, and the header."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from clientela.data.encodings import split_lines
from clientela.data.expressions import BLANKS

DELIMITERS = (",", ";", "\t", "|")
WHITESPACE = " "  # stands for runs of blanks and tabs
ROWS = 500  # rows of the sample that are compared
MOST_ROWS = 0.9  # share of them


@dataclass(frozen=True)
class Dialect:
    """How the rows of a text file are written.

    Attributes:
        delimiter: sign between columns; a blank stands for white space of any length.
        quote: sign around values.
        escape: sign before a quote within a quoted value.
        names: names of the columns, each different from the others.
        usual_width: most frequent number of columns in the first rows, with the place (from 1) of the first such row.
    """

    delimiter: str
    quote: str
    escape: str
    names: tuple[str, ...]
    usual_width: tuple[int, int]

    @property
    def for_python(self) -> dict[str, Any]:
        """Arguments of `csv.reader`."""
        doubled = self.escape == self.quote
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote,
            "doublequote": doubled,
            "escapechar": None if doubled else self.escape,
            "skipinitialspace": True,  # as DuckDB
        }


def detect_dialect(sample: str, delimiter: str | None = None, *, has_header: bool = True) -> Dialect:
    r"""Find the dialect of a text file from its beginning.

    The delimiter is the one for which most rows have an equal number of columns.

    Args:
        sample: beginning of the text, from the header on.
        delimiter: delimiter in the settings; None detects it.
        has_header: whether the first row names the columns.

    >>> dialect = detect_dialect("id;total\n7;1,50\n8;2,50\n")
    >>> dialect.delimiter, dialect.names
    (';', ('id', 'total'))
    """
    lines = split_lines(sample)
    if delimiter == WHITESPACE:
        found = detect_dialect("".join(map(with_tabs, lines)), "\t", has_header=has_header)
        return replace(found, delimiter=WHITESPACE)
    quote = _quote(sample)
    escapes = [quote, *(["\\"] if f"\\{quote}" in sample else [])]
    candidates = []
    for sign in (delimiter,) if delimiter else DELIMITERS:
        for escape in escapes:
            rows, is_sound = _rows(lines, Dialect(sign, quote, escape, (), (0, 0)))
            if rows:
                candidates.append((_score(rows, is_sound), sign, escape, rows))
    if not candidates:
        return Dialect(delimiter or ",", quote, quote, (), (0, 0))
    _, sign, escape, rows = max(candidates, key=lambda candidate: candidate[0])
    usual = _usual_width(rows)
    place = next(i for i, row in enumerate(rows, start=1) if len(row) == usual)
    names = unique_names(rows[0] if has_header else [""] * usual)
    return Dialect(sign, quote, escape, names, (usual, place))


def with_tabs(line: str) -> str:
    r"""A line with a tab instead of each run of white space.

    >>> with_tabs(" 00001 19970101  1   11.77\n")
    '00001\t19970101\t1\t11.77\n'
    """
    return "\t".join(line.split()) + "\n"


def unique_names(header: Sequence[str]) -> tuple[str, ...]:
    """Column names without blanks around them; empty and repeated names get a number.

    >>> unique_names(["id", " ID", "", "id"])
    ('id', 'ID_2', 'column_3', 'id_3')
    """
    names: list[str] = []
    taken: set[str] = set()
    for place, text in enumerate(header, start=1):
        wanted = name = text.strip(BLANKS) or f"column_{place}"
        number = 1
        while name.lower() in taken:  # DuckDB does not distinguish case
            number += 1
            name = f"{wanted}_{number}"
        taken.add(name.lower())
        names.append(name)
    return tuple(names)


def _quote(sample: str) -> str:
    single = sum(f"{sign}'" in sample and f"'{sign}" in sample for sign in DELIMITERS)
    return "'" if single and '"' not in sample else '"'


def _rows(lines: Sequence[str], dialect: Dialect) -> tuple[list[list[str]], bool]:
    """The first rows that are not blank, and whether all quotes in them are closed and followed by a delimiter."""
    rows = []
    reader = csv.reader(lines, **dialect.for_python, strict=True)
    try:
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) == ROWS:
                break
    except csv.Error:
        # The sample may end within a quoted value.
        return rows, reader.line_num >= len(lines)
    return rows, True


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    widths = Counter(len(row) for row in rows)
    return max(widths, key=lambda width: (widths[width], width))


def _score(rows: Sequence[Sequence[str]], is_sound: bool) -> tuple[float, ...]:
    """How well a delimiter fits: a title above the header has none, but the rows below it show which one is theirs."""
    usual = _usual_width(rows)
    share = round(sum(len(row) == usual for row in rows) / len(rows), 2)
    return usual > 1, share >= MOST_ROWS, len(rows[0]) == usual, is_sound, share, usual
