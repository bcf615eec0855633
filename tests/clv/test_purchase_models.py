"""BG/NBD, MBG/NBD and Pareto/NBD: fit, predictions, draws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import hyp2f1
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from clientela.clv import BetaGeometricNBD, ModifiedBetaGeometricNBD, ParetoNBD
from clientela.clv.rows import PurchaseRows
from clientela.errors import InvalidData, InvalidInput

MODELS = [BetaGeometricNBD, ModifiedBetaGeometricNBD, ParetoNBD]
positive = st.floats(0.05, 20)


@st.composite
def histories(draw):
    """A model with any parameters, and a customer's frequency, recency and T."""
    model = draw(st.sampled_from(MODELS))().with_parameters(*(draw(positive) for _ in range(4)))
    T = draw(st.floats(0, 200))
    x = draw(st.integers(0, 300))
    return model, x, T * draw(st.floats(0, 1)) if x else 0.0, T


def customers(*rows: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["frequency", "recency", "T"])


@given(histories())
@settings(max_examples=200)
def test_the_probability_to_be_alive_falls_with_inactivity(history):
    model, x, t_x, T = history
    pauses = np.array([0.0, 1.0, 5.0, 50.0])
    alive = model.probability_alive(customers(*((x, t_x, T + pause) for pause in pauses)))
    assert np.all((alive >= 0) & (alive <= 1))
    # A BG/NBD customer without a repeat purchase cannot have stopped.
    assert np.all(np.diff(alive) <= 1e-12)


@given(histories(), st.floats(0, 100), st.floats(0, 100))
@settings(max_examples=200)
def test_expected_purchases_grow_with_the_horizon(history, first, more):
    model, x, t_x, T = history
    until = model.expected_purchases(customers((x, t_x, T)), [0.0, first, first + more])[0]
    assert until[0] == 0
    assert 0 <= until[1] <= until[2] * (1 + 1e-9)
    # Without dropout the customer would buy (r + x) / (alpha + T) times a period.
    r, alpha = model.parameters_["r"], model.parameters_["alpha"]
    assert until[2] <= (r + x) / (alpha + T) * (first + more) * (1 + 1e-9)


@given(histories(), st.floats(0.01, 100))
@settings(max_examples=50)
def test_results_do_not_depend_on_the_time_unit(history, factor):
    model, x, t_x, T = history
    scaled = [value * (factor if name in model.times else 1) for name, value in model.parameters_.items()]
    other = type(model)().with_parameters(*scaled)
    now, then = customers((x, t_x, T)), customers((x, min(t_x * factor, T * factor), T * factor))
    assert other.probability_alive(then) == pytest.approx(model.probability_alive(now), abs=1e-6)
    assert other.expected_purchases(then, 10 * factor) == pytest.approx(model.expected_purchases(now, 10), rel=1e-6)


@pytest.mark.parametrize("parameters", [(0.553, 10.578, 0.606, 11.669), (2.0, 30.0, 0.5, 3.0), (0.5, 1.0, 2.0, 40.0)])
@pytest.mark.parametrize("history", [(0, 0.0, 40.0), (2, 30.43, 38.86), (20, 10.0, 60.0), (3, 1.0, 90.0)])
def test_pareto_nbd_equals_the_published_formula(parameters, history):
    """Fader & Hardie (2005), equation 22 to 24: 2F1 with either of alpha and beta the larger."""
    r, alpha, s, beta = parameters
    x, t_x, T = history
    high, low, second = (alpha, beta, s + 1) if alpha >= beta else (beta, alpha, r + x)
    k = r + s + x

    def term(t: float) -> float:
        return float(hyp2f1(k, second, k + 1, (high - low) / (high + t)) / (high + t) ** k)

    odds = s / k * (alpha + T) ** (r + x) * (beta + T) ** s * (term(t_x) - term(T))
    model = ParetoNBD().with_parameters(*parameters)
    assert model.probability_alive(customers(history)) == pytest.approx(1 / (1 + odds), rel=1e-6)


def test_gradients_match_the_likelihood(truth, simulated):
    rows, logs = PurchaseRows.of(simulated), np.log(truth.values_) + 0.2
    gradient = truth._total(logs, rows)[1]
    steps = np.eye(4) * 1e-5
    slopes = [(truth._total(logs + step, rows)[0] - truth._total(logs - step, rows)[0]) / 2e-5 for step in steps]
    assert gradient == pytest.approx(slopes, rel=1e-5, abs=1e-3)


def test_counting_equal_customers_once_does_not_change_the_likelihood(truth):
    rng = np.random.default_rng(2)
    few = truth.simulate(np.full(300, 60.0), rng).round(1)
    order = rng.permutation(np.repeat(np.arange(300), 3))
    once, thrice = type(truth)().fit(few), type(truth)().fit(few.iloc[order])
    assert thrice.parameters_ == pytest.approx(once.parameters_, rel=1e-3)
    assert thrice.log_likelihood_ == pytest.approx(3 * once.log_likelihood_, abs=1e-3)
    assert thrice.covariance_[0, 0] == pytest.approx(once.covariance_[0, 0] / 3, rel=0.02)
    np.testing.assert_allclose(once.probability_alive(few.iloc[order]), once.probability_alive(few)[order], rtol=1e-12)


