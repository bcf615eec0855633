"""The replay: customers who enter, stay and leave, and those who come back soon."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from clientela.insiders.replay import replay
from clientela.insiders.rules import Conditions, MembershipRules
from clientela.insiders.window_figures import months_back

RULES = MembershipRules(90, Conditions(100.0, 1, 90), Conditions(60.0, 1, 90))


def months(*spends):
    """One dict of customer -> spend per month; a customer with a spend of 0 is known, too."""
    return [
        (
            date(2024, month, 1),
            pd.DataFrame(
                {"spend": list(spend.values()), "orders": [float(one > 0) for one in spend.values()], "days": 5.0},
                index=pd.Index(spend, name="customer_id"),
            ),
        )
        for month, spend in enumerate(spends, start=1)
    ]


def test_counts_of_each_month():
    found = replay(RULES, months({"a": 100.0, "b": 80.0}, {"a": 70.0, "b": 100.0}, {"a": 50.0, "b": 60.0, "c": 500.0}))
    counts = [(one.customers, one.members, one.entered, one.left, one.stayed) for one in found.months]
    assert counts == [(2, 1, 1, 0, 0), (2, 2, 1, 0, 1), (3, 2, 1, 1, 1)]
    assert found.members().tolist() == ["b", "c"]
    assert found.members(0).tolist() == ["a"]


def test_customers_without_an_order_yet_are_not_members():
    found = replay(RULES, months({"b": 100.0}, {"a": 100.0, "b": 100.0}))
    assert dict(zip(found.customers, found.states[0], strict=True)) == {"a": False, "b": True}


def test_a_return_within_three_months_counts_as_flapping():
    # a leaves after the first month and is back in the third; b leaves for good.
    spends = [{"a": 100.0, "b": 100.0}, {"a": 0.0, "b": 0.0}, *[{"a": 100.0, "b": 0.0}] * 3]
    assert replay(RULES, months(*spends)).flapped == 0.5


def test_members_who_left_in_the_last_three_months_do_not_count():
    spends = [*[{"a": 100.0}] * 4, {"a": 0.0}]
    assert replay(RULES, months(*spends)).flapped is None


def test_hysteresis_keeps_members_between_the_two_thresholds():
    rng = np.random.default_rng(0)
    hovering = [{"a": 100.0}, *({"a": float(spend)} for spend in rng.uniform(61, 139, 10))]
    found = replay(RULES, months(*hovering))
    assert [one.left for one in found.months] == [0] * 11


def test_a_month_back_is_the_same_day_or_the_last_of_the_month():
    assert months_back(date(2011, 12, 10), 3) == date(2011, 9, 10)
    assert months_back(date(2024, 3, 31), 1) == date(2024, 2, 29)
    assert months_back(date(2024, 1, 15), 13) == date(2022, 12, 15)
    assert months_back(date(2024, 1, 15), 0) == date(2024, 1, 15)


@pytest.mark.parametrize(("months_away", "flapped"), [(1, 1.0), (2, 1.0), (3, 1.0), (4, 0.0)])
def test_a_return_in_the_third_month_is_a_flap_and_one_in_the_fourth_is_not(months_away, flapped):
    # With one more month, so that the return in the fourth lies within the replay.
    spends = [{"a": 100.0}, *[{"a": 0.0}] * months_away, *[{"a": 100.0}] * (6 - months_away)]
    assert replay(RULES, months(*spends)).flapped == flapped


def test_a_member_who_left_two_months_before_the_end_does_not_count_yet():
    assert replay(RULES, months(*[{"a": 100.0}] * 2, *[{"a": 0.0}] * 3)).flapped is None
    assert replay(RULES, months(*[{"a": 100.0}] * 2, *[{"a": 0.0}] * 4)).flapped == 0.0
