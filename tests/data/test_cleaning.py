from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from itertools import count

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.contracts import CANCELLATIONS, LEDGER, TRANSACTIONS
from clientela.data.cleaning import clean
from clientela.data.expressions import canonical_id_sql
from clientela.data.readers import read_source
from clientela.data.reading import Reading
from clientela.data.rules import DEFINITIONS, Rule
from clientela.errors import InvalidData
from clientela.lookup.ids import canonical_id

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
    + [("quantity", pa.float64()), ("price", pa.float64())]
)


SCHEMAS = count()


@cache
def database():
    return duckdb.connect()


def connect():
    """A connection with a schema of its own: 30 times as fast as a database of its own."""
    connection = database().cursor()
    name = f"own_{next(SCHEMAS)}"
    connection.execute(f"create schema {name}")
    connection.execute(f"use {name}")
    return connection


class Cleaned:
    """The tables that `clean` makes from some lines."""

    def __init__(self, lines, rules=RULES, columns=COLUMNS, schema=SCHEMA, **options):
        self.connection = connect()
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
        (line(date="2024-02-30"), "unreadable_date"),
        (line(invoice="A77", price=-9.0), "bad_debt"),
        (line(customer=None), "missing_customer_id"),
        (line(customer="  "), "missing_customer_id"),
        (line(code="POST"), "non_product"),
        (line(code="gift_0001_20"), "non_product"),
        (line(code=" POST "), "non_product"),
        (line(quantity=0), "bad_quantity"),
        (line(quantity=-1), "bad_quantity"),
        (line(quantity=None), "bad_quantity"),
        (line(quantity=float("nan")), "bad_quantity"),
        (line(quantity=float("inf")), "bad_quantity"),
        (line(price=0.0), "bad_price"),
        (line(price=-1.0), "bad_price"),
        (line(price=None), "bad_price"),
        (line(price=float("nan")), "bad_price"),
        (line(price=1e18), "bad_price"),  # too large for the type of amounts
        (line(price=1e-9), "bad_price"),  # the amount rounds to 0
        (line(invoice="C11", code="never bought", quantity=-1), "cancellation_unmatched"),
        (line(invoice="C11", quantity=1), "cancellation_unmatched"),
    ],
)
def test_each_rule_drops_its_rows_and_keeps_the_others(bad, rule):
    cleaned = Cleaned([line(invoice="9"), bad])
    assert cleaned.out() == {rule: 1}
    assert cleaned.ledger["kept"]["rows_left"] == 1
    assert [(row["rejected_by"], row["line_id"]) for row in cleaned.table("rejected")] == [(rule, 2)]
    assert [row["line_id"] for row in cleaned.table("transactions")] == [1]


def test_every_rule_has_a_ledger_row_even_if_it_drops_nothing():
    ledger = Cleaned([line()]).table("ledger")
    assert [row["rule"] for row in ledger] == [
        "source", "unreadable_date", "bad_debt", "missing_customer_id", "duplicate", "non_product", "cancellation",
        "cancellation_unmatched", "bad_quantity", "bad_price", "cancelled_purchase", "kept",
    ]  # fmt: skip
    assert [row["step"] for row in ledger] == list(range(12))
    assert all(row["definition"] for row in ledger)
    assert {rule.name for rule in RULES} < DEFINITIONS.keys()


def test_the_example_of_a_rule_is_its_first_row():
    ledger = Cleaned([line(), line(customer=None, invoice="11"), line(customer=None, invoice="12")]).ledger
    assert ledger["missing_customer_id"]["example"] == "order 11 X 2.0 x 5.0 amount 10.0000"
    assert ledger["bad_price"]["example"] is None


def test_the_ledger_has_the_money_that_a_rule_dropped():
    ledger = Cleaned([line(), line(customer=None, quantity=3), line(invoice="A1", price=-7.0)]).ledger
    assert ledger["source"]["money_left"] == Decimal("10") + 15 - 14
    assert ledger["missing_customer_id"]["money_out"] == 15
    assert ledger["bad_debt"]["money_out"] == -14
    assert ledger["kept"]["money_left"] == 10


