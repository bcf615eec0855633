"""Gauss-Jacobi quadrature against closed forms."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import beta as beta_function
from scipy.special import hyp2f1

from clientela.clv.quadrature import beta_nodes, mean_until_dropout


@pytest.mark.parametrize("a", [0.01, 0.793, 1.0, 7.5])
@pytest.mark.parametrize("b", [0.2, 2.426, 60.0])
def test_the_rule_integrates_polynomials_exactly(a, b):
    nodes, weights = beta_nodes(a, np.array([b]), 10)
    moment = 1.0
    for power in range(20):
        assert (nodes[0] ** power) @ weights[0] == pytest.approx(moment, rel=1e-9)
        moment *= (a + power) / (a + b + power)


@pytest.mark.parametrize("a", [0.1, 0.793, 3.0])
@pytest.mark.parametrize("x", [0, 1, 7, 50])
def test_the_mean_equals_the_closed_form_where_scipy_can_evaluate_it(a, x):
    horizons = np.array([[0.01, 0.3, 1.5, 8.0, 25.0]])
    b, s = 2.426 + x, 0.243 + x
    ratio = (1 + horizons) ** -s * hyp2f1(s, b, a + b - 1, horizons / (1 + horizons))
    textbook = (a + b - 1) / (a - 1) * (1 - ratio)
    for u, expected in zip(horizons[0], textbook[0], strict=True):
        found = mean_until_dropout(a, np.array([b]), np.array([s]), np.array([[u]]))
        assert found[0, 0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("x", [500, 2_000])
@pytest.mark.parametrize("u", [0.1, 1.0, 9.0])
def test_the_mean_is_exact_for_many_purchases_where_scipy_fails(x, u):
    a, b, s = 0.793, 2.426 + x, 0.243 + x

    def density(p: float) -> float:
        p = max(p, 1e-300)  # p^(a - 1) is the weight of the first part, and a factor in the others
        return float(np.exp((b - 1) * np.log1p(-p)) * -np.expm1(-s * np.log1p(p * u)) / p)

    parts = [0.0, 0.1 / x, 1 / x, 5 / x, 30 / x]
    whole = quad(density, 0, parts[1], weight="alg", wvar=(a - 1, 0), epsrel=1e-10)[0]
    for low, high in pairwise(parts[1:]):
        whole += quad(lambda p: density(p) * p ** (a - 1), low, high, epsrel=1e-10)[0]
    found = mean_until_dropout(a, np.array([b]), np.array([s]), np.array([[u]]))
    assert found[0, 0] == pytest.approx(whole / beta_function(a, b), rel=1e-6)


def test_without_dropout_the_mean_is_that_of_a_poisson_process():
    found = mean_until_dropout(1e-9, np.array([5_000.0]), np.array([3.0]), np.array([[0.5, 2.0]]))
    assert found[0] == pytest.approx([1.5, 6.0], rel=1e-6)


def test_rows_do_not_depend_on_their_neighbours():
    rng = np.random.default_rng(0)
    b, s, u = rng.integers(1, 40, 500) + 2.4, rng.integers(0, 40, 500) + 0.3, rng.uniform(0, 60, (500, 2))
    together = mean_until_dropout(0.8, b, s, u)
    alone = np.vstack([mean_until_dropout(0.8, b[i : i + 1], s[i : i + 1], u[i : i + 1]) for i in range(500)])
    np.testing.assert_allclose(together, alone, rtol=1e-12)
