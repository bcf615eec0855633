"""Columns that identify people are not read, texts are masked, rows keep their order, and no note has a value."""

import duckdb
import pytest

from clientela.data.withheld import UsedColumns, withhold_identifiers

NAMES = ["Ann Lee", "Bob Stone", "Clara Gute", "Dan Fox", "Eva Berg", "Finn Holm", "Gil Paz", "Hugo Reis", "Ida Lund",
         "Jon Dale", "Kim Park", "Lea Voss"]  # fmt: skip
USED = UsedColumns("client", ids=["invoice"], texts=["item", "country", "code"], codes=["code"], others=["day", "paid"])


@pytest.fixture
def connection():
    connection = duckdb.connect()
    rows = [
        (f"K{n}", f"I{n}", "2024-01-05", 9.5, f"gift {n} for a{n}@b.example" if n == 7 else f"gift {n}", "Brazil",
         f"{4006381333931 + n}", f"p{n}@shop.example", name, f"{n + 1} Long Street", "Berlin", f"note {n}")
        for n, name in enumerate(NAMES)
    ]  # fmt: skip
    names = "client, invoice, day, paid, item, country, code, x1, x2, x3, city, Surname"
    connection.execute(f"create table rows ({', '.join(f'{name} varchar' for name in names.split(', '))})")
    connection.executemany(f"insert into rows values ({', '.join('?' * 12)})", rows)
    connection.execute("create view source as select * from rows")
    return connection


def columns(connection):
    return [row[0] for row in connection.execute("describe source").fetchall()]


def test_unused_columns_are_found_by_content_and_header_and_not_read(connection):
    notes = withhold_identifiers(connection, USED)
    assert columns(connection) == ["client", "invoice", "day", "paid", "item", "country", "code", "city"]
    assert list(notes) == [
        "The column 'x1' holds e-mail addresses and is not read.",
        "The column 'x2' holds names of people and is not read.",
        "The column 'x3' holds street addresses and is not read.",
        "The column 'Surname' holds what its header calls an identifier of people and is not read.",
        "Identifiers of people in the column 'item' are masked: email.",
    ]


def test_texts_are_masked_in_every_row_and_keep_their_order(connection):
    before = connection.execute("select client from source").fetchall()
    withhold_identifiers(connection, USED)
    assert connection.execute("select client from source").fetchall() == before
    assert connection.execute("select item from source where client = 'K7'").fetchall() == [("gift 7 for [e-mail]",)]
    assert connection.execute("select count(*) from source where item like 'gift %'").fetchall() == [(12,)]


def test_a_used_text_that_is_an_identifier_is_empty(connection):
    notes = withhold_identifiers(connection, UsedColumns("client", texts=["x1"], others=["day"]))
    assert "The column 'x1' holds e-mail addresses and is not read." in notes
    assert connection.execute("select distinct x1 from source").fetchall() == [(None,)]


def test_an_id_may_be_an_identifier_with_a_warning(connection):
    used = UsedColumns("x1", texts=["item"])
    (warning,) = [note for note in withhold_identifiers(connection, used) if "'x1'" in note]
    assert "used as an id. Set pseudonyms: true in privacy.yaml" in warning
    assert connection.execute("select count(distinct x1) from source").fetchall() == [(12,)]
    assert not [note for note in withhold_identifiers(connection, used, has_pseudonyms=True) if "'x1'" in note]


def test_the_settings_can_declare_a_column_as_harmless(connection):
    withhold_identifiers(connection, USED, seen=["x1", "item"])
    assert "x1" in columns(connection)
    assert connection.execute("select count(*) from source where item like '%@%'").fetchall() == [(1,)]


def test_a_source_without_identifiers_stays_as_it_is():
    connection = duckdb.connect()
    connection.execute("create view source as select '17850' as client, 2.5 as paid, 'WHITE HEART' as item")
    assert withhold_identifiers(connection, UsedColumns("client", texts=["item"], others=["paid"])) == ()
    assert connection.execute("select sql from duckdb_views() where view_name like 'source%'").fetchall()[0][0]
    assert columns(connection) == ["client", "paid", "item"]
