from datetime import date, datetime

import duckdb
import pytest

from clientela.data.dates import time_sql
from clientela.data.plausibility import last_plausible


def read(text, *formats, timezone=None):
    sql = time_sql("t", "VARCHAR", formats, timezone)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'Asia/Tokyo'")
        return connection.execute(f"select ({sql})::timestamp from (select ? as t)", [text]).fetchall()[0][0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-05", datetime(2024, 1, 5)),
        (" 2024-01-05 ", datetime(2024, 1, 5)),
        ("2024/1/5", datetime(2024, 1, 5)),
        ("2024-01-05 23:30", datetime(2024, 1, 5, 23, 30)),
        ("2024-01-05T23:30:15.25", datetime(2024, 1, 5, 23, 30, 15, 250_000)),
        ("2024-01-05T23:30:00-03:00", datetime(2024, 1, 6, 2, 30)),
        ("2024-01-05 23:30:00 -0300", datetime(2024, 1, 6, 2, 30)),
        ("2024-01-05T23:30:00Z", datetime(2024, 1, 5, 23, 30)),
        ("2024-01-05 23:30:00 UTC", datetime(2024, 1, 5, 23, 30)),
        ("2024-01-05 10:00 PM", None),  # not ISO 8601, and not 10:00
        ("2024-02-30", None),
        ("05/01/2024", None),
        ("infinity", None),
        ("", None),
    ],
)
def test_iso_dates(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        ("13/01/2024", ["%d/%m/%Y"], datetime(2024, 1, 13)),
        ("1-Jan-14", ["%d-%b-%y"], datetime(2014, 1, 1)),
        ("05/01/24", ["%d/%m/%Y"], None),  # not the year 24
        ("01/01/0100", ["%d/%m/%Y"], datetime(100, 1, 1)),
        ("05/01/2024", ["%d/%m/%Y", "ISO8601"], datetime(2024, 1, 5)),
        ("2024-01-06", ["%d/%m/%Y", "ISO8601"], datetime(2024, 1, 6)),
        ("2024-01-06", ["%d/%m/%Y"], None),
        ("13/01/2024", ["%d/%m/%Y", "%m/%d/%Y"], datetime(2024, 1, 13)),
        ("05/01/2024", ["%d/%m/%Y", "%m/%d/%Y"], None),  # January or May
        ("05/05/2024", ["%d/%m/%Y", "%m/%d/%Y"], datetime(2024, 5, 5)),
        ("05/01/24", ["%d/%m/%Y", "%d/%m/%y"], datetime(2024, 1, 5)),
        ("2024-01-05 23:30 -0300", ["%Y-%m-%d %H:%M %z"], datetime(2024, 1, 6, 2, 30)),
    ],
)
def test_dates_of_one_or_several_formats(text, formats, expected):
    assert read(text, *formats) == expected


@pytest.mark.parametrize(
    ("text", "time_format", "expected"),
    [
        ("1704497400", "unix", datetime(2024, 1, 5, 23, 30)),
        ("1704497400.0", "unix", datetime(2024, 1, 5, 23, 30)),
        ("1704497400250", "unix_ms", datetime(2024, 1, 5, 23, 30, 0, 250_000)),
        ("45296", "excel", datetime(2024, 1, 5)),
        ("45296.75", "excel", datetime(2024, 1, 5, 18)),
        ("2024-01-05", "unix", None),
        ("1e300", "unix", None),
        ("1704497400", "excel", None),
        ("nan", "excel", None),
    ],
)
def test_dates_written_as_numbers(text, time_format, expected):
    assert read(text, time_format) == expected


def test_seconds_since_1970_become_the_shops_local_time_and_serial_numbers_stay():
    assert read("1704508200", "unix", timezone="America/Sao_Paulo") == datetime(2024, 1, 5, 23, 30)
    assert read("45296.5", "excel", timezone="America/Sao_Paulo") == datetime(2024, 1, 5, 12)


def test_times_with_an_offset_become_the_shops_local_time():
    assert read("2024-01-06T02:30:00Z", timezone="America/Sao_Paulo") == datetime(2024, 1, 5, 23, 30)
    assert read("2024-07-01T12:00:00+09:00", timezone="Europe/Berlin") == datetime(2024, 7, 1, 5)
    assert read("2024-01-06T02:30:00", timezone="America/Sao_Paulo") == datetime(2024, 1, 6, 2, 30)


DAILY = [(date.fromordinal(date(2024, 1, 1).toordinal() + i), 10) for i in range(100)]


@pytest.mark.parametrize(
    ("later", "last"),
    [
        ([], date(2024, 4, 9)),
        ([(date(2099, 1, 1), 1)], date(2024, 4, 9)),
        ([(date(2024, 10, 6), 1)], date(2024, 10, 6)),  # after 180 days
        ([(date(2024, 10, 7), 1)], date(2024, 4, 9)),  # after 181
        ([(date(2024, 10, 7), 5)], date(2024, 4, 9)),  # 0.5 % of all
        ([(date(2024, 10, 7), 6)], date(2024, 10, 7)),
    ],
)
def test_a_few_dates_far_after_all_others_are_implausible(later, last):
    assert last_plausible([*DAILY, *later]) == last


def test_a_shop_that_opens_once_a_year_is_plausible():
    seasons = [(date(year, 12, 1), 200) for year in range(2015, 2024)]
    assert last_plausible([*seasons, (date(2024, 12, 1), 1)]) == date(2024, 12, 1)


def test_most_rows_are_never_after_the_last_plausible_date():
    assert last_plausible([(date(2000, 1, 1), 4), (date(2024, 1, 1), 6)]) == date(2024, 1, 1)


def test_without_dates_there_is_no_last_one():
    assert last_plausible([]) is None
