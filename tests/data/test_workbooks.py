"""Workbooks: sheets, title rows, and cells of several types in one column."""

from datetime import datetime

import duckdb
import openpyxl
import pytest

from clientela.data.cleaning import clean
from clientela.data.readers import read_source
from clientela.data.reading import FileFormat, Reading
from clientela.data.rules import Rule
from clientela.errors import InvalidData

HEADER = ("client", "day", "paid")
COLUMNS = {"customer_id": "client", "ordered_at": "day", "amount": "paid"}


@pytest.fixture
def workbook(tmp_path):
    def save(**sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title.replace("_", " "))
            for row in rows:
                sheet.append(row)
        book.save(tmp_path / "sales.xlsx")
        return str(tmp_path / "sales.xlsx")

    return save


def read(location, **file):
    with duckdb.connect() as connection:
        source = read_source(connection, location, FileFormat(**file))
        rows = connection.execute("select * from source").fetchall()
    assert source.rows == len(rows)
    return rows, source.notes


YEARS = {
    "Cover": [("Sales report",), ("of two years",)],
    "Year_2009": [HEADER, ("ann", "2009-05-01", 1.5)],
    "Year_2010": [HEADER, ("bob", "2010-05-01", 2.5)],
    "Notes": [("client", "note"), ("ann", "x")],
}
BOTH = [("ann", "2009-05-01", 1.5), ("bob", "2010-05-01", 2.5)]


def test_all_sheets_with_the_columns_are_read_and_the_others_are_named(workbook):
    rows, notes = read(workbook(**YEARS), needed=HEADER)
    assert rows == BOTH
    assert notes == ("Read the sheets 'Year 2009', 'Year 2010' of sales.xlsx; left out 'Cover', 'Notes'.",)


def test_named_sheets_are_read(workbook):
    path = workbook(**YEARS)
    assert read(path, sheets=("year 2010",), needed=HEADER)[0] == BOTH[1:]
    assert read(path, sheets=("Year 2010", "Year 2009"), needed=HEADER)[0] == BOTH[::-1]


def test_all_sheets(workbook):
    years = {name: rows for name, rows in YEARS.items() if name.startswith("Year")}
    assert read(workbook(**years), sheets=("all",)) == (BOTH, ())


def test_columns_in_another_order_are_matched_by_name(workbook):
    path = workbook(One=[HEADER, ("ann", "2009-05-01", 1.5)], Two=[HEADER[::-1], (2.5, "2010-05-01", "bob")])
    assert read(path, needed=HEADER)[0] == BOTH


def test_a_sheet_that_does_not_exist_is_refused(workbook):
    with pytest.raises(InvalidData, match="must have the sheet 'Year 2008'. It has 'Cover', .*Did you mean 'Year 20"):
        read(workbook(**YEARS), sheets=("Year 2008",))


def test_title_rows_above_the_header_are_skipped(workbook):
    path = workbook(Sales=[("Sales report", None, None), (None, None, None), HEADER, *BOTH])
    assert read(path, skip_rows=2, needed=HEADER)[0] == BOTH


def test_a_workbook_without_the_columns_is_left_to_the_check_of_columns(workbook):
    with duckdb.connect() as connection:
        read_source(connection, workbook(**YEARS), FileFormat(needed=("Client", "day", "paid")))
        with pytest.raises(InvalidData, match="Did you mean 'client' for 'Client'"):
            clean(connection, columns={**COLUMNS, "customer_id": "Client"}, rules=[Rule("bad_amount")])


def test_columns_below_title_rows_are_found(workbook):
    path = workbook(Sales=[(None, None), ("Sales report", None), (None, None), HEADER, *BOTH])
    with pytest.raises(
        InvalidData, match="sheet 'Sales' of 'sales.xlsx' must have .* They are in row 4; set skip_rows: 3"
    ):
        read(path, needed=HEADER)
    assert read(path, needed=HEADER, skip_rows=3)[0] == BOTH


def test_an_empty_workbook_is_refused(workbook):
    with pytest.raises(InvalidData, match="must have a sheet with a header. Got none"):
        read(workbook(Empty=[]))


def test_dates_and_numbers_in_cells_are_read_beside_texts_in_another_format(workbook):
    rows = [
        ("ann", datetime(2024, 1, 5), 1234.5), ("ann", "13/01/2024", "10,50"),
        (17850, datetime(2024, 1, 6, 10, 30), 12), ("bob", "05/02/2024", "1.234,00"),
    ]  # fmt: skip
    path = workbook(Sales=[HEADER, *rows])
    with duckdb.connect() as connection:
        assert read_source(connection, path).has_cells
        reading = Reading(decimal=",", time_formats=("%d/%m/%Y",), from_cells=True)
        clean(connection, columns=COLUMNS, rules=[Rule("unreadable_date"), Rule("bad_amount")], reading=reading)
        read_ = connection.execute("select customer_id, ordered_at, amount from transactions order by line_id")
        assert read_.fetchall() == [
            ("ann", datetime(2024, 1, 5), 1234.5), ("ann", datetime(2024, 1, 13), 10.5),
            ("17850", datetime(2024, 1, 6, 10, 30), 12), ("bob", datetime(2024, 2, 5), 1234),
        ]  # fmt: skip
