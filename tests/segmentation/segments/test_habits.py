import json
from datetime import datetime

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.segmentation.segments import habits
from clientela.segmentation.segments.baskets import basket_rules
from clientela.segmentation.segments.habits import describe_habits

MONDAY, SATURDAY = datetime(2024, 1, 1, 9), datetime(2024, 1, 6, 20)


def line(customer, product="X", order=None, at=MONDAY, description=None, group=None, country=None, amount=1.0):
    return {
        "customer_id": customer, "order_id": order or f"order of {customer}", "ordered_at": at, "product_id": product,
        "description": description, "product_group": group, "country": country, "amount": amount,
    }  # fmt: skip


def described(lines, segment_of):
    """The habits of the segments of a mapping of customer to segment."""
    columns = {name: "varchar" for name in line("") if name not in ("ordered_at", "amount")}
    casts = ", ".join(f"{name}::{type_} as {name}" for name, type_ in columns.items())
    with duckdb.connect() as connection:
        connection.register("lines", pd.DataFrame(lines))
        connection.execute(f"create temp table net_lines as select {casts}, ordered_at, amount from lines")
        segments = pd.DataFrame({"customer_id": list(segment_of), "segment_id": list(segment_of.values())})
        found = describe_habits(connection, segments)
        tables = connection.execute("select table_name from information_schema.tables").fetchall()
    assert {name for (name,) in tables} == {"lines", "net_lines"}  # what was made on the way is gone
    return found


def people(count, segment):
    return {f"{segment}-{number}": segment for number in range(count)}


def test_countries_of_fewer_customers_than_the_smallest_group_are_left_out():
    lines = [line(f"c{n}", country="Brazil") for n in range(5)] + [line("c9", country="Malta")]
    with duckdb.connect() as connection:
        connection.register("net_lines", pd.DataFrame(lines))
        segments = pd.DataFrame({"customer_id": [f"c{n}" for n in range(5)] + ["c9"], "segment_id": 1})
        shown = describe_habits(connection, segments, smallest_group=5)[1]["countries"]
    assert len(shown) == 1


class TestLists:
    """Two segments: 40 customers in the first, 60 in the second."""

    SEGMENT_OF = people(40, 1) | people(60, 2)

    def habits(self, bought, **options):
        """`bought`: product -> how many customers of the first and of the second segment buy it."""
        lines = [line(customer, None) for customer in self.SEGMENT_OF]
        for product, counts in bought.items():
            for segment, count in zip((1, 2), counts, strict=True):
                lines += [line(customer, product, **options) for customer in people(count, segment)]
        return described(lines, self.SEGMENT_OF)

    def test_shares_and_lift_as_computed_by_hand(self):
        found = self.habits({"A": (20, 5), "B": (30, 30)}, description="a thing ")
        assert found[1]["products"] == [
            {"product": "A", "description": "a thing", "customers": 20, "share": 0.5, "base_share": 0.25, "lift": 2.0},
            {"product": "B", "description": "a thing", "customers": 30, "share": 0.75, "base_share": 0.6, "lift": 1.25},
        ]
        assert [row["product"] for row in found[2]["products"]] == ["B"]
        assert found[2]["products"][0]["lift"] == pytest.approx(0.5 / 0.6)

    def test_a_product_of_nineteen_customers_is_not_listed(self):
        found = self.habits({"A": (19, 0), "B": (20, 0)})
        assert [row["product"] for row in found[1]["products"]] == ["B"]

    def test_a_product_of_less_than_a_twentieth_is_not_listed(self):
        everybody = people(500, 1)
        lines = [line(customer) for customer in everybody]
        lines += [line(customer, "A") for customer in people(24, 1)] + [line(c, "B") for c in people(25, 1)]
        assert [row["product"] for row in described(lines, everybody)[1]["products"]] == ["X", "B"]

    def test_of_equal_lifts_the_wider_bought_comes_first_then_the_code(self):
        found = self.habits({"C": (20, 0), "B": (20, 0), "D": (30, 0)})
        assert [row["product"] for row in found[1]["products"]] == ["D", "B", "C"]

    def test_only_the_widest_bought_are_in_the_choice(self, monkeypatch):
        monkeypatch.setitem(habits.KINDS, "products", habits.STANDS_OUT | {"widest": 1})
        assert [row["product"] for row in self.habits({"A": (20, 0), "B": (30, 60)})[1]["products"]] == ["B"]

    def test_at_most_eight_are_listed(self):
        assert len(self.habits({str(number): (20, 0) for number in range(9)})[1]["products"]) == 8

    def test_groups_have_the_shape_of_products(self):
        found = self.habits({"A": (20, 5), "B": (10, 20)}, group="LAMPS")
        assert found[1]["groups"] == [
            {"product": "LAMPS", "description": None, "customers": 20, "share": 0.5, "base_share": 0.4, "lift": 1.25}
        ]
        assert self.habits({"A": (20, 5)})[1]["groups"] == []

    def test_countries_are_there_however_few_their_customers_most_frequent_first(self):
        lines = [line(customer, country="Brazil") for customer in self.SEGMENT_OF]
        lines += [line("1-0", country="Chile", order="9"), line("1-0", country=" ", order="10")]
        found = described(lines, self.SEGMENT_OF)
        assert found[1]["countries"] == [
            {"country": "Brazil", "share": 1.0, "base_share": 1.0, "lift": 1.0},
            {"country": "Chile", "share": 0.025, "base_share": 0.01, "lift": 2.5},
        ]
        assert self.habits({})[1]["countries"] == []

    def test_what_was_taken_back_and_who_has_no_segment_does_not_count(self):
        lines = [line(customer) for customer in self.SEGMENT_OF] + [line("stranger", "A")]
        lines += [line(customer, "A", amount=0.0) for customer in people(40, 1)]
        assert [row["product"] for row in described(lines, self.SEGMENT_OF)[1]["products"]] == ["X"]

    def test_a_product_is_called_what_it_is_called_most_often(self):
        lines = [line(customer, description="right") for customer in people(21, 1)]
        lines += [
            line(customer, description="a wrong one", order=order) for customer in people(10, 1) for order in "12"
        ]
        assert described(lines, people(21, 1))[1]["products"][0]["description"] == "right"
        lines.append(line("1-0", description="a wrong one", order="3"))  # 21 each: the alphabet decides
        assert described(lines, people(21, 1))[1]["products"][0]["description"] == "a wrong one"

    @given(
        st.dictionaries(st.sampled_from("ABCD"), st.tuples(st.integers(0, 40), st.integers(0, 60)), min_size=1),
    )
    @settings(max_examples=10)
    def test_lift_is_the_ratio_of_the_shares_and_the_base_their_mean(self, bought):
        found = self.habits(bought)
        for segment, size in ((1, 40), (2, 60)):
            for row in found[segment]["products"]:
                counts = bought[row["product"]]
                assert row["lift"] * row["base_share"] == pytest.approx(row["share"])
                assert row["share"] * size == pytest.approx(counts[segment - 1])
                assert row["base_share"] == pytest.approx(sum(counts) / 100)


