"""Completeness, validity, uniqueness, consistency and timeliness of columns."""

from datetime import date

import pytest

from clientela.quality.columns import ColumnRule, column_findings, column_quality

from .shop import COLUMNS, line, shop_of

RULE = ColumnRule(filled=0.95, own_filled={}, valid=0.99, consistent=0.95, recent_drop=0.2, recent_days=30)


def quality_of(rows, *, as_of=date(2024, 6, 1), **options):
    found = column_quality(
        shop_of(rows, as_of=as_of, **options), options.get("columns", COLUMNS), as_of=as_of, recent_days=30
    )
    return {column["column"]: column for column in found}


def findings_of(rows, rule=RULE, **options):
    return {
        (f["kind"], f["subject"]): f["values"]
        for f in column_findings(list(quality_of(rows, **options).values()), rule)
    }


def test_clean_rows_have_no_findings():
    rows = [line(invoice=str(i), day="2024-05-10") for i in range(4)]
    assert findings_of(rows) == {}
    assert {column["filled"] for column in quality_of(rows).values()} == {1.0}


def test_missing_values_count_among_rejected_rows_too():
    columns = quality_of([line(client=None), line(invoice="2"), line(invoice="3"), line(invoice="4", name=None)])
    assert columns["customer_id"]["filled"] == 0.75
    assert columns["description"]["filled"] == 0.75
    assert columns["quantity"]["filled"] == 1.0


def test_missing_order_ids_count_although_rows_get_one():
    assert quality_of([line(invoice=None), line(), line(), line()])["order_id"]["filled"] == 0.75


def test_unreadable_dates_and_amounts_are_filled_but_not_valid():
    rows = [line(), line(), line(day="someday"), line(price="dear")]
    columns = quality_of(rows)
    assert (columns["ordered_at"]["filled"], columns["ordered_at"]["valid"]) == (1.0, 0.75)
    assert (columns["unit_price"]["filled"], columns["unit_price"]["valid"]) == (1.0, 0.75)


def test_negative_quantities_are_valid_as_cancellations_and_zero_is_not():
    rows = [line(items=2), line(items=-2), line(items=0), line(items=1, price=0)]
    columns = quality_of(rows)
    assert columns["quantity"]["valid"] == 0.75
    assert columns["unit_price"]["valid"] == 0.75


@pytest.mark.parametrize("text", ["Caf\ufffd", "CafÃ©", "Cup\x07"])
def test_wrongly_decoded_texts_are_not_valid(text):
    rows = [line(name=text), line(name="Café"), line(name="Cup"), line(name="Às três")]
    assert quality_of(rows)["description"]["valid"] == 0.75


def test_distinct_values_and_days_are_counted():
    columns = quality_of(
        [
            line(),
            line(client="bob", invoice="2", day="2024-01-03"),
            line(client="bob", invoice="3", day="2024-01-03 10:00"),
        ]
    )
    assert (columns["customer_id"]["distinct"], columns["order_id"]["distinct"], columns["ordered_at"]["distinct"]) == (
        2,
        3,
        2,
    )


def test_keys_with_several_values_are_inconsistent():
    rows = [
        line("ann", "1", code="A", name="Cup", land="BR"),
        line("bob", "1", code="A", name="Mug", land="BR"),  # order 1 has two customers, product A two names
        line("ann", "2", code="B", name="Pot", land="UY"),  # ann is in two countries
        line("cid", "3", "2024-01-02", code="C", name="Jar"),
        line("cid", "3", "2024-01-05", code="C", name="Jar"),  # order 3 is on two days
        line("dan", "4", code="D", name="Pan"),
    ]
    columns = quality_of(rows)
    shares = {name: columns[name]["consistent"] for name in ("customer_id", "ordered_at", "description", "country")}
    assert shares == {"customer_id": 0.75, "ordered_at": 0.75, "description": 0.75, "country": 0.75}
    assert columns["description"]["key"] == "product_id"
    assert set(findings_of(rows)) >= {("inconsistent", name) for name in shares}


def test_amounts_are_compared_with_quantity_times_price():
    columns = {**COLUMNS, "amount": "land"}
    columns.pop("country")
    rows = [
        line(items=2, price=3, land="6"),
        line(items=2, price=3, land="6.01"),
        line(items=2, price=3, land="60"),
        line(items=1, price=3, land="3"),
    ]
    assert quality_of(rows, columns=columns)["amount"]["consistent"] == 0.75


def test_a_column_that_is_no_longer_filled_is_stale():
    rows = [line(invoice=str(i), day="2024-01-10") for i in range(6)]
    rows += [line(invoice=str(i), day="2024-05-20", land=None) for i in range(6, 8)]
    assert findings_of(rows)["stale", "country"] == {"column": "land", "recent": 0.0, "share": 0.75, "days": 30}


def test_a_column_may_have_its_own_limit_of_missing_values():
    rows = [line(client=None), line(invoice="2"), line(invoice="3"), line(invoice="4")]
    assert findings_of(rows)["missing", "customer_id"]["share"] == 0.25
    own = ColumnRule(0.95, {"customer_id": 0.7}, 0.99, 0.95, 0.2, 30)
    assert ("missing", "customer_id") not in findings_of(rows, own)


def test_rows_that_a_filter_drops_do_not_count():
    from clientela.data.reading import Reading, RowFilter

    reading = Reading(filters=(RowFilter("land", "drop", ("test",)),))
    rows = [line(client=None, land="test"), line(client=None), line(invoice="2"), line(invoice="3"), line(invoice="4")]
    assert quality_of(rows, reading=reading)["customer_id"]["filled"] == 0.75
