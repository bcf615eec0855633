"""Ids right after they are read: pseudonyms, forgotten customers, and customers who are silent for too long."""

import duckdb
import pandas as pd
import pytest

from clientela.data.attributes import Attribute, read_attributes
from clientela.data.cleaning import clean
from clientela.data.customer_table import clean_customer_table
from clientela.data.customers import CustomerTable, clean_customers
from clientela.data.events import EventColumns, read_events
from clientela.data.privacy import Privacy, Suppression
from clientela.data.reading import Reading
from clientela.data.rules import Rule
from clientela.pseudonyms import ORDERS, SUPPRESSION, Pseudonyms

KEYED = Pseudonyms(b"a key of the test shop")
COLUMNS = {"customer_id": "client", "ordered_at": "day", "amount": "paid", "order_id": "invoice"}
ROWS = (
    "('17850', '2024-01-05', 9.5, 'A1'), ('17850.0', '2024-06-30', 3, 'A2'), ('ann', '2023-01-05', 8, 'A3'), "
    "(null, '2024-01-06', 3, 'A4'), ('bob', '2024-05-01', 2, 'A5'), ('bob', '2024-05-01', 0, 'A6')"
)
RULES = [Rule("unreadable_date"), Rule("missing_customer_id"), Rule("bad_amount")]


def suppression(*ids: str) -> Suppression:
    return Suppression(KEYED, frozenset(KEYED.of(id_, purpose=SUPPRESSION) for id_ in ids))


def cleaned(privacy: Privacy) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"create view source as from (values {ROWS}) as sales(client, day, paid, invoice)")
    clean(connection, columns=COLUMNS, rules=RULES, reading=Reading(privacy=privacy))
    return connection


def ledger_of(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return connection.execute("select * from ledger order by step").df().set_index("rule")


def test_customers_and_orders_get_pseudonyms_of_their_canonical_ids():
    connection = cleaned(Privacy(KEYED))
    rows = connection.execute("select customer_id, order_id from transactions order by line_id").fetchall()
    assert rows == [
        (KEYED.of(customer), KEYED.of(order, purpose=ORDERS))
        for customer, order in [("17850", "A1"), ("17850", "A2"), ("ann", "A3"), ("bob", "A5")]
    ]
    rejected = connection.execute("select customer_id, order_id from rejected order by line_id").fetchall()
    assert rejected == [
        (None, KEYED.of("A4", purpose=ORDERS)),
        (KEYED.of("bob"), KEYED.of("A6", purpose=ORDERS)),
    ]


def test_without_settings_ids_stay_as_they_are():
    rows = cleaned(Privacy()).execute("select customer_id, order_id from transactions order by line_id").fetchall()
    assert rows == [("17850", "A1"), ("17850", "A2"), ("ann", "A3"), ("bob", "A5")]


@pytest.mark.parametrize("pseudonyms", [None, KEYED])
def test_forgotten_customers_are_left_out_with_a_ledger_line_without_example(pseudonyms):
    connection = cleaned(Privacy(pseudonyms, suppression("17850", "never seen")))
    assert connection.execute("select count(*), count(distinct customer_id) from transactions").fetchall() == [(2, 2)]
    line = ledger_of(connection).loc["forgotten_customer"]
    assert (line["rows_out"], float(line["money_out"])) == (2, 12.5)
    assert pd.isna(line["example"])
    assert "17850" not in {row[0] for row in connection.execute("select customer_id from rejected").fetchall()}


def test_customers_who_are_silent_for_too_long_are_left_out():
    connection = cleaned(Privacy(retention_months=6))
    kept = connection.execute("select distinct customer_id from transactions order by 1").fetchall()
    assert kept == [("17850",), ("bob",)]
    line = ledger_of(connection).loc["silent_customer"]
    assert (line["rows_matching"], line["rows_out"], float(line["money_out"])) == (1, 1, 8.0)
    assert pd.isna(line["example"])
    assert connection.execute("select count(*) from rejected where customer_id = 'ann'").fetchall() == [(0,)]


def test_the_end_of_the_data_decides_who_is_silent():
    # The last purchase is of 30 June: whoever bought on 1 January or later bought in the last six months.
    assert cleaned(Privacy(retention_months=2)).execute("select count(*) from transactions").fetchall() == [(3,)]
    assert cleaned(Privacy(retention_months=1)).execute("select count(*) from transactions").fetchall() == [(2,)]


def test_a_customer_table_follows_the_same_rules():
    connection = duckdb.connect()
    rows = "('7', '2024-01-05', 1, 40), ('8', '2020-01-01', 1, 3), ('9', '2024-01-01', 1, 2)"
    connection.execute(f"create view source as from (values {rows}) as t(id, last, orders, paid)")
    columns = {"customer_id": ["id"], "last_purchase": ["last"], "order_count": ["orders"], "total_spend": ["paid"]}
    reading = Reading(privacy=Privacy(KEYED, suppression("9"), 12))
    clean_ = clean_customer_table(connection, columns=columns, reading=reading)
    assert clean_.totals["customer_id"].tolist() == [KEYED.of("7")]
    ledger = clean_.ledger.set_index("rule")
    assert ledger.loc[["forgotten_customer", "silent_customer"], "rows_out"].tolist() == [1, 1]
    assert ledger["example"].isna().all()
    assert connection.execute("select count(*) from rejected").fetchall() == [(0,)]


def test_attributes_and_events_of_other_files_get_the_same_pseudonyms(tmp_path):
    privacy = Privacy(KEYED, suppression("bob"))
    connection = cleaned(privacy)
    (tmp_path / "people.csv").write_text("client,age\n17850,40\nbob,50\n")
    attributes = [Attribute("age", "age", "numeric")]
    location = str(tmp_path / "people.csv")
    people = read_attributes(connection, attributes, location=location, customer_id="client", privacy=privacy)
    assert people.to_dict("records") == [{"customer_id": KEYED.of("17850"), "age": 40.0}]
    (tmp_path / "visits.csv").write_text("client,at\n17850,2024-01-01\nbob,2024-01-01\n,2024-01-01\n")
    columns = EventColumns("client", "at", reading=Reading(privacy=privacy))
    read_events(connection, "visits", str(tmp_path / "visits.csv"), columns)
    assert connection.execute("select customer_id from events_visits").fetchall() == [(KEYED.of("17850"),)]


def test_the_customers_of_churn_follow_the_same_rules(tmp_path):
    privacy = Privacy(KEYED, suppression("bob"), 6)
    connection = cleaned(privacy)
    (tmp_path / "people.csv").write_text("client,age\n17850,40\nbob,50\nann,60\n17850,41\n")
    table = CustomerTable({"customer_id": "client", "age": "age"}, privacy=privacy)
    _, ledger = clean_customers(connection, str(tmp_path / "people.csv"), table)
    assert connection.execute("select customer_id, age from customers").fetchall() == [(KEYED.of("17850"), 41.0)]
    lines = ledger.set_index("rule")
    assert lines.loc[["forgotten_customer", "silent_customer", "repeated_customer"], "rows_out"].tolist() == [1, 1, 1]
    assert lines.loc[["forgotten_customer", "silent_customer"], "example"].isna().all()