def test_product_groups_are_kept_without_surrounding_blanks():
    lines = [line() | {"group": group} for group in (" LAMPS ", "  ", None)]
    schema = SCHEMA.append(pa.field("group", pa.string()))
    cleaned = Cleaned(lines, columns=COLUMNS | {"product_group": "group"}, schema=schema)
    assert [row["product_group"] for row in cleaned.table("transactions")] == ["LAMPS", None, None]
    assert Cleaned([line()]).table("transactions")[0]["product_group"] is None


def test_a_code_must_match_the_whole_product_id():
    assert Cleaned([line(code="POSTCARD")]).out() == {}


def test_a_row_is_dropped_by_the_first_rule_and_counted_by_all_matching_rules():
    cleaned = Cleaned([line(), line(customer=None, quantity=0, price=0.0)])
    assert cleaned.out() == {"missing_customer_id": 1}
    assert cleaned.ledger["bad_quantity"]["rows_matching"] == 1
    assert cleaned.ledger["bad_price"]["rows_matching"] == 1


def test_the_first_of_equal_rows_is_kept():
    cleaned = Cleaned([line(), line(), line(), line(quantity=3)])
    assert cleaned.out() == {"duplicate": 2}
    assert [row["line_id"] for row in cleaned.table("transactions")] == [1, 4]


def test_equal_rows_are_kept_without_the_duplicate_rule():
    rules = [rule for rule in RULES if rule.name != "duplicate"]
    assert Cleaned([line(), line()], rules=rules).out() == {}


def cancel(quantity, date="2024-01-06 10:00:00", invoice="C11", **more):
    return line(invoice=invoice, date=date, quantity=quantity, **more)


def test_a_full_cancellation_removes_the_purchase():
    cleaned = Cleaned([line(), line(invoice="12", code="Y"), cancel(-2)])
    assert cleaned.out() == {"cancellation": 1, "cancelled_purchase": 1}
    assert cleaned.ledger["cancellation"]["money_out"] == Decimal(-10)
    assert cleaned.ledger["cancelled_purchase"]["money_out"] == Decimal(10)
    assert cleaned.ledger["kept"]["money_left"] == Decimal(10)
    cancellation = cleaned.table("cancellations")[0]
    assert (cancellation["line_id"], cancellation["quantity"], cancellation["amount"]) == (1, 2, Decimal(10))


def test_a_cancellation_in_the_minute_of_the_purchase_is_matched():
    at_once = cancel(-2, date="2024-01-05 10:00:00")
    assert Cleaned([line(), line(code="Y"), at_once]).out() == {"cancellation": 1, "cancelled_purchase": 1}


def test_without_a_prefix_a_negative_quantity_is_a_cancellation():
    rules = [Rule("cancellation"), Rule("bad_quantity"), Rule("bad_price")]
    cleaned = Cleaned([line(quantity=3), line(invoice="11", date="2024-01-06", quantity=-1)], rules=rules)
    assert cleaned.out() == {"cancellation": 1}


def test_two_partial_cancellations_of_one_line_keep_their_dates():
    cleaned = Cleaned([line(quantity=5), cancel(-2), cancel(-1, date="2024-02-06 10:00:00", invoice="C12")])
    assert cleaned.table("cancellations") == [
        {"line_id": 1, "cancelled_at": datetime(2024, 1, 6, 10), "quantity": 2.0, "amount": Decimal(10)},
        {"line_id": 1, "cancelled_at": datetime(2024, 2, 6, 10), "quantity": 1.0, "amount": Decimal(5)},
    ]
    assert cleaned.ledger["cancelled_purchase"]["rows_changed"] == 1
    assert cleaned.ledger["kept"]["rows_left"] == 1
    assert cleaned.ledger["kept"]["money_left"] == 10


def test_fractional_quantities_can_be_cancelled_in_parts():
    parts = cancel(-0.1), cancel(-0.2, date="2024-01-07", invoice="C12")
    cleaned = Cleaned([line(quantity=0.3), line(code="Y"), *parts])
    assert cleaned.out() == {"cancellation": 2, "cancelled_purchase": 1}
    assert cleaned.ledger["kept"]["rows_left"] == 1
    assert cleaned.ledger["kept"]["money_left"] == 10


def test_a_partial_cancellation_reduces_the_purchase():
    cleaned = Cleaned([line(quantity=5), cancel(-2)])
    assert cleaned.out() == {"cancellation": 1}
    assert cleaned.ledger["cancelled_purchase"]["rows_changed"] == 1
    assert cleaned.ledger["cancelled_purchase"]["money_out"] == Decimal(10)
    assert cleaned.ledger["kept"]["money_left"] == Decimal(15)


