"""How `clean` reads values and rows: dates, amounts, ids, refunds and filters."""

from datetime import date, datetime
from decimal import Decimal

import duckdb
import pandas as pd
import pytest

from clientela.data.cleaning import clean
from clientela.data.reading import Reading, RowFilter
from clientela.data.rules import Rule, with_implied_rules
from clientela.errors import InvalidData
from clientela.features.build import build_features

RULES = with_implied_rules(
    [Rule("unreadable_date"), Rule("missing_customer_id"), Rule("bad_amount")], has_amount=True, net_refunds=True
)
COLUMNS = {"customer_id": "client", "order_id": "invoice", "ordered_at": "day", "amount": "paid"}


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        yield connection


def cleaned(connection, rows, columns=COLUMNS, rules=RULES, **reading):
    """The rows that each rule dropped, after cleaning rows of texts with the columns client, invoice, day, paid, ..."""
    names = ["client", "invoice", "day", "paid", "status"][: len(rows[0])]
    connection.execute(f"create or replace table source ({', '.join(f'{name} varchar' for name in names)})")
    connection.executemany(f"insert into source values ({', '.join('?' * len(names))})", rows)
    clean(connection, columns=columns, rules=rules, reading=Reading(**reading))
    return dict(connection.execute("select rule, rows_out from ledger where rows_out > 0 order by step").fetchall())


def kept(connection, column="amount"):
    return [value for (value,) in connection.execute(f"select {column} from transactions order by line_id").fetchall()]


GERMAN = [
    ("7", "A1", "2024-01-05", "1.234,56"),
    ("7", "A2", "2024-02-05", "12,50"),
    ("7", "A3", "2024-02-06", "1.234"),
    ("8", "A4", "2024-02-06", "100"),
]


def test_amounts_of_the_wrong_convention_are_unreadable_and_never_another_number(connection):
    assert cleaned(connection, GERMAN) == {"unreadable_amount": 3}
    assert kept(connection) == [100]
    example = connection.execute("select example from ledger where rule = 'unreadable_amount'").fetchall()[0][0]
    assert "amount 1.234,56" in example


def test_amounts_of_the_right_convention_are_read(connection):
    assert cleaned(connection, GERMAN, decimal=",", thousands=".") == {}
    assert kept(connection) == [Decimal("1234.56"), Decimal("12.50"), 1234, 100]


def test_three_decimals_are_read_where_another_amount_needs_the_sign(connection):
    rows = [("7", "A", "2024-01-05", paid) for paid in ("1.234", "0.5", "12,50")]
    assert cleaned(connection, rows) == {"unreadable_amount": 1}
    assert kept(connection) == [Decimal("1.234"), Decimal("0.5")]


def test_unclear_prices_are_unreadable_too(connection):
    columns = {"customer_id": "client", "ordered_at": "day", "quantity": "invoice", "unit_price": "paid"}
    rules = with_implied_rules(
        [Rule("unreadable_date"), Rule("missing_customer_id"), Rule("bad_quantity"), Rule("bad_price")],
        has_amount=False, net_refunds=True,
    )  # fmt: skip
    rows = [("7", "2", "2024-01-05", paid) for paid in ("1.234", "12,50", "100")]
    assert cleaned(connection, rows, columns, rules) == {"unreadable_amount": 2}
    assert kept(connection) == [200]


def test_empty_amounts_and_null_words_are_missing_and_not_unreadable(connection):
    rows = [("7", "A", "2024-01-05", paid) for paid in ("", " ", "N/A", "-", None, "soon", "5")]
    dropped = cleaned(connection, rows, null_words=("n/a", "-", "0"))
    assert dropped == {"unreadable_amount": 1, "bad_amount": 5}


def test_an_amount_of_zero_is_bad_and_the_smallest_one_is_kept(connection):
    rows = [("7", "A", "2024-01-05", paid) for paid in ("0", "0.00", "0.0001", "0,00")]
    assert cleaned(connection, rows) == {"unreadable_amount": 1, "bad_amount": 2}
    assert kept(connection) == [Decimal("0.0001")]


PAID = ("9", "B", "2024-01-05", "5")


