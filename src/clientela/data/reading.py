"""How a source is read: the format of its file, the texts of its values, and which rows count."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from clientela.data.privacy import Privacy


@dataclass(frozen=True)
class FileFormat:
    """How a file is opened. The defaults detect what can be detected.

    Attributes:
        encoding: name of the text encoding; None detects it.
        delimiter: sign between the columns of a text file; None detects it.
        sheets: names of sheets, or ("all",); None for all sheets that have the columns `needed`.
        skip_rows: rows above the header.
        has_header: whether the first row of a text file names the columns; otherwise they are column_1, column_2, ...
        needed: columns that the source must have.
        largest_unpacked_mb: largest size of an unpacked archive in MB.
        is_pattern: whether the location is a pattern of names.
        query_seconds: longest time of a query on a database server.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheets: tuple[str, ...] | None = None
    skip_rows: int = 0
    has_header: bool = True
    needed: tuple[str, ...] = ()
    largest_unpacked_mb: int = 4000
    is_pattern: bool = False
    query_seconds: int = 900


@dataclass(frozen=True)
class RowFilter:
    """A filter on the values of one column of the source.

    Attributes:
        column: column of the source.
        action: whether matching rows are kept (and all others dropped) or dropped.
        values: texts to match, regardless of case and blanks around them.
        empty: whether to match empty (True) or not empty (False) values instead; None for `values`.
    """

    column: str
    action: Literal["keep", "drop"]
    values: tuple[str, ...] = ()
    empty: bool | None = None


@dataclass(frozen=True)
class Join:
    """A table that is joined to the source, at most one of its rows to a row of the source.

    Attributes:
        location: path of the table.
        keys: key column of the source -> key column of the table.
        columns: columns to take; None for all.
        optional: whether rows of the source without a match are kept.
        file: format of the table's file.
    """

    location: str
    keys: Mapping[str, str]
    columns: tuple[str, ...] | None = None
    optional: bool = False
    file: FileFormat = field(default_factory=FileFormat)


@dataclass(frozen=True)
class Reading:
    """How the values and rows of a source are read. The defaults change and refuse nothing.

    Attributes:
        decimal: decimal sign of numbers in texts.
        thousands: sign between groups of three digits; None accepts only what cannot be meant otherwise.
        time_formats: strptime formats of dates in texts; "ISO8601" for ISO 8601, or a key of dates.NUMBERED; empty for
            ISO 8601 only.
        from_cells: whether texts may come from numbers and dates of a workbook or of a JSON file.
        timezone: IANA name of the shop's time zone, to which times with an offset are converted; None for UTC.
        plausible_dates: first and last plausible date; None as first date accepts all, None as last date the dates that
            are not far from all others.
        null_words: texts that stand for a missing id, in lower case.
        largest_unreadable_share: largest share of dates, and of amounts, that cannot be read; None for any.
        amount_is: whether `amount` is the money of a line, or the order's total that stands on each of its lines.
        without_order_id: whether rows without an order id are an order each, or one order per customer and day; None
            for days if the rows have products or quantities, else rows.
        filters: filters of the rows, before all other rules.
        joins: tables that are joined to the source.
        privacy: what becomes of customer ids.
    """

    decimal: str = "."
    thousands: str | None = None
    time_formats: tuple[str, ...] = ()
    from_cells: bool = False
    timezone: str | None = None
    plausible_dates: tuple[date | None, date | None] | None = None
    null_words: tuple[str, ...] = ()
    largest_unreadable_share: float | None = None
    amount_is: Literal["line", "order"] = "line"
    without_order_id: Literal["row", "day"] | None = None
    filters: tuple[RowFilter, ...] = ()
    joins: tuple[Join, ...] = ()
    privacy: Privacy = field(default_factory=Privacy)
