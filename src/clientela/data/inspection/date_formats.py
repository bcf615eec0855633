"""The formats of dates: a value's shape, with 9 for each digit and A for each word, says which formats can read it."""

import re
from dataclasses import dataclass
from typing import Literal

from clientela.data.months import ABBREVIATED, FULL, ONLY_FULL

Order = Literal["day-first", "month-first", "year-first"]

TIME = re.compile(
    r"^(?P<join>[AT ]|, | A |,)(?P<clock>9{1,2}:99)(?P<seconds>:99)?(?P<fraction>[.,]9+)?"
    r"(?P<space> ?)(?P<end>[AZ]\.?|[+-]99:?(?:99)?)?$"
)
NUMERIC = re.compile(r"^(9{1,2})([/.\- ])(9{1,2})\2(9{4}|99)(?!9)")
YEAR_FIRST = re.compile(r"^9{4}([/.\- ])9{1,2}\1(9{1,2})(?!9)")
COMPACT = re.compile(r"^9{8}(?!9)")
DAY_WORD = re.compile(r"^9{1,2}([/.\- ]|\. | A |)A(\.?)([/.\- ]| A |)(9{4}|99)(?!9)")
WORD_DAY = re.compile(r"^A(\.? |-|/)9{1,2}(,? |-|/|, )(9{4}|99)(?!9)")
WEEKDAY = re.compile(r"^A,? (?=9)")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class DateShape:
    """The values of one shape.

    Attributes:
        shape: the values with 9 for each digit and A for each word.
        rows: number of rows.
        first_over, second_over: rows whose first or second number is above 12, and at most 31.
        example: one of the values.
        words: words of the values in lower case, such as names of months.
    """

    shape: str
    rows: int
    first_over: int
    second_over: int
    example: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Formats:
    """The strptime formats that can read a shape.

    Attributes:
        family: shapes of one family are written by the same rule: the separator and the place of the year.
        by_order: format by the order of day, month and year.
    """

    family: str
    by_order: dict[Order, str]


def formats_of(shape: DateShape) -> Formats | None:
    """The formats that can read a shape; None if it is no date.

    >>> formats_of(DateShape("99/99/9999", 1, 0, 0, "01/02/2024")).by_order
    {'day-first': '%d/%m/%Y', 'month-first': '%m/%d/%Y'}
    >>> formats_of(DateShape("9999-99-99A99:99:99", 1, 0, 0, "2024-01-02T10:00:00")).by_order
    {'year-first': '%Y-%m-%dT%H:%M:%S'}
    >>> formats_of(DateShape("9-A-99", 1, 0, 0, "1-Jan-14", ("jan",))).by_order
    {'day-first': '%d-%b-%y'}
    """
    text, weekday = shape.shape, ""
    words = list(shape.words)
    found = WEEKDAY.match(text)
    if found and any(word[:3] in WEEKDAYS for word in words):
        weekday = ("%A" if len(shape.example.split(",")[0].split(" ")[0]) > 3 else "%a") + found.group()[1:]
        text = text[found.end() :]
    dated = _date_part(text, words)
    if dated is None:
        return None
    family, by_order, rest = dated
    clock = _time_part(rest, shape.example)
    if clock is None:
        return None
    return Formats(family, {order: weekday + written + clock for order, written in by_order.items()})


def _date_part(text: str, words: list[str]) -> tuple[str, dict[Order, str], str] | None:
    """The family, the formats and the rest of a shape behind its date."""
    if found := YEAR_FIRST.match(text):
        sign = found[1]
        return f"Y{sign}", {"year-first": f"%Y{sign}%m{sign}%d"}, text[found.end() :]
    if found := NUMERIC.match(text):
        sign, year = found[2], "%Y" if len(found[4]) == 4 else "%y"
        family = f"{sign}{year}"
        return (
            family,
            {"day-first": f"%d{sign}%m{sign}{year}", "month-first": f"%m{sign}%d{sign}{year}"},
            text[found.end() :],
        )
    if found := COMPACT.match(text):
        return "compact", {"year-first": "%Y%m%d"}, text[found.end() :]
    month = _month_format(words)
    if month and (found := DAY_WORD.match(text)):
        year = "%Y" if len(found[4]) == 4 else "%y"
        first, second = (sign.replace("A", "de") for sign in (found[1], found[3]))
        return "day word", {"day-first": f"%d{first}{month}{found[2]}{second}{year}"}, text[found.end() :]
    if month and (found := WORD_DAY.match(text)):
        year = "%Y" if len(found[3]) == 4 else "%y"
        return "word day", {"month-first": f"{month}{found[1]}%d{found[2]}{year}"}, text[found.end() :]
    return None


def _month_format(words: list[str]) -> str | None:
    """%b or %B for names of months, which the reader translates into English; None for other words."""
    if not any(word in ABBREVIATED or word in FULL for word in words):
        return None
    return "%B" if ONLY_FULL & set(words) else "%b"


def _time_part(rest: str, example: str) -> str | None:
    """The format of the time behind a date; empty without one, None for something else."""
    if not rest:
        return ""
    found = TIME.match(rest)
    if found is None:
        return None
    end = _end_of_time(found["end"] or "", example)
    if end is None:
        return None
    clock = ("%I" if end == "%p" else "%H") + ":%M" + (":%S" if found["seconds"] else "")
    if found["fraction"]:
        clock += found["fraction"][0] + ("%f" if len(found["fraction"]) > 4 else "%g")
    join = {"A": "T", " A ": f" {_joining_word(example)} "}.get(found["join"], found["join"])
    return join + clock + found["space"] + end


def _end_of_time(end: str, example: str) -> str | None:
    """The format of what follows the clock: AM and PM, an offset, or a Z; None for another word."""
    if not end:
        return ""
    if end[0] in "+-":
        return "%z"
    word = re.findall(r"[A-Za-z]+", example)[-1]
    if word.upper() in ("AM", "PM"):
        return "%p"
    return word + end[1:] if word in ("Z", "UTC", "GMT", "hs", "hrs", "h", "Uhr") else None


def _joining_word(example: str) -> str:
    found = re.search(r"\d ([A-Za-zà-ú]+) \d", example)
    return found[1] if found else "at"
