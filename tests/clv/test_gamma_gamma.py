"""The Gamma-Gamma model of spend."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.clv import GammaGamma
from clientela.clv.gamma_gamma import _total
from clientela.errors import InvalidData, InvalidInput


def customers(x, mean) -> pd.DataFrame:
    return pd.DataFrame({"frequency": x, "monetary_value": mean})


@pytest.fixture
def shop(spend):
    rng = np.random.default_rng(4)
    x = rng.integers(0, 8, 6_000)
    return customers(x, spend.simulate(x, rng))


def test_the_fit_recovers_the_parameters(spend, shop):
    fitted = GammaGamma().fit(shop)
    errors = np.sqrt(np.diag(fitted.covariance_))
    assert fitted.converged_
    assert np.all(np.abs(np.log(fitted.values_ / spend.values_)) < 3 * errors)
    assert fitted.customers_ == (shop["frequency"] > 0).sum()


def test_the_fit_does_not_depend_on_the_currency(shop):
    pounds, pence = GammaGamma().fit(shop), GammaGamma().fit(shop.assign(monetary_value=shop["monetary_value"] * 100))
    expected = {**pounds.parameters_, "gamma": pounds.parameters_["gamma"] * 100}
    assert pence.parameters_ == pytest.approx(expected, rel=1e-5)


def test_the_gradient_is_that_of_the_likelihood(spend, shop):
    said = shop[shop["frequency"] > 0].to_numpy(dtype=float)
    logs = np.log(spend.values_) + 0.1
    steps = np.eye(3) * 1e-5
    slopes = [(_total(logs + step, *said.T)[0] - _total(logs - step, *said.T)[0]) / 2e-5 for step in steps]
    assert _total(logs, *said.T)[1] == pytest.approx(slopes, rel=1e-5)


@given(st.floats(0.5, 20), st.floats(1.5, 10), st.floats(1, 100), st.integers(1, 50), st.floats(0.1, 1000))
@settings(max_examples=100)
def test_the_expectation_lies_between_the_customer_and_the_population(p, q, gamma, x, mean):
    model = GammaGamma().with_parameters(p, q, gamma)
    population, own = model.expected_spend(customers([0, x], [0.0, mean]))
    assert population == pytest.approx(p * gamma / (q - 1))
    assert min(mean, population) * (1 - 1e-9) <= own <= max(mean, population) * (1 + 1e-9)


def test_draws_have_the_expected_mean(spend):
    few = customers([0, 1, 6], [0.0, 50.0, 20.0])
    many = pd.concat([few] * 40_000, ignore_index=True)
    rng = np.random.default_rng(0)
    rates = spend.sample_rates(many, rng)
    totals = spend.sample_totals(rates, np.full(len(many), 2), rng).reshape(-1, 3) / 2
    assert totals.mean(axis=0) == pytest.approx(spend.expected_spend(few), rel=0.02)


def test_zero_orders_have_a_spend_of_zero(spend):
    rng = np.random.default_rng(0)
    assert spend.sample_totals(np.ones(3), np.zeros(3), rng).tolist() == [0, 0, 0]
    assert spend.simulate(np.zeros(3), rng).tolist() == [0, 0, 0]


def test_spends_of_zero_or_less_are_left_out(shop):
    free = pd.concat([shop, customers([2, 3], [0.0, -5.0])], ignore_index=True)
    assert GammaGamma().fit(free).parameters_ == GammaGamma().fit(shop).parameters_
    expected = GammaGamma().fit(free).expected_spend(customers([0, 2, 3], [0.0, 0.0, -5.0]))
    assert expected == pytest.approx([expected[0]] * 3)


def test_the_expectation_without_a_mean_is_infinite():
    model = GammaGamma().with_parameters(1.0, 0.5, 10.0)
    assert model.expected_spend(customers([0, 3], [0.0, 20.0])).tolist() == [np.inf, pytest.approx(70 / 2.5)]


def test_invalid_data_are_refused():
    with pytest.raises(InvalidData, match=r"Got 2 instead"):
        GammaGamma().fit(customers([1, 2, 0, 4], [5.0, 6.0, 0.0, 0.0]))
    with pytest.raises(InvalidInput, match="'monetary_value'"):
        GammaGamma().fit(pd.DataFrame({"frequency": [1]}))
    with pytest.raises(InvalidInput, match="must be finite"):
        GammaGamma().fit(customers([1, 2], [1.0, float("nan")]))