@pytest.mark.parametrize("unreadable", [4, 5])
def test_a_share_of_unreadable_amounts_above_the_limit_stops_the_run(connection, unreadable):
    rows = [("secret-id", "secret-order", "2024-01-05", "12,50")] * unreadable + [PAID] * (80 - unreadable)
    if unreadable == 4:  # exactly 5 %
        assert cleaned(connection, rows, largest_unreadable_share=0.05) == {"unreadable_amount": 4}
        return
    with pytest.raises(
        InvalidData, match=r"amounts in the column 'paid'.* Got 5 of 80 \(6%\), such as '12,50'"
    ) as caught:
        cleaned(connection, rows, largest_unreadable_share=0.05)
    assert "secret" not in str(caught.value)


def test_a_share_of_unreadable_dates_above_the_limit_stops_the_run(connection):
    rows = [("secret-id", "A", "13/01/2024", "5"), PAID]
    with pytest.raises(InvalidData, match=r"dates in the column 'day'.* Got 1 of 2 \(50%\), such as '13/01/2024'"):
        cleaned(connection, rows, largest_unreadable_share=0.05)


@pytest.mark.parametrize(("column", "masked"), [("paid", "aaaaaa aaaa"), ("day", "aaaaaa aaaa")])
def test_the_message_masks_what_is_no_amount_and_no_date(connection, column, masked):
    """A name or a phone number may stand in a column that was mapped by mistake."""
    place = {"day": 2, "paid": 3}[column]
    rows = [(*PAID[:place], text, *PAID[place + 1 :]) for text in ("Claire Gute", "(11) 98765-43210")]
    with pytest.raises(InvalidData, match="such as") as caught:
        cleaned(connection, rows, largest_unreadable_share=0.05)
    assert masked in str(caught.value)
    assert "(99) 99999-99999" in str(caught.value)


def test_rows_that_a_filter_drops_do_not_count_for_the_share(connection):
    rows = [(*PAID, "Paid"), ("7", "A", "13/01/2024", "total", "Sum")]
    keep = RowFilter("status", "keep", ("paid",))
    assert cleaned(connection, rows, largest_unreadable_share=0.05, filters=(keep,)) == {"keep status": 1}


def test_null_words_are_no_ids(connection):
    words = ("nan", "null", "0", "-1", "(blank)")
    ids = ["NaN", " null ", "NULL", "0", "0.0", "-1", "(Blank)", "\u00a0", "7", "7\u00a0", "\ufeff7", "\u200b7.0"]
    dropped = cleaned(connection, [(id_, "A", "2024-01-05", "5") for id_ in ids], null_words=words)
    assert dropped == {"missing_customer_id": 8}
    assert kept(connection, "customer_id") == ["7"] * 4


def test_order_ids_are_canonical_like_customer_ids(connection):
    cleaned(connection, [("7", order, "2024-01-05", "5") for order in ("536365", "536365.0", " 536365", "C1")])
    assert kept(connection, "order_id") == ["536365", "536365", "536365", "C1"]


def test_rows_without_an_order_id_are_an_order_each_or_one_per_customer_and_day(connection):
    rows = [
        ("7", None, "2024-01-05", "5"), ("7", "n/a", "2024-01-05", "5"), ("7", "A", "2024-01-05", "5"),
        ("7", None, "2024-01-06", "5"), ("8", None, "2024-01-05", "5"),
    ]  # fmt: skip
    cleaned(connection, rows, null_words=("n/a",))
    assert kept(connection, "order_id") == ["1", "2", "A", "4", "5"]
    cleaned(connection, rows, null_words=("n/a",), without_order_id="day")
    assert kept(connection, "order_id") == ["2024-01-05 7", "2024-01-05 7", "A", "2024-01-06 7", "2024-01-05 8"]


def test_rows_with_products_and_without_order_ids_are_baskets_of_a_day(connection):
    columns = {"customer_id": "client", "product_id": "invoice", "ordered_at": "day", "amount": "paid"}
    cleaned(connection, [("7", "milk", "2024-01-05", "5"), ("7", "soap", "2024-01-05", "5")], columns)
    assert kept(connection, "order_id") == ["2024-01-05 7"] * 2
    cleaned(connection, [("7", "milk", "2024-01-05", "5")] * 2, columns, without_order_id="row")
    assert kept(connection, "order_id") == ["1", "2"]


def test_implausible_dates_are_a_rule_of_their_own(connection):
    days = ["9999-12-31", "1899-12-30", "0001-01-01", "2099-01-01", "1990-01-01", "1989-12-31", *["2024-01-05"] * 9]
    rows = [("7", "A", day, "5") for day in days]
    assert cleaned(connection, rows, plausible_dates=(date(1990, 1, 1), None)) == {"implausible_date": 5}
    assert max(kept(connection, "ordered_at")) == datetime(2024, 1, 5)


