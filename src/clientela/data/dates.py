"""SQL expressions that read dates and times, and tell the shop's local time of time stamps with an offset."""

from collections.abc import Sequence

from clientela.data.expressions import quoted_text
from clientela.data.months import english_months_sql

ISO = "ISO8601"  # stands for ISO 8601 in a list of formats
# Dates written as numbers: the expression that reads a number, and the numbers of 1900 to 2199, which are read.
NUMBERED = {
    "unix": ("to_timestamp({})", -2_208_988_800, 7_258_118_399),
    "unix_ms": ("to_timestamp({} / 1000)", -2_208_988_800_000, 7_258_118_399_999),
    "excel": ("timestamp '1899-12-30' + to_microseconds(round({} * 86400000000)::bigint)", 2, 109_574),
}
DAY = "[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}"
CLOCK = "[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
OFFSET = "Z|UTC|GMT|[-+][0-9]{2}(?::?[0-9]{2})?"
# Dates as they look in any convention: only such texts may be shown in a message.
DATE_LIKE = (
    r"(?i:(?:[0-9]{1,4}|[a-zç]{3}\.?)[-/. ](?:[0-9]{1,2}|[a-zç]{3}\.?)[-/. ,]+[0-9]{1,4}(?:[T ][0-9:.]+.{0,7})?)"
)


def time_sql(column: str, type_: str, formats: Sequence[str] = (), timezone: str | None = None) -> str:
    """SQL that reads a column of dates or times; the caller casts it to a date or a timestamp.

    A time with an offset becomes the local time of `timezone`, in every file format; a time without stays as it is. A
    text that two formats read differently is not read.

    Args:
        column: quoted name of the column.
        type_: DuckDB's name of its type.
        formats: strptime formats of text columns; "ISO8601" for ISO 8601, "unix" or "unix_ms" for seconds or
            milliseconds since 1970, "excel" for the serial numbers of spreadsheets; empty for ISO 8601 only.
        timezone: IANA name of the local time zone; None for UTC.

    Returns:
        The SQL expression.

    >>> print(time_sql('"day"', "VARCHAR", ["%d/%m/%y"]))
    try_strptime(case when "day" like ' %' or "day" like '% ' then trim("day") else "day" end, '%d/%m/%y')
    >>> print(time_sql('"day"', "DATE"))
    "day"
    """
    if type_ == "TIMESTAMP WITH TIME ZONE":
        return _local(column, timezone)
    if type_.startswith(("DATE", "TIMESTAMP")):
        return column
    text = column if type_ == "VARCHAR" else f"regexp_replace({column}::varchar, '[.]0+$', '')"
    readings = [_reading(text, time_format, timezone) for time_format in formats or (ISO,)]
    if len(readings) == 1:
        return readings[0]
    first, last = (f"{name}({', '.join(readings)})" for name in ("least", "greatest"))
    return f"case when {first} = {last} then {first} end"


def _reading(text: str, time_format: str, timezone: str | None) -> str:
    if time_format == ISO:
        return _iso(text, timezone)
    if time_format in NUMBERED:
        return numbered_sql(f"try_cast({text} as double)", time_format, timezone)
    # Trimming is slow, and most texts need none.
    trimmed = f"case when {text} like ' %' or {text} like '% ' then trim({text}) else {text} end"
    if "%b" in time_format or "%B" in time_format:
        trimmed = english_months_sql(trimmed, full="%B" in time_format)
    value = f"try_strptime({trimmed}, {quoted_text(time_format)})"
    if "%Y" in time_format:  # reads 24 as the year 24, but means 2024
        value = f"case when year({value}) >= 100 then {value} end"
    return _local(value, timezone) if "%z" in time_format else value


def numbered_sql(number: str, time_format: str, timezone: str | None = None) -> str:
    """SQL that reads dates written as numbers; null for a number far from any date.

    Args:
        number: SQL of the number.
        time_format: a key of NUMBERED.
        timezone: IANA name of the local time zone of seconds since 1970; None for UTC.
    """
    written, first, last = NUMBERED[time_format]
    value = written.format(number)
    return (
        f"case when {number} between {first} and {last} "
        f"then {value if time_format == 'excel' else _local(value, timezone)} end"
    )


def _iso(text: str, timezone: str | None) -> str:
    """SQL that reads ISO 8601; DuckDB's own cast would ignore what follows the time: an offset, or PM."""
    trimmed = f"trim({text})"
    joined = f"regexp_replace(regexp_replace({trimmed}, ' ?(UTC|GMT|Z)$', 'Z'), ' ([-+][0-9:]+)$', '\\1')"
    instant = f"try_cast({joined} as timestamptz)"
    return (
        # Most times look like this; the regular expressions are for the others.
        f"case when {text} like '____-__-__ __:__:__' or {text} like '____-__-__' then try_cast({text} as timestamp) "
        f"when regexp_full_match({trimmed}, '{DAY}(?:{CLOCK})?') then try_cast({trimmed} as timestamp) "
        f"when regexp_full_match({trimmed}, '{DAY}{CLOCK} ?(?:{OFFSET})') then {_local(instant, timezone)} end"
    )


def _local(instant: str, timezone: str | None) -> str:
    # A cast would use the time zone of this machine.
    if timezone is None:
        return f"make_timestamp(epoch_us({instant}))"
    return f"timezone({quoted_text(timezone)}, {instant})"
