"""Sources that disagree."""

import pandas as pd
import pytest

from clientela.data.reading import Reading
from clientela.errors import InvalidData
from clientela.quality.agreement import (
    Compared,
    attribute_disagreements,
    event_disagreements,
    source_disagreements,
)

from .shop import line, shop_of


def found_in(rows, **columns):
    return {f["rule"]: f["values"] for f in source_disagreements(shop_of(rows), Compared(**columns), most=0.1)}


def test_lines_are_compared_with_the_total_of_their_order():
    # 3 orders with a total in the column `land`; the lines of order 2 add up to 4 instead of 5.
    rows = [
        line("ann", "1", items=1, price=2, land="5,00"),
        line("ann", "1", items=1, price=3, land="5,00"),
        line("ann", "2", items=2, price=2, land="5,00"),
        line("bob", "3", items=1, price=7, land="7,00"),
    ]
    values = found_in(rows, order_total="land", reading=Reading(decimal=","))["disagreement_order_total"]
    assert (values["rows"], values["of"], values["lines"], values["totals"]) == (1, 3, 16, 17)


def test_totals_that_agree_are_no_finding():
    rows = [line("ann", "1", items=1, price=2, land="5"), line("ann", "1", items=1, price=3, land="5")]
    assert found_in(rows, order_total="land") == {}


def test_lines_that_the_cleaning_rejects_are_part_of_the_total():
    rows = [
        line(None, "1", items=1, price=2, land="5"),
        line(None, "1", items=1, price=3, land="5"),
        line("bob", "2", price=4, land="4"),
    ]
    assert found_in(rows, order_total="land") == {}


def test_a_column_that_the_source_lacks_is_refused():
    with pytest.raises(InvalidData, match=r"must have the columns \['totall'\]"):
        found_in([line()], order_total="totall")


def test_equal_amounts_on_all_lines_look_like_totals():
    rows = [line("ann", str(i), code=code, items=1, price=5) for i in range(25) for code in "AB"]
    assert found_in(rows)["disagreement_repeated_total"]["share"] == 1
    assert found_in(rows[:20]) == {}  # ten orders may have equal amounts by chance
    assert found_in(rows, reading=Reading(amount_is="order")) == {}


def test_several_currencies_are_found_by_the_settings_or_the_header():
    rows = [line(invoice=str(i), land="EUR" if i < 2 else "brl ") for i in range(8)]
    values = found_in(rows, currency="land")["disagreement_currencies"]
    assert (values["currencies"], values["rows"], values["of"]) == (2, 2, 8)
    assert found_in(rows) == {}
    connection = shop_of(rows)
    connection.execute("alter table source rename column land to currency_code")
    (found,) = source_disagreements(connection, Compared(), most=0.1)
    assert found["subject"] == "currency_code"


def test_customers_without_any_attribute_are_missing_from_their_table():
    known = pd.DataFrame(
        {"customer_id": list("abcd"), "age": [30.0, None, None, 40.0], "city": [None, "Rio", None, None]}
    )
    (found,) = attribute_disagreements(known, most=0.1)
    assert (found["rule"], found["values"]["rows"], found["values"]["share"]) == ("disagreement_customers", 1, 0.25)
    assert list(attribute_disagreements(known, most=0.3)) == []
    assert list(attribute_disagreements(None, most=0.3)) == []


def test_events_of_other_ids_are_found():
    connection = shop_of([line("ann"), line("bob", "2")])
    connection.execute("create table events_app as from (values ('ann'), ('X1'), ('X2'), ('X2')) as t(customer_id)")
    (found,) = event_disagreements(connection, ["app"])
    assert (found["subject"], found["values"]["rows"], found["values"]["of"]) == ("app", 2, 3)
