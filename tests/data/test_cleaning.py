from decimal import Decimal

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.contracts import CANCELLATIONS, LEDGER, TRANSACTIONS
from clientela.data.cleaning import Rule, canonical_id_sql, clean
from clientela.errors import InvalidData
from clientela.serving.pyfunc import canonical_id

COLUMNS = {
    "customer_id": "customer",
    "order_id": "invoice",
    "ordered_at": "date",
    "product_id": "code",
    "quantity": "quantity",
    "unit_price": "price",
}
RULES = (
    Rule("unreadable_date"),
    Rule("bad_debt", prefix="A"),
    Rule("missing_customer_id"),
    Rule("duplicate"),
    Rule("non_product", codes=("POST", "gift_.*")),
    Rule("cancellation", prefix="C"),
    Rule("bad_quantity"),
    Rule("bad_price"),
)


def line(customer="1", invoice="10", date="2024-01-05 10:00:00", code="X", quantity=2, price=5.0):
    return {
        "customer": customer, "invoice": invoice, "date": date, "code": code, "quantity": quantity, "price": price,
    }  # fmt: skip


SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("customer", "invoice", "date", "code")]
    + [("quantity", pa.int64()), ("price", pa.float64())]
)


class Cleaned:
    """The tables that `clean` makes of some lines."""

    def __init__(self, lines, rules=RULES, columns=COLUMNS, schema=SCHEMA, **options):
        self.connection = duckdb.connect()
        self.connection.register("source", pa.Table.from_pylist(lines, schema=schema))
        clean(self.connection, columns=columns, rules=rules, **options)
        self.ledger = {row["rule"]: row for row in self.table("ledger")}

    def table(self, name):
        return self.connection.sql(f"select * from {name}").to_arrow_table().to_pylist()

    def out(self):
        return {rule: row["rows_out"] for rule, row in self.ledger.items() if row["rows_out"]}


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (line(date="soon"), "unreadable_date"),
        (line(date=None), "unreadable_date"),
        (line(invoice="A77", price=-9.0), "bad_debt"),
        (line(customer=None), "missing_customer_id"),
        (line(customer="  "), "missing_customer_id"),
        (line(code="POST"), "non_product"),
        (line(code="gift_0001_20"), "non_product"),
        (line(quantity=0), "bad_quantity"),
        (line(quantity=None), "bad_quantity"),
        (line(price=0.0), "bad_price"),
        (line(price=None), "bad_price"),
        (line(invoice="C11", code="never bought", quantity=-1), "cancellation_unmatched"),
    ],
)
def test_each_rule_takes_its_rows_and_keeps_the_others(bad, rule):
    cleaned = Cleaned([line(invoice="9"), bad])
    assert cleaned.out() == {rule: 1}
    assert cleaned.ledger["kept"]["rows_left"] == 1
    assert [row["rejected_by"] for row in cleaned.table("rejected")] == [rule]


def test_a_code_must_match_in_full():
    assert Cleaned([line(code="POSTCARD")]).out() == {}


def test_a_row_is_charged_to_the_first_rule_and_counted_for_all_that_match():
    cleaned = Cleaned([line(), line(customer=None, quantity=0, price=0.0)])
    assert cleaned.out() == {"missing_customer_id": 1}
    assert cleaned.ledger["bad_quantity"]["rows_matching"] == 1
    assert cleaned.ledger["bad_price"]["rows_matching"] == 1


def test_the_first_of_equal_rows_stays():
    cleaned = Cleaned([line(), line(), line(), line(quantity=3)])
    assert cleaned.out() == {"duplicate": 2}
    assert [row["line_id"] for row in cleaned.table("transactions")] == [1, 4]


def test_equal_rows_stay_without_the_rule():
    rules = [rule for rule in RULES if rule.name != "duplicate"]
    assert Cleaned([line(), line()], rules=rules).out() == {}


def cancel(quantity, date="2024-01-06 10:00:00", invoice="C11", **more):
    return line(invoice=invoice, date=date, quantity=quantity, **more)


