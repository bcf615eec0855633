"""Opportunities: customers near a threshold, and the gain."""

import numpy as np
import pandas as pd
import pytest

from clientela.insiders.opportunities import OpportunityInputs, find_opportunities
from clientela.insiders.rules import Conditions, MembershipRules

RULES = MembershipRules(180, Conditions(500.0, 3, 60), Conditions(300.0, 2, 90))
FIGURES = pd.DataFrame(
    {
        "spend": [900.0, 450.0, 400.0, 100.0, 350.0, 0.0],
        "orders": [9.0, 2.0, 4.0, 1.0, 3.0, 0.0],
        "days": [5.0, 80.0, 10.0, 200.0, 70.0, 250.0],
    }
)
IN_30_DAYS = FIGURES.assign(spend=[900.0, 300.0, 400.0, 0.0, 250.0, 0.0], days=FIGURES["days"] + 30)
MEMBER = np.array([True, False, False, False, True, False])
WAS_MEMBER = np.array([False, False, False, False, False, True])


@pytest.fixture
def found():
    known = OpportunityInputs(
        FIGURES,
        IN_30_DAYS,
        member=MEMBER,
        was_member=WAS_MEMBER,
        order_value=np.array([100.0, 60.0, 20.0, 100.0, 110.0, 10.0]),
        expected=np.array([300.0, 80.0, 90.0, 5.0, 120.0, 30.0]),
    )
    rows = find_opportunities(RULES, known, member_value=150.0)
    return {row.name: row for row in rows}


def test_customers_one_usual_order_from_entering(found):
    # The second customer has 450 + 60 and a third order then. The first and fifth are members; the others need more.
    one = found["one_order"]
    assert one.customers.tolist() == [False, True, False, False, False, False]
    assert one.value == 60.0


def test_customers_short_of_the_spend_by_at_most_a_quarter(found):
    short = found["spend_short"]
    assert short.customers.tolist() == [False, False, True, False, False, False]
    assert (short.value, short.needs) == (100.0, 100.0)


def test_members_who_are_removed_within_30_days_without_a_purchase(found):
    risk = found["at_risk"]
    assert risk.customers.tolist() == [False, False, False, False, True, False]
    assert (risk.value, risk.needs) == (120.0, 50.0)


def test_former_members_gain_the_difference_to_a_member(found):
    lapsed = found["lapsed"]
    assert lapsed.customers.tolist() == [False] * 5 + [True]
    assert lapsed.value == 120.0


def test_empty_groups_are_left_out():
    everybody = np.ones(len(FIGURES), dtype=bool)
    known = OpportunityInputs(
        FIGURES, FIGURES.assign(spend=1e6, orders=9.0, days=1.0), member=everybody, was_member=everybody,
        order_value=np.ones(6), expected=np.ones(6),
    )  # fmt: skip
    rows = find_opportunities(RULES, known, member_value=1.0)
    assert rows == []


def outside(*, spend, orders, was_member=False, order_value=10.0):
    """The names of the groups that one customer who is not a member belongs to."""
    figures = pd.DataFrame({"spend": [spend], "orders": [float(orders)], "days": [10.0]})
    known = OpportunityInputs(
        figures, figures, member=np.array([False]), was_member=np.array([was_member]),
        order_value=np.array([order_value]), expected=np.array([1.0]),
    )  # fmt: skip
    return [row.name for row in find_opportunities(RULES, known, member_value=150.0)]


def test_a_former_member_one_order_away_counts_once():
    assert outside(spend=450.0, orders=2, was_member=True, order_value=60.0) == ["one_order"]


@pytest.mark.parametrize(("spend", "names"), [(375.0, ["spend_short"]), (374.0, []), (350.0, [])])
def test_close_to_the_threshold_is_a_quarter_of_it_at_most(spend, names):
    assert outside(spend=spend, orders=3) == names


@pytest.mark.parametrize(("orders", "names"), [(2, ["one_order"]), (1, [])])
def test_one_order_is_enough_where_one_is_missing(orders, names):
    assert outside(spend=490.0, orders=orders, order_value=10.0) == names


def test_a_former_member_of_whom_more_is_expected_gains_nothing():
    figures = pd.DataFrame({"spend": [10.0], "orders": [1.0], "days": [100.0]})
    known = OpportunityInputs(
        figures, figures, member=np.array([False]), was_member=np.array([True]), order_value=np.array([10.0]),
        expected=np.array([200.0]),
    )  # fmt: skip
    (lapsed,) = find_opportunities(RULES, known, member_value=150.0)
    assert (lapsed.name, lapsed.value) == ("lapsed", 0.0)
