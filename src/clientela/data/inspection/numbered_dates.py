"""Columns whose headers name a date and whose values are numbers: seconds since 1970, serial numbers, 20240131."""

from collections.abc import Mapping

import duckdb

from clientela.data.dates import numbered_sql
from clientela.data.expressions import quoted_name
from clientela.data.inspection.names import name_scores, words_of

# Words that name a moment, beside those of the vocabulary.
MOMENT = frozenset({"ts", "epoch", "unix", "unixtime", "timestamp", "time", "datetime", "when"})
FIRST_ROWS = 1_000
NAMED = 0.5  # least score of a header
# Smallest and largest value of each format: 1990 to 2069, where no two formats overlap.
RANGES = {
    "excel": (32_874, 62_093),
    "%Y%m%d": (19_900_101, 20_691_231),
    "unix": (631_152_000, 3_155_759_999),
    "unix_ms": (631_152_000_000, 3_155_759_999_999),
}


def numbered_dates(connection: duckdb.DuckDBPyConnection, types: Mapping[str, str]) -> dict[str, str]:
    """Find the columns of numbers that are dates.

    Args:
        connection: DuckDB connection with the table `rows_read`.
        types: header -> DuckDB's name of its type.

    Returns:
        Header -> format, a key of RANGES. Texts of eight digits are left out: they are read as other texts are.

    >>> connection = duckdb.connect()
    >>> _ = connection.execute("create table rows_read as from (values (1704067200, 7), (1706745600, 8)) as t(ts, id)")
    >>> numbered_dates(connection, {"ts": "INTEGER", "id": "INTEGER"})
    {'ts': 'unix'}
    """
    named = [name for name, type_ in types.items() if _may_be_numbers(type_) and _names_a_moment(name)]
    found = {}
    for name in named:
        number = f"try_cast({quoted_name(name)}::varchar as double)"
        filled = f"nullif(trim({quoted_name(name)}::varchar), '') is not null"
        found_numbers = f"select min({number}), max({number}), count(*) filter ({filled} and {number} is null)"
        if connection.execute(f"{found_numbers} from (from rows_read limit {FIRST_ROWS})").fetchall()[0][2]:
            continue  # the common case, decided without reading all rows
        first, last, unknown = connection.execute(f"{found_numbers} from rows_read").fetchall()[0]
        if first is None or unknown:
            continue
        for time_format, (least, most) in RANGES.items():
            is_text = types[name] == "VARCHAR" and time_format == "%Y%m%d"
            if least <= first and last <= most and not is_text:
                found[name] = time_format
    return found


def moment_sql(name: str, time_format: str) -> str:
    """SQL that reads a column of numbers as times."""
    number = f"try_cast({quoted_name(name)}::varchar as double)"
    if time_format == "%Y%m%d":
        return f"try_strptime({number}::bigint::varchar, '%Y%m%d')"
    return numbered_sql(number, time_format)


def _may_be_numbers(type_: str) -> bool:
    return type_ == "VARCHAR" or type_.endswith("INT") or type_ in ("INTEGER", "DOUBLE", "FLOAT")


def _names_a_moment(header: str) -> bool:
    scores = name_scores(header)
    named = max(scores.get("ordered_at", 0.0), scores.get("other_date", 0.0))
    return named >= NAMED or not MOMENT.isdisjoint(words_of(header))