def test_a_whole_cancellation_takes_the_purchase_out():
    cleaned = Cleaned([line(), line(invoice="12", code="Y"), cancel(-2)])
    assert cleaned.out() == {"cancellation": 1, "cancelled_purchase": 1}
    assert cleaned.ledger["cancellation"]["money_out"] == Decimal(-10)
    assert cleaned.ledger["cancelled_purchase"]["money_out"] == Decimal(10)
    assert cleaned.ledger["kept"]["money_left"] == Decimal(10)
    cancellation = cleaned.table("cancellations")[0]
    assert (cancellation["line_id"], cancellation["quantity"], cancellation["amount"]) == (1, 2, Decimal(10))


def test_a_partial_cancellation_changes_the_purchase():
    cleaned = Cleaned([line(quantity=5), cancel(-2)])
    assert cleaned.out() == {"cancellation": 1}
    assert cleaned.ledger["cancelled_purchase"]["rows_changed"] == 1
    assert cleaned.ledger["cancelled_purchase"]["money_out"] == Decimal(10)
    assert cleaned.ledger["kept"]["money_left"] == Decimal(15)


def test_a_line_gives_no_more_than_was_bought():
    lines = [line(quantity=5), cancel(-3), cancel(-2, invoice="C12"), cancel(-1, invoice="C13")]
    cleaned = Cleaned([*lines, line(invoice="20", code="Y")])
    assert cleaned.out() == {"cancellation": 2, "cancellation_unmatched": 1, "cancelled_purchase": 1}


@pytest.mark.parametrize(
    "other",
    [
        cancel(-3),
        cancel(-2, date="2024-01-04 10:00:00"),
        cancel(-2, customer="2"),
        cancel(-2, code="Y"),
        cancel(-2, price=4.0),
    ],
    ids=["more than bought", "before the purchase", "another customer", "another product", "another price"],
)
def test_a_cancellation_finds_only_what_it_can_cancel(other):
    assert Cleaned([line(), other]).out() == {"cancellation_unmatched": 1}


def test_a_purchase_of_equal_quantity_goes_before_a_later_one():
    later = line(invoice="11", date="2024-01-05 12:00:00", quantity=9)
    cleaned = Cleaned([line(), later, cancel(-2)])
    assert [row["line_id"] for row in cleaned.table("cancellations")] == [1]


def test_the_latest_purchase_goes_before_an_earlier_one():
    cleaned = Cleaned([line(), line(invoice="11", date="2024-01-05 12:00:00"), cancel(-2)])
    assert [row["line_id"] for row in cleaned.table("cancellations")] == [2]


def test_a_source_with_dates_and_amounts_only_has_an_order_a_row():
    schema = pa.schema([("who", pa.string()), ("when", pa.string()), ("money", pa.string())])
    lines = [{"who": "CS1", "when": "2/9/2013", "money": "35"}] * 2
    cleaned = Cleaned(
        lines,
        columns={"customer_id": "who", "ordered_at": "when", "amount": "money"},
        rules=[Rule("unreadable_date"), Rule("missing_customer_id"), Rule("bad_amount")],
        schema=schema,
        timestamp_format="%m/%d/%Y",
    )
    rows = cleaned.table("transactions")
    assert [row["order_id"] for row in rows] == ["1", "2"]
    assert rows[0]["amount"] == 35
    assert rows[0]["ordered_at"].date().isoformat() == "2013-02-09"
    assert rows[0]["quantity"] is None


def test_nothing_left_is_an_error_that_names_the_greediest_rule():
    with pytest.raises(InvalidData, match="It left none; missing_customer_id alone took 2 rows"):
        Cleaned([line(customer=None), line(customer=None, quantity=3)])


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(InvalidData, match=r"must have the columns \['Client'\]"):
        Cleaned([line()], columns={**COLUMNS, "customer_id": "Client"})


