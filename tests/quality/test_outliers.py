"""Outliers, and what was done to them."""

import pytest

from clientela.quality.outliers import find_outliers, outlier_findings

from .shop import line, shop_of


def outliers_of(rows):
    return {one["measure"]: one for one in find_outliers(shop_of(rows), spread=3)}


ROWS = [line("ann", str(i), items=1 + i % 2, price=10, code=f"P{i % 3}") for i in range(20)]


def test_plain_rows_have_no_outliers():
    assert {name: one["count"] for name, one in outliers_of(ROWS).items()} == {
        "order_value": 0,
        "price": 0,
        "quantity": 0,
    }


def test_the_limit_is_the_third_quartile_times_the_ratio_of_the_quartiles_cubed():
    rows = [line("ann", str(i), items=items, price=10) for i, items in enumerate((1, 1, 2, 2, 3, 3, 6, 6, 6))]
    # quartiles 2 and 6: 6 * (6 / 2) ** 3
    assert outliers_of(rows)["quantity"]["limit"] == pytest.approx(162)


def test_equal_values_have_a_limit_of_eight_times_the_value():
    rows = [line("ann", str(i), items=1, price=10) for i in range(9)]
    assert outliers_of(rows)["quantity"]["limit"] == 8


def test_outliers_are_counted_by_what_was_done_to_them():
    kept = line("bob", "k", "2024-02-01", items=500)
    cancelled = [line("cid", "c", "2024-02-01", items=700), line("cid", "d", "2024-02-02", items=-700)]
    rejected = line(None, "r", items=900)
    one = outliers_of([*ROWS, kept, *cancelled, rejected])["quantity"]
    assert (one["count"], one["rejected"], one["cancelled"], one["kept"], one["largest"]) == (3, 1, 1, 1, 900)
    # kept: 500 x 2 of all accepted money: 300 of ROWS, 1,000 kept, 1,400 cancelled later
    assert one["money_share"] == pytest.approx(1000 / (300 + 1000 + 1400))


def test_prices_are_compared_with_those_of_the_same_product():
    rows = [
        *ROWS,
        *(line("bob", f"e{i}", code="DEAR", price=5000) for i in range(5)),
        line("bob", "w", code="P1", price=900),
    ]
    one = outliers_of(rows)["price"]
    assert (one["count"], one["largest"]) == (1, 90)


def test_findings_are_warnings_only_if_they_carry_much_money():
    found = list(outliers_of([*ROWS, line("bob", "k", items=500)]).values())
    warned = {f["subject"]: "explained" not in f for f in outlier_findings(found, most_money=0.5)}
    assert warned == {"order_value": True, "quantity": True}
    assert all("explained" in f for f in outlier_findings(found, most_money=0.9))
    assert list(outlier_findings(list(outliers_of(ROWS).values()), most_money=0.1)) == []
