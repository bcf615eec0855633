"""The layout of a text table: delimiter, rows above the header, and whether there is a header."""

import pytest

from clientela.data.inspection.layout import text_layout

ROWS = [(f"{number}", f"2024-01-{number:02d}", f"{number * 3}.50") for number in range(1, 25)]


def table(sign: str, header: tuple[str, ...] | None = ("client", "day", "paid"), above: str = "") -> str:
    rows = [header, *ROWS] if header else ROWS
    return above + "".join(sign.join(row) + "\n" for row in rows)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_delimiters(sign):
    layout = text_layout(table(sign))
    assert (layout.delimiter, layout.skip_rows, layout.has_header) == (sign, 0, True)


def test_decimal_commas_are_no_delimiters():
    text = "cliente;data;valor\n" + "".join(f"{n};{n:02d}/01/2024;{n},5{n % 10}\n" for n in range(1, 25))
    assert text_layout(text).delimiter == ";"


@pytest.mark.parametrize("above", ["Sales report\n", "Sales report\n\n", "Report;made by;the shop\n\nPage 1\n"])
def test_rows_above_the_header_are_counted_with_empty_lines(above):
    layout = text_layout(table(";", above=above))
    assert layout.skip_rows == above.count("\n")
    assert layout.header == ("client", "day", "paid")


def test_a_first_row_of_values_is_no_header():
    assert not text_layout(table(",", header=None)).has_header


def test_headers_that_say_nothing_are_headers():
    assert text_layout(table(",", header=("F1", "F2", "F3"))).has_header
