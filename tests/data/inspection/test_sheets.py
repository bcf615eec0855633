"""The layout of a workbook is the one that the reader needs."""

import duckdb
import openpyxl
import pytest

from clientela.data.inspection.sheets import workbook_layout
from clientela.data.readers import read_source
from clientela.data.reading import FileFormat


@pytest.mark.parametrize(("title", "header"), [(None, 1), (None, 3), (1, 2), (1, 4), (3, 5)])
def test_empty_rows_at_the_top_count_as_rows_above_the_header(tmp_path, title, header):
    book = openpyxl.Workbook()
    if title:
        book.active.cell(title, 1, "Sales report")
    rows = [("Customer ID", "Order Date", "Total"), *((str(number), "2024-01-05", 2.5) for number in range(20))]
    for place, row in enumerate(rows, start=header):
        for column, value in enumerate(row, start=1):
            book.active.cell(place, column, value)
    book.save(tmp_path / "sales.xlsx")
    layout = workbook_layout(tmp_path / "sales.xlsx")
    assert layout.skip_rows == header - 1
    with duckdb.connect() as connection:
        source = read_source(connection, str(tmp_path / "sales.xlsx"), FileFormat(skip_rows=layout.skip_rows))
        assert source.rows == 20
        assert connection.execute('select "Customer ID", "Total" from source limit 1').fetchall() == [("0", 2.5)]