def test_cancellations_of_a_line_never_exceed_its_quantity():
    lines = [line(quantity=5), cancel(-3), cancel(-2, invoice="C12"), cancel(-1, invoice="C13")]
    cleaned = Cleaned([*lines, line(invoice="20", code="Y")])
    assert cleaned.out() == {"cancellation": 2, "cancellation_unmatched": 1, "cancelled_purchase": 1}
    assert cleaned.ledger["kept"]["rows_left"] == 1


@pytest.mark.parametrize(("price", "out"), [(0.00004, {"bad_price": 1}), (0.00005, {})])
def test_a_price_so_small_that_the_line_costs_nothing_is_bad(price, out):
    assert Cleaned([line(code="Y"), line(invoice="11", quantity=1, price=price)]).out() == out


def test_simultaneous_cancellations_are_matched_in_the_order_of_the_source():
    first, second = cancel(-9), cancel(-6)
    for lines, left in (((first, second), 15), ((second, first), 30)):
        assert Cleaned([line(quantity=12), *lines]).ledger["kept"]["money_left"] == left


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
def test_a_cancellation_that_does_not_fit_is_unmatched(other):
    assert Cleaned([line(), other]).out() == {"cancellation_unmatched": 1}


def test_a_purchase_of_equal_quantity_is_matched_before_a_later_one():
    later = line(invoice="11", date="2024-01-05 12:00:00", quantity=9)
    cleaned = Cleaned([line(), later, cancel(-2)])
    assert [row["line_id"] for row in cleaned.table("cancellations")] == [1]


def test_the_latest_purchase_is_matched_before_an_earlier_one():
    cleaned = Cleaned([line(), line(invoice="11", date="2024-01-05 12:00:00"), cancel(-2)])
    assert [row["line_id"] for row in cleaned.table("cancellations")] == [2]


@pytest.mark.parametrize(
    "purchases",
    [
        [line(invoice="10"), line(invoice="11")],
        [line(quantity=3), line(quantity=9)],
        [line(quantity=9, invoice="10"), line(quantity=3, invoice="11")],
    ],
)
def test_matching_of_simultaneous_purchases_does_not_depend_on_the_row_order(purchases):
    def taken_of(lines):
        return {(row["order_id"], row["quantity"]) for row in Cleaned([*lines, cancel(-2)]).connection.sql(
            "select order_id, transactions.quantity from transactions join cancellations using (line_id)"
        ).to_arrow_table().to_pylist()}  # fmt: skip

    assert len(taken_of(purchases)) == 1
    assert taken_of(purchases) == taken_of(purchases[::-1])


def test_a_source_without_order_ids_has_one_order_per_row():
    schema = pa.schema([("who", pa.string()), ("when", pa.string()), ("money", pa.string())])
    lines = [{"who": "CS1", "when": "2/9/2013", "money": "35"}] * 2
    cleaned = Cleaned(
        lines,
        columns={"customer_id": "who", "ordered_at": "when", "amount": "money"},
        rules=[Rule("unreadable_date"), Rule("missing_customer_id"), Rule("bad_amount")],
        schema=schema,
        reading=Reading(time_formats=("%m/%d/%Y",)),
    )
    rows = cleaned.table("transactions")
    assert [row["order_id"] for row in rows] == ["1", "2"]
    assert rows[0]["amount"] == 35
    assert rows[0]["ordered_at"].date().isoformat() == "2013-02-09"
    assert rows[0]["quantity"] is None


def test_a_date_of_another_format_is_unreadable():
    dates = ["05/01/2024", "2024-01-05", "31/12/2024"]
    cleaned = Cleaned([line(date=date) for date in dates], reading=Reading(time_formats=("%d/%m/%Y",)))
    assert cleaned.out() == {"unreadable_date": 1}
    assert [row["ordered_at"] for row in cleaned.table("transactions")] == [
        datetime(2024, 1, 5), datetime(2024, 12, 31),
    ]  # fmt: skip