@pytest.mark.parametrize(("last", "dropped"), [("2024-01-05 23:59:59", 0), ("2024-01-06 00:00:00", 1)])
def test_the_last_plausible_date_is_included(connection, last, dropped):
    rows = [("7", "A", last, "5"), ("7", "A", "2024-01-01", "5")]
    out = cleaned(connection, rows, plausible_dates=(None, date(2024, 1, 5)))
    assert out.get("implausible_date", 0) == dropped


def test_a_year_beyond_the_calendar_is_unreadable(connection):
    assert cleaned(connection, [("7", "A", "294247-01-01", "5"), PAID]) == {"unreadable_date": 1}


class TestFilters:
    ROWS = [(*PAID, status) for status in ("Paid", " paid ", "Cancelled", "On Hold", None, "")]  # noqa: RUF012

    def test_keep_drops_all_other_values(self, connection):
        keep = RowFilter("status", "keep", ("paid", "On hold"))
        assert cleaned(connection, self.ROWS, filters=(keep,)) == {"keep status": 3}

    def test_drop_drops_its_values(self, connection):
        drop = RowFilter("status", "drop", ("CANCELLED", "on hold"))
        assert cleaned(connection, self.ROWS, filters=(drop,)) == {"drop status": 2}

    @pytest.mark.parametrize(("action", "empty", "out"), [("drop", False, 4), ("drop", True, 2), ("keep", True, 4)])
    def test_empty_values(self, connection, action, empty, out):
        assert cleaned(connection, self.ROWS, filters=(RowFilter("status", action, empty=empty),)) == {
            f"{action} status": out
        }

    def test_the_ledger_says_what_a_filter_drops(self, connection):
        cleaned(connection, self.ROWS, filters=(RowFilter("status", "drop", ("Cancelled", "On Hold")),))
        row = connection.execute("select definition, money_out from ledger where rule = 'drop status'").fetchall()
        assert row == [("status is one of: Cancelled, On Hold", Decimal(10))]

    def test_a_filter_of_a_missing_column_is_refused(self, connection):
        with pytest.raises(InvalidData, match="state"):
            cleaned(connection, self.ROWS, filters=(RowFilter("state", "keep", ("SP",)),))


REFUNDED = [
    ("1", "A", "2024-01-05", "100"), ("1", "B", "2024-01-09", "-40"), ("2", "C", "2024-01-05", "30"),
    ("2", "D", "2024-01-06", "-30"), ("3", "E", "2024-01-05", "-7"), ("4", "F", "2024-01-05", "8"),
]  # fmt: skip


class TestRefunds:
    def test_a_refund_is_deducted_from_earlier_purchases(self, connection):
        dropped = cleaned(connection, REFUNDED)
        assert dropped == {"refund": 2, "refund_unmatched": 1, "cancelled_purchase": 1}
        ledger = connection.execute("select rule, money_out, rows_changed from ledger").fetchall()
        assert {rule: (money, changed) for rule, money, changed in ledger if money} == {
            "refund": (-70, 0), "refund_unmatched": (-7, 0), "cancelled_purchase": (70, 1),
        }  # fmt: skip
        kept_ = connection.execute("select rows_left, money_left from ledger where rule = 'kept'").fetchall()
        assert kept_ == [(2, 68)]

    @pytest.mark.parametrize(("as_of", "spend"), [(9, 100), (10, 60)])
    def test_a_refund_is_not_known_before_its_date(self, connection, as_of, spend):
        cleaned(connection, REFUNDED)
        features = build_features(connection, as_of=date(2024, 1, as_of)).set_index("customer_id")
        assert features["total_spend"].to_dict() == {"1": spend, "4": 8}

    def test_refunds_may_be_dropped(self, connection):
        rules = with_implied_rules(RULES[:2] + RULES[-1:], has_amount=True, net_refunds=False)
        assert cleaned(connection, REFUNDED, rules=rules) == {"bad_amount": 3}

    def test_the_result_does_not_depend_on_the_order_of_the_rows(self, connection):
        results = []
        for rows in (REFUNDED, REFUNDED[::-1]):
            cleaned(connection, rows)
            results.append(build_features(connection, as_of=date(2024, 2, 1)))
        pd.testing.assert_frame_equal(*results)
