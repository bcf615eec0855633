"""How the source of a data set is read: keys of conf/datasets/*.yaml, and their defaults in conf/reading.yaml."""

import codecs
import re
from datetime import date
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from clientela.settings.base import Frozen, Share
from clientela.settings.locations import Location, address_of

DIRECTIVES = frozenset("aAbBdjmyYHIMSfpzZTDFcxXgnUWwuVG-%")  # what strptime formats may contain after a %
ISO = "ISO8601"  # stands for ISO 8601 in a list of formats
NUMBERED = ("unix", "unix_ms", "excel")  # dates written as numbers
Dates = tuple[date | None, date | None]


def _is_encoding(name: str) -> str:
    try:
        if not codecs.lookup(name)._is_text_encoding:
            raise LookupError
    except LookupError:
        raise ValueError("encoding must be the name of a text encoding, such as utf-8, cp1252 or utf-16") from None
    return name


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("timezone must be an IANA name, such as America/Sao_Paulo") from None
    return name


def _is_time_format(time_format: str) -> str:
    directives = re.findall(r"%(.?)", time_format)
    if time_format not in (ISO, *NUMBERED) and (not directives or (set(directives) - DIRECTIVES)):
        raise ValueError(
            f"timestamp_format must be a strptime format, such as %d/%m/%Y, or {ISO}, {', '.join(NUMBERED)}"
        )
    return time_format


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _as_text(value: Any) -> Any:
    """YAML reads 1 as a number and Yes as true; a filter compares texts."""
    if isinstance(value, bool):
        raise ValueError("the words yes, no, true and false must be quoted, because YAML reads them as true or false")
    return str(value) if isinstance(value, (int, float, date)) else value


Encoding = Annotated[str, AfterValidator(_is_encoding)]
Delimiter = Annotated[str, Field(min_length=1, max_length=1)]
Sheets = Annotated[tuple[str, ...], BeforeValidator(_one_or_more), Field(min_length=1)]
SkipRows = Annotated[int, Field(ge=0)]
TimeFormats = Annotated[
    tuple[Annotated[str, AfterValidator(_is_time_format)], ...], BeforeValidator(_one_or_more), Field(min_length=1)
]
MemoryLimit = Annotated[str, Field(pattern=r"^([1-9]\d?%|[1-9]\d*(\.\d+)?(MB|GB))$")]
Values = Annotated[tuple[Annotated[str, BeforeValidator(_as_text)], ...], Field(min_length=1)]


class GlobSource(Frozen):
    """A pattern of file names. Without `glob`, a source is the name of one file, whatever signs are in it."""

    glob: Annotated[Location, Field(min_length=1)]


class EmptyFilter(Frozen):
    """A filter of the rows whose column is empty (true) or not empty (false)."""

    empty: bool


class JoinSettings(Frozen):
    """A table that is joined to the source: many rows of the source to one of the table, or to none.

    `on` names the key column, or maps columns of the source to those of the table. `columns` lists the columns to take;
    None takes all. Rows without a match are dropped, or kept if the join is `optional`.
    """

    source: Location
    on: str | Annotated[dict[str, str], Field(min_length=1)]
    columns: tuple[str, ...] | None = None
    optional: bool = False
    encoding: Encoding | None = None
    delimiter: Delimiter | None = None
    sheets: Sheets | None = None
    skip_rows: SkipRows = 0

    @property
    def keys(self) -> dict[str, str]:
        """Key column of the source -> key column of the table."""
        return {self.on: self.on} if isinstance(self.on, str) else self.on


Filters = dict[str, Values | EmptyFilter]


class ReadingDefaults(Frozen):
    """conf/reading.yaml: what applies to every data set unless it has its own value."""

    null_words: tuple[Annotated[str, BeforeValidator(_as_text)], ...]
    largest_unreadable_share: Share
    plausible_dates: Dates
    largest_unpacked_mb: Annotated[int, Field(gt=0)]
    query_seconds: Annotated[int, Field(gt=0)]
    memory_limit: MemoryLimit


class ReadingSettings(Frozen):
    """The keys of a data set that say how its source is read. None is the default of conf/reading.yaml."""

    source: Annotated[str | GlobSource | None, BeforeValidator(address_of)] = None
    encoding: Encoding | None = None
    delimiter: Delimiter | None = None
    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", " ", "'"] | None = None
    sheets: Sheets | None = None
    skip_rows: SkipRows = 0
    has_header: bool = True
    timestamp_format: TimeFormats | None = None
    timezone: Annotated[str, AfterValidator(_is_zone)] | None = None
    amount_is: Literal["line", "order"] = "line"
    without_order_id: Literal["row", "day"] | None = None
    refunds: Literal["net", "drop"] = "net"
    keep: Filters = Field(default_factory=dict)
    drop: Filters = Field(default_factory=dict)
    joins: tuple[JoinSettings, ...] = ()
    null_words: tuple[Annotated[str, BeforeValidator(_as_text)], ...] | None = None
    largest_unreadable_share: Share | None = None
    plausible_dates: Dates | None = None
    largest_unpacked_mb: Annotated[int, Field(gt=0)] | None = None
    query_seconds: Annotated[int, Field(gt=0)] | None = None
    memory_limit: MemoryLimit | None = None

    @model_validator(mode="after")
    def _signs_differ(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands must be different signs; got {self.decimal!r} for both")
        return self

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        first, last = self.plausible_dates or (None, None)
        if first and last and first > last:
            raise ValueError(f"plausible_dates must be a first and a last date; got {first} and {last}")
        return self

    def with_defaults(self, defaults: ReadingDefaults) -> Self:
        """The same settings, with the default for each key of `defaults` that is None here."""
        missing = {name: value for name, value in defaults if getattr(self, name) is None}
        return self.model_copy(update=missing)
