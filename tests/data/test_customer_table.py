"""A table with one row per customer: totals, attributes and the ledger of its rules."""

import duckdb
import pytest

from clientela.data.attributes import Attribute
from clientela.data.customer_table import clean_customer_table
from clientela.data.reading import Reading
from clientela.errors import InvalidData

COLUMNS = {
    "customer_id": ["id"],
    "first_purchase": ["first"],
    "last_purchase": ["last"],
    "order_count": ["online", "shop"],
    "total_spend": ["paid_online", "paid_shop"],
}
GOOD = ("7", "2024-01-05", "2024-02-01", "2", "1", "10.10", "0.20", "40")


def table(*rows):
    connection = duckdb.connect()
    names = '"id", "first", "last", online, shop, paid_online, paid_shop, age'
    connection.execute(f"create table rows ({', '.join(f'{name.strip()} varchar' for name in names.split(','))})")
    if rows:
        connection.executemany(f"insert into rows values ({', '.join('?' * 8)})", rows)
    connection.execute("create view source as from rows")
    return connection


def cleaned(*rows, **options):
    return clean_customer_table(table(*rows), columns=COLUMNS, **options)


def changed(**values):
    names = ["id", "first", "last", "online", "shop", "paid_online", "paid_shop", "age"]
    return tuple(values.get(name, value) for name, value in zip(names, GOOD, strict=True))


def test_several_columns_are_added_exactly():
    [row] = cleaned(GOOD).totals.to_dict("records")
    assert (row["order_count"], row["total_spend"]) == (3.0, 10.3)
    assert row["last_purchase"].isoformat() == "2024-02-01T00:00:00"


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"id": " "}, "missing_customer_id"),
        ({"id": "8", "first": "soon"}, "unreadable_date"),
        ({"id": "8", "last": None}, "unreadable_date"),
        ({"id": "8", "last": "2023-12-31"}, "last_before_first"),
        ({"id": "8", "online": "0", "shop": "0"}, "bad_order_count"),
        ({"id": "8", "online": None, "shop": "some"}, "bad_order_count"),
        ({"id": "8", "paid_online": "-1", "paid_shop": "0.5"}, "bad_amount"),
        ({"id": "8", "paid_online": None, "paid_shop": None}, "bad_amount"),
    ],
)
def test_a_row_that_a_rule_drops_has_a_ledger_line(values, rule):
    result = cleaned(GOOD, changed(**values))
    assert result.totals["customer_id"].tolist() == ["7"]
    ledger = result.ledger.set_index("rule")
    assert ledger["rows_out"][lambda out: out > 0].to_dict() == {rule: 1}
    assert ledger.loc["kept", "rows_left"] == 1
    assert ledger.loc["source", "money_left"] - ledger["money_out"].sum() == pytest.approx(10.3)


def test_one_missing_part_of_a_sum_is_zero():
    assert cleaned(changed(paid_shop=None)).totals["total_spend"].tolist() == [10.1]


def test_the_last_row_of_a_customer_is_kept():
    result = cleaned(GOOD, changed(id=" 7.0 ", online="9"))
    assert result.totals["order_count"].tolist() == [10.0]
    assert result.ledger.set_index("rule").loc["repeated_customer", "rows_out"] == 1


def test_attributes_outside_their_range_are_missing_and_counted():
    age = Attribute("age", "age", "numeric", (16, 110))
    result = cleaned(GOOD, changed(id="8", age="200"), changed(id="9", age="old"), attributes=[age])
    assert result.attributes["age"].tolist()[0] == 40.0
    assert result.attributes["age"].isna().tolist() == [False, True, True]
    assert result.ledger.set_index("rule").loc["bad_age", "rows_changed"] == 2


def test_a_table_without_a_valid_customer_is_refused():
    with pytest.raises(InvalidData, match="at least one valid customer. Got none; the rule bad_order_count alone drop"):
        cleaned(changed(online="0", shop="0"))
    with pytest.raises(InvalidData, match="Got no rows"):
        cleaned()


def test_a_missing_column_is_named():
    with pytest.raises(InvalidData, match="'birthday'"):
        clean_customer_table(table(GOOD), columns={"customer_id": ["birthday"]})


def test_dates_in_another_format_are_read():
    result = cleaned(changed(first="05/01/2024", last="01/02/2024"), reading=Reading(time_formats=("%d/%m/%Y",)))
    assert str(result.totals["first_purchase"][0].date()) == "2024-01-05"