def test_the_tables_keep_their_contracts():
    cleaned = Cleaned([line(), cancel(-1)])
    for contract in (TRANSACTIONS, CANCELLATIONS, LEDGER):
        described = cleaned.connection.execute(f"describe {contract.name}").fetchall()
        assert [(name, str(type_)) for name, type_, *_ in described] == [
            (column.name, column.type) for column in contract.columns
        ]


def test_quotes_in_names_and_codes_are_only_text():
    names = ('wh"o', "when", "q", "p", "c")
    cleaned = Cleaned(
        [dict(zip(names, ("1", "2024-01-01", "1", "1.0", code), strict=True)) for code in ("it's", "x")],
        columns={"customer_id": 'wh"o', "ordered_at": "when", "quantity": "q", "unit_price": "p", "product_id": "c"},
        rules=[Rule("non_product", codes=("it's",))],
        schema=pa.schema([(name, pa.string()) for name in names]),
    )
    assert cleaned.out() == {"non_product": 1}


lines_strategy = st.lists(
    st.builds(
        line,
        customer=st.sampled_from(["1", "2", None]),
        invoice=st.sampled_from(["10", "11", "C12", "A13"]),
        date=st.sampled_from(["2024-01-05", "2024-02-05", "x"]),
        code=st.sampled_from(["X", "Y", "POST"]),
        quantity=st.integers(-3, 3),
        price=st.sampled_from([0.0, 1.5, 2.345]),
    ),
    min_size=1,
    max_size=25,
)


@given(lines=lines_strategy)
@settings(max_examples=40, deadline=None)
def test_the_ledger_adds_up(lines):
    cleaned = Cleaned([line(customer="always", code="Z"), *lines])
    ledger = pd.DataFrame(cleaned.table("ledger"))
    source, kept, steps = ledger.iloc[0], ledger.iloc[-1], ledger.iloc[1:-1]
    assert source["rows_left"] == len(lines) + 1
    assert source["rows_left"] - steps["rows_out"].sum() == kept["rows_left"]
    assert source["money_left"] - sum(steps["money_out"]) == kept["money_left"]
    # counted another way: what is left of each line after its cancellations
    taken = pd.DataFrame(cleaned.table("cancellations"), columns=list(CANCELLATIONS.names))
    per_line = taken.groupby("line_id")["quantity"].sum().to_dict()
    rows = cleaned.table("transactions")
    assert kept["rows_left"] == sum(row["quantity"] > per_line.get(row["line_id"], 0) for row in rows)
    assert all(row["quantity"] >= per_line.get(row["line_id"], 0) for row in rows)


def in_sql(value, type_):
    with duckdb.connect() as connection:
        connection.execute(f"create table t (id {type_})")
        connection.execute("insert into t values (?)", [value])
        return connection.execute(f"select {canonical_id_sql('id', type_)} from t").fetchall()[0][0]


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        (17850.0, "DOUBLE", "17850"),
        (17850.5, "DOUBLE", "17850.5"),
        (float("nan"), "DOUBLE", None),
        (None, "DOUBLE", None),
        (17850, "BIGINT", "17850"),
        ("17850.0", "VARCHAR", "17850"),
        (" 017850 ", "VARCHAR", "017850"),
        ("017850.00", "VARCHAR", "017850"),
        ("CS5295", "VARCHAR", "CS5295"),
        ("", "VARCHAR", None),
        ("1.50", "VARCHAR", "1.50"),
    ],
)
def test_ids_become_canonical_text(value, type_, expected):
    assert in_sql(value, type_) == expected
    assert canonical_id(value) == expected


@given(st.one_of(st.text("0123456789.- \tCx", max_size=8), st.integers(-(10**12), 10**12)))
@settings(max_examples=60, deadline=None)
def test_sql_and_python_agree_on_ids(value):
    assert in_sql(value, "VARCHAR" if isinstance(value, str) else "BIGINT") == canonical_id(value)


@given(st.floats(-(2.0**53), 2.0**53).map(float))
@settings(max_examples=40, deadline=None)
def test_sql_and_python_agree_on_whole_floats(value):
    assert in_sql(float(round(value)), "DOUBLE") == canonical_id(float(round(value)))