class TestRhythm:
    def test_days_and_hours_count_orders_not_lines(self):
        lines = [
            line("a", "X"), line("a", "Y"), line("a", "X", order="2", at=SATURDAY), line("b", "X", at=SATURDAY),
        ]  # fmt: skip
        found = described(lines, {"a": 1, "b": 2})
        assert found[1]["weekdays"] == [0.5, 0, 0, 0, 0, 0.5, 0]
        assert found[1]["base_weekdays"] == pytest.approx([1 / 3, 0, 0, 0, 0, 2 / 3, 0])
        assert (found[1]["hours"][9], found[1]["hours"][20]) == (0.5, 0.5)
        assert found[2]["hours"][20] == 1
        assert found[2]["base_hours"][20] == pytest.approx(2 / 3)
        for pattern in ("weekdays", "base_weekdays", "hours", "base_hours"):
            assert sum(found[1][pattern]) == pytest.approx(1)
        assert (len(found[1]["weekdays"]), len(found[1]["hours"])) == (7, 24)

    def test_a_source_with_dates_only_has_no_hours(self):
        found = described([line("a", at=datetime(2024, 1, 7))], {"a": 1})
        assert found[1]["weekdays"] == [0, 0, 0, 0, 0, 0, 1]
        assert (found[1]["hours"], found[1]["base_hours"]) == (None, None)

    def test_two_customers_with_one_order_number_have_two_orders(self):
        lines = [line("a", order="1"), line("b", order="1", at=SATURDAY)]
        assert described(lines, {"a": 1, "b": 1})[1]["weekdays"] == [0.5, 0, 0, 0, 0, 0.5, 0]


def items(*baskets, order_count=None):
    """One row per product of an order; each basket is a text of one-letter products."""
    rows = [(number, product) for number, basket in enumerate(baskets, start=1) for product in basket]
    return pd.DataFrame(rows, columns=["order_number", "product_id"]).assign(order_count=order_count or len(baskets))


NAMES = {letter: f"product {letter}" for letter in "ABCDXY"}