def test_drawn_purchases_have_the_expected_mean(truth):
    few = customers((0, 0.0, 40.0), (2, 30.0, 40.0), (9, 20.0, 40.0))
    many = pd.concat([few] * 20_000, ignore_index=True)
    alive, purchases = truth.sample_purchases(many, [5, 26], np.random.default_rng(0))
    assert alive.reshape(-1, 3).mean(axis=0) == pytest.approx(truth.probability_alive(few), abs=0.012)
    until = purchases.cumsum(axis=1).reshape(-1, 3, 2)
    error = until.std(axis=0) / np.sqrt(len(until))
    assert np.all(np.abs(until.mean(axis=0) - truth.expected_purchases(few, [5, 26])) <= 4 * error)


def test_draws_of_mbg_nbd_use_the_survived_first_purchase():
    model = ModifiedBetaGeometricNBD().with_parameters(1.0, 1.0, 0.8, 0.3)
    many = customers(*[(0, 0.0, 1.0)] * 40_000)
    purchases = model.sample_purchases(many, [20], np.random.default_rng(0))[1]
    assert purchases.mean() == pytest.approx(model.expected_purchases(many[:1], 20)[0], rel=0.05)


def test_simulated_customers_buy_as_often_as_expected(truth):
    T = np.full(40_000, 50.0)
    simulated = truth.simulate(T, np.random.default_rng(0))
    new = truth.expected_purchases(customers((0, 0.0, 0.0)), 50)[0]
    error = simulated["frequency"].std() / np.sqrt(len(T))
    assert abs(simulated["frequency"].mean() - new) <= 4 * error
    assert simulated["recency"].le(50).all()
    assert simulated.loc[simulated["frequency"].eq(0), "recency"].eq(0).all()


def test_the_fit_recovers_the_parameters(truth):
    rng = np.random.default_rng(3)
    fitted = type(truth)().fit(truth.simulate(rng.uniform(26, 104, 20_000), rng))
    errors = np.sqrt(np.diag(fitted.covariance_))
    assert fitted.converged_
    assert np.all(np.abs(np.log(fitted.values_ / truth.values_)) < 3 * errors)
    assert errors.max() < 0.2


def test_fits_are_reproducible(truth, simulated):
    first, second = type(truth)().fit(simulated), type(truth)().fit(simulated)
    assert first.parameters_ == second.parameters_
    assert clone(first).get_params() == {"seed": 0}


def test_customers_without_dropout_can_be_fitted():
    rng = np.random.default_rng(0)
    bought = rng.poisson(rng.gamma(1.0, 0.1, 800) * 50)
    last = rng.beta(np.maximum(bought, 1), 1) * 50
    regular = pd.DataFrame({"frequency": bought, "recency": np.where(bought > 0, last, 0.0), "T": 50.0})
    for model in MODELS:
        fitted = model().fit(regular)
        assert fitted.converged_
        assert fitted.probability_alive(regular).mean() > 0.97
        assert fitted.parameters_["r"] / fitted.parameters_["alpha"] == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ((-1, 0, 5), "frequency must be whole numbers >= 0"),
        ((1.5, 1, 5), "frequency must be whole numbers >= 0"),
        ((1, 6, 5), "recency must lie in 0 to T"),
        ((1, float("nan"), 5), "recency must lie in 0 to T"),
        ((0, 1, 5), "recency must be 0 where frequency is 0"),
        ((1, 1, float("inf")), "T must be finite and >= 0"),
    ],
)
def test_invalid_rows_are_refused(row, rule):
    with pytest.raises(InvalidInput, match=rule):
        BetaGeometricNBD().fit(customers((1, 2, 5), row))


def test_data_that_cannot_be_fitted_are_refused():
    with pytest.raises(InvalidInput, match="It lacks 'T'"):
        BetaGeometricNBD().fit(customers((1, 2, 5)).drop(columns="T"))
    with pytest.raises(InvalidData, match="Got 2 customers and none who did"):
        ParetoNBD().fit(customers((0, 0, 5), (0, 0, 9)))
    with pytest.raises(InvalidInput, match="must be positive"):
        ParetoNBD().with_parameters(1, 1, 0, 1)
    with pytest.raises(InvalidInput, match="finite and >= 0"):
        BetaGeometricNBD().with_parameters(1, 1, 1, 1).expected_purchases(customers((0, 0, 5)), -1)
    with pytest.raises(NotFittedError):
        BetaGeometricNBD().expected_purchases(customers((0, 0, 5)), 1)


@pytest.mark.parametrize(
    ("model", "alive"), [(BetaGeometricNBD, 1), (ModifiedBetaGeometricNBD, 1 / 3)], ids=["bg", "mbg"]
)
def test_only_the_modified_model_lets_customers_stop_after_their_first_purchase(model, alive):
    """Odds to be dead of a / b * ((alpha + T) / alpha)^r = 2 (Batislam, Denizel & Filiztekin 2007)."""
    fitted = model().with_parameters(1, 1, 1, 1)
    assert fitted.probability_alive(customers((0, 0.0, 1.0))) == pytest.approx([alive])