@pytest.mark.parametrize("zone", ["UTC", "America/Sao_Paulo", "Asia/Tokyo"])
def test_times_with_a_zone_do_not_depend_on_the_zone_of_the_machine(zone):
    schema = SCHEMA.set(2, pa.field("date", pa.timestamp("us", tz="UTC")))
    with duckdb.connect() as connection:
        connection.execute(f"set timezone = '{zone}'")
        late = line(date=datetime(2024, 1, 1, 1, 30, tzinfo=UTC))
        connection.register("source", pa.Table.from_pylist([late], schema=schema))
        clean(connection, columns=COLUMNS, rules=RULES, reading=Reading(time_formats=("%d/%m/%Y",)))
        assert connection.execute("select ordered_at from transactions").fetchall() == [(datetime(2024, 1, 1, 1, 30),)]


@pytest.mark.parametrize(
    ("type_", "ids", "expected"),
    [
        (pa.float64(), [17850.0, None, float("nan")], ["17850"]),
        (pa.int64(), [17850, None], ["17850"]),
        (pa.string(), ["017850", "17850.0", " CS5 ", "", None], ["017850", "17850", "CS5"]),
    ],
    ids=["DOUBLE", "BIGINT", "VARCHAR"],
)
def test_customer_ids_of_any_type_become_canonical_text(type_, ids, expected):
    schema = SCHEMA.set(0, pa.field("customer", type_))
    cleaned = Cleaned([line(customer=id_) for id_ in ids], schema=schema, rules=[Rule("missing_customer_id")])
    assert [row["customer_id"] for row in cleaned.table("transactions")] == expected
    assert cleaned.ledger["missing_customer_id"]["rows_out"] == len(ids) - len(expected)


def test_source_columns_may_have_canonical_names():
    schema = pa.schema([("line_id", pa.string()), *SCHEMA])
    lines = [{"line_id": "INV1", **line()}, {"line_id": "INV1", **line()}]
    cleaned = Cleaned(lines, columns={**COLUMNS, "order_id": "line_id"}, schema=schema)
    assert cleaned.out() == {"duplicate": 1}
    assert [(row["line_id"], row["order_id"]) for row in cleaned.table("transactions")] == [(1, "INV1")]


def test_without_a_purchase_left_the_error_names_the_rule_that_dropped_most():
    with pytest.raises(InvalidData, match="Got none; the rule missing_customer_id alone dropped 2 rows"):
        Cleaned([line(customer=None), line(customer=None, quantity=3)])


def test_an_empty_source_is_refused():
    with pytest.raises(InvalidData, match="must have at least one row. Got none"):
        Cleaned([])


def test_a_file_with_a_corrupt_end_gives_a_one_line_error(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"who": range(100_000), "when": ["2024-01-05"] * 100_000, "what": ["mug"] * 100_000}), path)
    content = bytearray(path.read_bytes())
    content[200:3_000] = b"\xff" * 2_800
    path.write_bytes(content)
    with duckdb.connect() as connection:
        read_source(connection, str(path))  # reads only its end, where the number of rows stands
        columns = {"customer_id": "who", "ordered_at": "when", "amount": "who", "description": "what"}
        with pytest.raises(InvalidData, match="cannot be read to its end: ") as caught:
            clean(connection, columns=columns, rules=[Rule("bad_amount")])
    assert "\n" not in str(caught.value)


def test_a_missing_column_is_named():
    with pytest.raises(InvalidData, match=r"must have the columns \['Client'\]"):
        Cleaned([line()], columns={**COLUMNS, "customer_id": "Client"})


def test_the_tables_follow_their_contracts():
    cleaned = Cleaned([line(), cancel(-1)])
    for contract in (TRANSACTIONS, CANCELLATIONS, LEDGER):
        described = cleaned.connection.execute(f"describe {contract.name}").fetchall()
        assert [(name, str(type_)) for name, type_, *_ in described] == [
            (column.name, column.type) for column in contract.columns
        ]


def test_names_and_codes_may_contain_quotes():
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
        quantity=st.integers(-3, 6),
        price=st.sampled_from([0.0, 1.5, 2.345, None]),
    ),
    min_size=1,
    max_size=25,
)