class TestBaskets:
    def test_a_rule_as_computed_by_hand(self):
        # 12 orders with A, 10 of them with B; one B alone; 20 orders in all
        found = basket_rules(items(*["AB"] * 10, "A", "A", "B", *["X"] * 7), NAMES)
        assert found == [
            {"if": ["product B"], "then": ["product A"], "orders": 10, "support": 0.5,
             "confidence": pytest.approx(10 / 11), "lift": pytest.approx(10 / 11 / 0.6)},
        ]  # fmt: skip

    def test_nine_orders_make_no_rule_and_ten_make_one(self):
        assert basket_rules(items(*["AB"] * 9, *["X"] * 20), NAMES) == []
        assert len(basket_rules(items(*["AB"] * 10, *["X"] * 20), NAMES)) == 1

    @pytest.mark.parametrize("order_count", [1_000, 1_300, 2_900, 4_900])
    def test_one_order_in_a_hundred_is_enough_to_the_order(self, order_count):
        enough = ["AB"] * (order_count // 100)
        assert len(basket_rules(items(*enough, order_count=order_count), NAMES)) == 1
        assert basket_rules(items(*enough[1:], order_count=order_count), NAMES) == []

    def test_fewer_than_ten_orders_and_none_at_all_have_no_rules(self):
        assert basket_rules(items(*["AB"] * 9), NAMES) == []
        assert basket_rules(items(), NAMES) == []

    def test_a_lift_of_one_and_a_half_is_not_enough(self):
        # A in 20 of 30, B in 20 of 30, both in 20: the lift is 1.5
        assert basket_rules(items(*["AB"] * 20, *["X"] * 10), NAMES) == []
        assert len(basket_rules(items(*["AB"] * 20, *["X"] * 11), NAMES)) == 1

    def test_two_products_may_lead_to_a_third_without_repeating_its_parts(self):
        baskets = ["ABC"] * 10 + ["A"] * 10 + ["B"] * 10 + ["X"] * 30
        (rule,) = basket_rules(items(*baskets), NAMES)
        assert (rule["if"], rule["then"]) == (["product A", "product B"], ["product C"])
        assert rule["lift"] == pytest.approx(6)

    def test_rules_that_share_one_product_are_both_listed_by_lift(self):
        baskets = ["AB"] * 20 + ["BC"] * 12 + ["XY"] * 15 + ["D"] * 100
        rules = basket_rules(items(*baskets), NAMES)
        assert [{*rule["if"], *rule["then"]} for rule in rules] == [
            {"product X", "product Y"}, {"product A", "product B"}, {"product B", "product C"},
        ]  # fmt: skip

    def test_the_order_of_the_rows_does_not_matter(self):
        table = items(*["ABC"] * 10, *["BCD"] * 12, *["AD"] * 11, *["XY"] * 12, *["X"] * 30)
        assert basket_rules(table, NAMES) == basket_rules(table.sample(frac=1, random_state=0), NAMES) != []

    def test_rules_are_of_the_segments_own_orders(self):
        lines = [line("a", product, order=str(order), description=f"thing {product}")
                 for order in range(10) for product in "AB"]  # fmt: skip
        lines += [line("a", "X", order=f"x{order}") for order in range(10)]
        lines += [line("b", "A", order=str(order)) for order in range(20)] + [line("b", "B", order="last")]
        found = described(lines, {"a": 1, "b": 2})
        (rule,) = found[1]["baskets"]
        assert (rule["if"], rule["then"], rule["orders"], rule["support"]) == (["thing A"], ["thing B"], 10, 0.5)
        assert found[2]["baskets"] == []

    def test_only_the_latest_orders_and_the_most_frequent_products_are_looked_at(self, monkeypatch):
        early, late = datetime(2023, 1, 1), datetime(2024, 1, 1)
        lines = [line("a", product, order=f"e{n}", at=early) for n in range(30) for product in "AB"]
        lines += [line("a", product, order=f"l{n}", at=late) for n in range(12) for product in "CD"]
        lines += [line("a", "X", order=f"x{n}", at=late) for n in range(13)]
        assert len(described(lines, {"a": 1})[1]["baskets"]) == 2  # C and D, A and B
        monkeypatch.setattr(habits, "MOST_ORDERS", 25)
        (rule,) = described(lines, {"a": 1})[1]["baskets"]
        assert ({*rule["if"], *rule["then"]}, rule["support"]) == ({"C", "D"}, 12 / 25)
        monkeypatch.setattr(habits, "MOST_PRODUCTS", 2)
        assert described(lines, {"a": 1})[1]["baskets"] == []  # X and C are left


def test_a_source_without_products_has_days_and_nothing_else():
    found = described([line("a", None)], {"a": 1})[1]
    assert (found["products"], found["groups"], found["countries"], found["baskets"]) == ([], [], [], [])
    assert found["weekdays"][0] == 1


def test_habits_are_plain_data_and_the_same_again():
    lines = [line(c, p, description=p, country="Chile", group="G") for c in people(30, 1) for p in "AB"]
    found = described(lines, people(30, 1))
    assert json.loads(json.dumps(found)) == {"1": found[1]}
    assert described(lines[::-1], people(30, 1)) == found


def test_nothing_stays_on_the_connection_where_the_description_fails():
    with duckdb.connect() as connection:
        with pytest.raises(duckdb.CatalogException, match="net_lines"):
            describe_habits(connection, pd.DataFrame({"customer_id": ["a"], "segment_id": [1]}))
        assert connection.execute("select * from information_schema.tables").fetchall() == []
