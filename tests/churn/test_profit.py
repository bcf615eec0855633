"""Costs and thresholds: worked examples and monotonicity."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.churn.profit import Costs, profit_curve, realised_profit

money = st.floats(0.1, 1e4)
rates = st.floats(0.01, 1.0)
NEVER = Costs(contact_cost=10, success_rate=0.0, value_saved=150)
COSTS = Costs(contact_cost=10, success_rate=0.3, value_saved=150)


def test_worked_example_of_a_call():
    assert COSTS.break_even(150) == pytest.approx(10 / 45)
    values = COSTS.values(np.array([1.0, 2.0]))
    assert values.tolist() == [150, 150]
    assert COSTS.expected_profit(np.array([0.5, 0.1]), values) == pytest.approx([12.5, -5.5])
    assert COSTS.pays(np.array([0.5, 0.1]), values).tolist() == [True, False]


def test_value_from_spend():
    costs = Costs(contact_cost=5, success_rate=0.2, share_of_yearly_spend=0.25)
    assert costs.values(np.array([100.0, 0.0])).tolist() == [300, 0]
    assert costs.break_even(300) == pytest.approx(5 / 60)
    assert costs.break_even(0) == float("inf")


@given(cost=money, rate=rates, value=money, more=st.floats(1.0, 10.0))
def test_the_threshold_rises_with_cost_and_falls_with_value_and_success(cost, rate, value, more):
    at = Costs(cost, rate, value).break_even(value)
    assert Costs(cost * more, rate, value).break_even(value) >= at
    assert Costs(cost, rate, value).break_even(value * more) <= at
    assert Costs(cost, min(rate * more, 1.0), value).break_even(value) <= at


@given(cost=money, rate=rates, value=money, probabilities=st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_expected_profit_and_calls_increase_with_probability(cost, rate, value, probabilities):
    costs, rising = Costs(cost, rate, value), np.sort(np.array(probabilities))
    values = costs.values(np.ones(len(rising)))
    assert (np.diff(costs.expected_profit(rising, values)) >= -1e-9).all()
    called = costs.pays(rising, values)
    assert (np.diff(called.astype(int)) >= 0).all(), "customers with higher probabilities are called first"


def test_the_profit_curve_peaks_at_the_threshold_and_ends_with_all_customers():
    rng = np.random.default_rng(0)
    probability = rng.beta(1, 3, 500)
    y = (rng.random(500) < probability).astype(float)
    values = COSTS.values(probability)
    curve = profit_curve(y, probability, values, COSTS, points=500)
    assert (curve["share"][0], curve["share"][-1]) == (0.0, 1.0)
    assert curve["realised"][0] == curve["expected"][0] == 0.0
    assert curve["realised"][-1] == pytest.approx(realised_profit(y, np.ones(500, bool), values, COSTS))
    assert curve["realised"][-1] == pytest.approx(curve["at_random"][-1])
    called = COSTS.pays(probability, values)
    assert max(curve["expected"]) == pytest.approx(curve["expected"][int(called.sum())])


def test_a_call_that_gains_nothing_is_not_made():
    costs = Costs(contact_cost=10, success_rate=0.5, value_saved=100)
    assert costs.pays(np.array([0.2, 0.21]), np.array([100.0, 100.0])).tolist() == [False, True]


def test_no_call_pays_if_calls_were_measured_to_keep_nobody():
    assert NEVER.break_even(150.0) == float("inf")
    assert not NEVER.pays(np.array([0.9]), np.array([150.0])).any()