def kept_by_hand(lines):
    """Rows and money that are kept, computed by a loop without SQL."""
    bought, cancellations, seen = {}, [], Counter()
    for number, row in enumerate(lines):
        seen[tuple(row.values())] += 1
        if row["date"] == "x" or row["invoice"][0] == "A" or row["customer"] is None or row["code"] == "POST":
            continue
        if seen[tuple(row.values())] > 1:
            continue
        if row["invoice"][0] == "C":
            cancellations.append((row["date"], number, row))
        elif row["quantity"] > 0 and row["price"]:
            bought[number] = row
    asked, given_back = Counter(), Counter()
    for date, _, row in sorted(cancellations, key=lambda cancellation: cancellation[:2]):
        wanted = -row["quantity"]
        fitting = [
            (line["quantity"] == wanted, line["date"], line["invoice"], line["quantity"], number)
            for number, line in bought.items()
            if all(line[name] == row[name] for name in ("customer", "code", "price"))
            and line["date"] <= date
            and line["quantity"] >= wanted > 0
        ]
        if fitting:
            number = max(fitting)[-1]
            asked[number] += wanted
            if asked[number] <= bought[number]["quantity"]:
                given_back[number] += wanted
    left = {number: line["quantity"] - given_back[number] for number, line in bought.items()}
    money = sum(quantity * Decimal(str(bought[number]["price"])) for number, quantity in left.items())
    return sum(quantity > 0 for quantity in left.values()), money


@given(lines=lines_strategy)
@settings(max_examples=60)
def test_the_ledger_adds_up(lines):
    cleaned = Cleaned([line(customer="always", code="Z"), *lines])
    ledger = pd.DataFrame(cleaned.table("ledger"))
    source, kept, steps = ledger.iloc[0], ledger.iloc[-1], ledger.iloc[1:-1]
    assert source["rows_left"] == len(lines) + 1
    assert source["rows_left"] - steps["rows_out"].sum() == kept["rows_left"]
    assert source["money_left"] - sum(steps["money_out"]) == kept["money_left"]
    assert (kept["rows_left"], kept["money_left"]) == kept_by_hand([line(customer="always", code="Z"), *lines])
    # every source row is either a transaction or rejected; the counts are those of the ledger
    rejected = pd.DataFrame(cleaned.table("rejected"), columns=["rejected_by", *TRANSACTIONS.names])
    transactions = [row["line_id"] for row in cleaned.table("transactions")]
    assert sorted([*transactions, *rejected["line_id"]]) == list(range(1, len(lines) + 2))
    taken = steps.set_index("rule")["rows_out"].drop("cancelled_purchase")
    assert rejected["rejected_by"].value_counts().to_dict() == taken[taken > 0].to_dict()


def in_sql(value, type_):
    with connect() as connection:
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
@settings(max_examples=60)
def test_sql_and_python_agree_on_ids(value):
    assert in_sql(value, "VARCHAR" if isinstance(value, str) else "BIGINT") == canonical_id(value)


@given(st.one_of(st.floats(allow_infinity=False), st.integers(-(2**53), 2**53).map(float)))
@settings(max_examples=60)
def test_sql_and_python_agree_on_floats(value):
    assert in_sql(value, "DOUBLE") == canonical_id(value)


@pytest.mark.parametrize("later_first", [False, True])
def test_if_two_cancellations_exceed_the_quantity_the_earlier_is_matched(later_first):
    """Otherwise a later cancellation would change the data as of an earlier date."""
    parts = [cancel(-2, date="2024-01-06"), cancel(-2, date="2024-01-07", invoice="C12")]
    cleaned = Cleaned([line(quantity=3), *(parts[::-1] if later_first else parts)])
    assert cleaned.out() == {"cancellation": 1, "cancellation_unmatched": 1}
    assert [row["cancelled_at"] for row in cleaned.table("cancellations")] == [datetime(2024, 1, 6)]


@pytest.mark.parametrize(("amount", "out"), [(0.0, {"bad_amount": 1}), (-0.01, {"bad_amount": 1}), (0.01, {})])
def test_an_amount_of_0_is_a_bad_amount(amount, out):
    schema = pa.schema([("who", pa.string()), ("on", pa.string()), ("money", pa.float64())])
    lines = [{"who": "1", "on": "2024-06-01", "money": money} for money in (5.0, amount)]
    columns = {"customer_id": "who", "ordered_at": "on", "amount": "money"}
    assert Cleaned(lines, rules=[Rule("bad_amount")], columns=columns, schema=schema).out() == out
