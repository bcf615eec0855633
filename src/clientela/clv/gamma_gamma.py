"""Gamma-Gamma: the spend on an order, which varies around each customer's own mean.

Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value; equations are numbered as there. The model assumes
that the mean spend does not depend on how often a customer buys; `findings` checks that.
"""

from copy import copy
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from scipy.special import gammaln, psi
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from clientela.clv.likelihood import maximise
from clientela.errors import InvalidData, InvalidInput

SAMPLE = 3_000  # customers of the rough search
FEWEST = 3  # customers with a repeat purchase: as many as there are parameters
STARTS = np.log([[4.0, 3.0, 1.0], [1.0, 3.0, 2.0], [10.0, 2.0, 0.2], [2.0, 8.0, 5.0]])


class GammaGamma(BaseEstimator):
    """Spend on an order ~ Gamma(p, nu), with nu ~ Gamma(q, gamma) (Fader & Hardie 2013).

    Args:
        seed: random seed of the sample that the search starts with.

    Attributes:
        parameters_: fitted p, q and gamma (currency).
        log_likelihood_: total log-likelihood of the mean spends.
        covariance_: covariance of the logarithms of the parameters; (3, 3).
        converged_: whether the search ended at a maximum inside the parameters' range.
        customers_: number of customers in the fit: those with a repeat purchase and a positive mean spend.

    Example:
        >>> model = GammaGamma().with_parameters(6.25, 3.74, 15.44)  # the paper's, CDNOW data
        >>> customers = pd.DataFrame({"frequency": [1], "monetary_value": [22.35]})
        >>> model.expected_spend(customers).round(2).tolist()
        [26.27]
    """

    names: ClassVar[tuple[str, str, str]] = ("p", "q", "gamma")

    parameters_: dict[str, float]
    log_likelihood_: float
    covariance_: np.ndarray
    converged_: bool
    customers_: int

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, customers: pd.DataFrame, y: object = None) -> Self:
        """Fit by maximum likelihood.

        Customers without a repeat purchase, or with a mean spend of zero or less, are left out.

        Args:
            customers: one row per customer with the columns frequency and monetary_value (currency).
            y: ignored, for compatibility with scikit-learn.

        Raises:
            InvalidInput: a column is missing or a value is not finite.
            InvalidData: fewer than three customers are left.
        """
        x, mean = _spends(customers)
        known = (x > 0) & (mean > 0)
        x, mean = x[known], mean[known]
        if len(x) < FEWEST:
            who = f"at least {FEWEST} customers who buy again, with a positive spend"
            raise InvalidData(f"The spend model must see {who}. Got {len(x)} instead.")
        scale = float(mean.mean())
        some = np.random.default_rng(self.seed).permutation(len(x))[:SAMPLE]
        found = maximise(
            lambda logs: _total(logs, x, mean / scale),
            rough=lambda logs: _total(logs, x[some], mean[some] / scale),
            starts=list(STARTS),
        )
        self._set(np.exp(found.logs) * np.array([1.0, 1.0, scale]))
        self.log_likelihood_ = found.log_likelihood - len(x) * float(np.log(scale))
        self.covariance_, self.converged_, self.customers_ = found.covariance, found.converged, len(x)
        return self

    @property
    def values_(self) -> np.ndarray:
        """The parameters in the order of `names`."""
        check_is_fitted(self, "parameters_")
        return np.array([self.parameters_[name] for name in self.names])

    def with_parameters(self, *values: float) -> Self:
        """A copy with given parameters, in the order of `names`, as if they had been fitted.

        Raises:
            InvalidInput: there are not three parameters, or one is not positive and finite.
        """
        if len(values) != len(self.names) or not all(np.isfinite(value) and value > 0 for value in values):
            raise InvalidInput(f"The parameters p, q, gamma of GammaGamma must be positive. Got {values} instead.")
        other = copy(self)
        other._set(np.array(values))
        return other

    def draw_parameters(self, draws: int, rng: np.random.Generator) -> list[Self]:
        """Models with parameters drawn from their asymptotic distribution, log-normal around the maximum."""
        logs = rng.multivariate_normal(np.log(self.values_), self.covariance_, size=draws, method="eigh")
        return [self.with_parameters(*np.exp(np.clip(row, -30, 30))) for row in logs]

    def expected_spend(self, customers: pd.DataFrame) -> np.ndarray:
        """Expected mean spend on an order of each customer, given the past (equation 5); (customers,), currency.

        A customer without a repeat purchase, or with a spend of zero or less, gets the mean of the population. The
        result is infinite where the fitted distribution has no mean (p x + q <= 1).

        Raises:
            InvalidInput: a column is missing or a value is not finite.
        """
        p, q, gamma = self.values_
        x, mean = _known(*_spends(customers))
        orders = p * x + q - 1
        with np.errstate(divide="ignore"):
            return np.asarray(np.where(orders > 0, p * (gamma + x * mean) / np.maximum(orders, 0), np.inf))

    def sample_rates(self, customers: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
        """A draw of each customer's nu, given the past: Gamma(p x + q, gamma + x mean); p / nu is the mean spend."""
        p, q, gamma = self.values_
        x, mean = _known(*_spends(customers))
        return np.asarray(rng.gamma(p * x + q) / (gamma + x * mean))

    def sample_totals(self, rates: np.ndarray, orders: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A draw of the spend on a number of orders of each customer.

        Args:
            rates: nu of each customer (`sample_rates`), of a shape that broadcasts to that of `orders`.
            orders: number of orders; any shape.
            rng: random generator.

        Returns:
            Spend in the shape of `orders` (currency).
        """
        return np.asarray(rng.gamma(self.values_[0] * orders) / rates)

    def simulate(self, frequency: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Mean spends of new customers with given numbers of repeat purchases; 0 for customers without any."""
        p, q, gamma = self.values_
        rates = rng.gamma(q, 1 / gamma, len(frequency))
        return np.asarray(rng.gamma(p * frequency) / rates / np.maximum(frequency, 1))

    def _set(self, values: np.ndarray) -> None:
        self.parameters_ = {name: float(value) for name, value in zip(self.names, values, strict=True)}


def _total(logs: np.ndarray, x: np.ndarray, mean: np.ndarray) -> tuple[float, np.ndarray]:
    """Equation 1a: total log-likelihood, and its gradient with respect to the logarithms of the parameters."""
    p, q, gamma = np.exp(logs)
    kinds, at = np.unique(x, return_inverse=True)
    count, orders = np.bincount(at), p * kinds
    log_rest = np.log(gamma + x * mean)
    rest_of = np.bincount(at, weights=log_rest)
    log_spend = np.log(x * mean)
    shape = orders + q
    terms = count * (gammaln(shape) - gammaln(orders) - gammaln(q) + q * np.log(gamma)) - shape * rest_of
    value = terms.sum() + (p * x) @ log_spend - np.log(mean).sum()
    slopes = [
        (kinds * (count * (psi(shape) - psi(orders)) - rest_of)).sum() + x @ log_spend,
        (count * (psi(shape) - psi(q) + np.log(gamma)) - rest_of).sum(),
        (q / gamma - (p * x + q) / (gamma + x * mean)).sum(),
    ]
    return float(value), np.array(slopes) * np.array([p, q, gamma])


def _spends(customers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    for name in ("frequency", "monetary_value"):
        if name not in customers:
            raise InvalidInput(f"The purchase summary must have the column {name!r} for the spend model. It lacks it.")
        if not np.isfinite(customers[name].to_numpy(dtype=float)).all():
            raise InvalidInput(f"The purchase summary's {name} must be finite. Got a value that is not.")
    return customers["frequency"].to_numpy(dtype=float), customers["monetary_value"].to_numpy(dtype=float)


def _known(x: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = (x > 0) & (mean > 0)
    return np.where(known, x, 0.0), np.where(known, mean, 0.0)
