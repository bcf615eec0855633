from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.data.numbers import AMOUNT_LIKE, number_sql, signs_sql


def read(text, decimal=".", thousands=None, type_="decimal(18, 4)"):
    sql = number_sql("t", decimal=decimal, thousands=thousands, type_=type_)
    with duckdb.connect() as connection:
        return connection.execute(f"select {sql} from (select ? as t)", [text]).fetchall()[0][0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.5", "12.5"),
        ("1234", "1234"),
        (".5", "0.5"),
        ("1e3", "1000"),
        (" 7 ", "7"),
        ("$12.50", "12.50"),
        ("R$ 12.50", "12.50"),
        ("US$12.50", "12.50"),
        ("12.50 EUR", "12.50"),
        ("EUR 12.50", "12.50"),
        ("12.50 €", "12.50"),
        ("12.50\u00a0€", "12.50"),
        ("kr 99", "99"),
        ("1,234.56", "1234.56"),
        ("1,234,567", "1234567"),
        ("12,34,567.50", "1234567.50"),
        ("1 234.50", "1234.50"),
        ("1\u202f234.50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("1’234.50", "1234.50"),
        ("-12.50", "-12.50"),
        ("−12.50", "-12.50"),
        ("12.50-", "-12.50"),
        ("(12.50)", "-12.50"),
        ("($1,234.50)", "-1234.50"),
        ("-$12.50", "-12.50"),
        ("$-12.50", "-12.50"),
        ("R$ -12.50", "-12.50"),
        ("+12.50", "12.50"),
        ("12.-", "12"),
        ("", None),
        ("abc", None),
        ("12,50", None),
        ("1,234", None),  # 1234, or 1.234 with a decimal comma
        ("1.234.567", None),
        ("1.234,56", None),
        ("1,23,4", None),
        ("12 pcs", None),
        ("12-50", None),
        ("-(12.50)-", None),
        ("12.50 12.50", None),
        ("nan", None),
        ("12%", None),
    ],
)
def test_amounts_with_a_decimal_point(text, expected):
    assert read(text) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12,5", "12.5"),
        ("1.234,56", "1234.56"),
        ("1.234.567", "1234567"),
        ("R$ 1.234,50", "1234.50"),
        ("12,50-", "-12.50"),
        ("(12,50)", "-12.50"),
        ("12,-", "12"),
        ("12,–", "12"),
        ("100", "100"),
        ("1.234", None),  # 1234, or 1.234 with a decimal point
        ("12.50", None),
        ("1,234.56", None),
        ("1,234,567", None),
    ],
)
def test_amounts_with_a_decimal_comma(text, expected):
    assert read(text, decimal=",") == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "expected"),
    [
        ("1.234", ",", ".", "1234"),
        ("1,234", ".", ",", "1234"),
        ("1,234.5", ".", ",", "1234.5"),
        ("1 234,5", ",", " ", "1234.5"),
        ("1.2", ",", ".", None),
        ("12.34,5", ",", ".", None),
        ("1,234.5", ".", " ", None),
    ],
)
def test_the_thousands_sign_of_the_settings(text, decimal, thousands, expected):
    assert read(text, decimal, thousands) == (None if expected is None else Decimal(expected))


def test_quantities_are_doubles():
    assert read("1.234,5", ",", ".", type_="double") == 1234.5


FORMS = ["{}", "R$ {}", "{} EUR", "€{}"]
NEGATIVE = ["-{}", "({})", "{}-"]


@given(
    cents=st.integers(-(10**9), 10**9),
    decimal=st.sampled_from([".", ","]),
    grouped=st.booleans(),
    form=st.sampled_from(FORMS),
    negative=st.sampled_from(NEGATIVE),
)
def test_what_is_written_in_a_convention_is_read_in_it(cents, decimal, grouped, form, negative):
    thousands = "," if decimal == "." else "."
    text = f"{abs(cents) / 100:,.2f}" if grouped else f"{abs(cents) / 100:.2f}"
    text = form.format(text.translate(str.maketrans(",.", thousands + decimal)))
    text = negative.format(text) if cents < 0 else text
    assert read(text, decimal, thousands) == Decimal(cents) / 100


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.5", "decimal"),
        ("12.50", "decimal"),
        ("12.50 €", "decimal"),
        ("0.500", "decimal"),
        ("1234.500", "decimal"),
        ("12,50", "other"),
        ("1.234,50", "other"),
        ("1.234", "ambiguous"),
        ("R$ 1.234", "ambiguous"),
        ("100", None),
        ("", None),
    ],
)
def test_signs_say_what_they_separate(text, expected):
    sql = signs_sql("t", decimal=".", thousands=None)
    with duckdb.connect() as connection:
        assert connection.execute(f"select {sql} from (select ? as t)", [text]).fetchall() == [(expected,)]


def test_only_amounts_look_like_amounts():
    with duckdb.connect() as connection:
        like = connection.execute(
            "select list_filter($texts, lambda text: regexp_full_match(text, $like))",
            {
                "texts": ["1.234,56", "R$ 12,50", "12,50-", "(1 200)", "Claire Gute", "7 Main St", "a1"],
                "like": AMOUNT_LIKE,
            },
        ).fetchall()[0][0]
    assert like == ["1.234,56", "R$ 12,50", "12,50-", "(1 200)"]
