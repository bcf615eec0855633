"""Canonical ids: SQL for sources and Python for requests give the same text."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.data.expressions import BLANKS, canonical_id_sql
from clientela.lookup import ids
from clientela.lookup.ids import canonical_id

WORDS = ("nan", "0", "-1", "n/a", "(blank)")
texts = st.text(st.sampled_from([*"0017.-aZé/() ", *BLANKS]), max_size=12) | st.from_regex(r"\s?-?[0-9]+(\.0*)?\s?\Z")


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        yield connection


def in_sql(connection, value, type_, words=()):
    sql = canonical_id_sql("id", type_, words)
    return connection.execute(f"select {sql} from (select ?::{type_} as id)", [value]).fetchall()[0][0]


def test_both_trim_the_same_signs():
    assert ids.BLANKS == BLANKS


@given(text=texts)
def test_texts(connection, text):
    expected = canonical_id(text)
    assert in_sql(connection, text, "VARCHAR") == expected
    missing = expected is None or expected.lower() in WORDS
    assert in_sql(connection, text, "VARCHAR", WORDS) == (None if missing else expected)


@given(
    number=st.integers(-(10**6), 10**6)
    | st.floats(-1e6, 1e6).map(lambda value: round(value, 2))
    | st.just(float("nan"))
)
def test_numbers(connection, number):
    expected = canonical_id(float(number))
    assert in_sql(connection, float(number), "DOUBLE") == expected
    assert in_sql(connection, float(number), "DOUBLE", WORDS) == (None if expected in WORDS else expected)


@pytest.mark.parametrize(("text", "expected"), [("999", None), ("999.0", None), (" 999", None), ("9990", "9990")])
def test_a_null_word_may_be_a_long_number(connection, text, expected):
    assert in_sql(connection, text, "VARCHAR", ("999",)) == expected
