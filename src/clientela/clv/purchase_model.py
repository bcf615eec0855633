"""The base class of BG/NBD, MBG/NBD and Pareto/NBD: fit, uncertainty of the parameters, and predictions."""

from abc import ABC, abstractmethod
from copy import copy
from functools import partial
from typing import Any, ClassVar, Self, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from clientela.clv.likelihood import maximise
from clientela.clv.rows import PurchaseRows, checked
from clientela.errors import InvalidData, InvalidInput

SAMPLE = 3_000  # customers of the rough search
STARTS = np.log(
    [[0.5, 0.3, 0.8, 2.5], [0.3, 0.1, 0.3, 1.0], [1.5, 1.0, 0.6, 1.0], [1.0, 1.0, 0.1, 2.0], [3, 0.5, 2, 6]]
)


class PurchaseModel(ABC, BaseEstimator):
    """Purchases of customers who buy at their own rate until they stop for good, which is not observed.

    Args:
        seed: random seed of the sample that the search starts with.

    Attributes:
        parameters_: fitted parameters, name -> value (time unit of the summary).
        log_likelihood_: total log-likelihood.
        covariance_: covariance of the logarithms of the parameters; (4, 4) (see `likelihood.Maximum`).
        converged_: whether the search ended at a maximum inside the parameters' range.
        customers_: number of customers in the fit.
    """

    names: ClassVar[tuple[str, str, str, str]]
    times: ClassVar[tuple[str, ...]]  # parameters that are times

    parameters_: dict[str, float]
    log_likelihood_: float
    covariance_: np.ndarray
    converged_: bool
    customers_: int

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, customers: pd.DataFrame, y: object = None) -> Self:
        """Fit by maximum likelihood; a fit that did not converge is kept for inspection (`converged_`).

        Args:
            customers: one row per customer with the columns frequency, recency and T (`PurchaseSummary`).
            y: ignored, for compatibility with scikit-learn.

        Raises:
            InvalidInput: a column is missing, or a value is missing, negative or contradicts another.
            InvalidData: no customer has a repeat purchase.
        """
        rows = PurchaseRows.of(customers)
        if not (rows.x > 0).any():
            raise InvalidData(
                f"The purchase model must see customers who buy again. Got {len(customers)} customers and none who did."
            )
        scale = float(np.average(rows.T, weights=rows.count))
        scaled = rows.in_unit(scale)
        some = scaled.sample(SAMPLE, self.seed)
        found = maximise(partial(self._total, rows=scaled), rough=partial(self._total, rows=some), starts=list(STARTS))
        logs = found.logs + np.where([name in self.times for name in self.names], np.log(scale), 0.0)
        self._set(np.exp(logs))
        # Each repeat purchase is a density in time.
        self.log_likelihood_ = found.log_likelihood - float(rows.x @ rows.count) * float(np.log(scale))
        self.covariance_, self.converged_, self.customers_ = found.covariance, found.converged, len(customers)
        return self

    @property
    def values_(self) -> np.ndarray:
        """The parameters in the order of `names`."""
        check_is_fitted(self, "parameters_")
        return np.array([self.parameters_[name] for name in self.names])

    def log_likelihood(self, customers: pd.DataFrame) -> float:
        """Total log-likelihood of customers under the fitted parameters."""
        return self._total(np.log(self.values_), PurchaseRows.of(customers))[0]

    def with_parameters(self, *values: float) -> Self:
        """A copy with given parameters, in the order of `names`, as if they had been fitted.

        Raises:
            InvalidInput: there are not four parameters, or one is not positive and finite.
        """
        if len(values) != len(self.names) or not all(np.isfinite(value) and value > 0 for value in values):
            what = f"The parameters {', '.join(self.names)} of {type(self).__name__}"
            raise InvalidInput(f"{what} must be positive. Got {values} instead.")
        other = copy(self)
        other._set(np.array(values))
        return other

    def draw_parameters(self, draws: int, rng: np.random.Generator) -> list[Self]:
        """Models with parameters drawn from their asymptotic distribution, log-normal around the maximum."""
        logs = rng.multivariate_normal(np.log(self.values_), self.covariance_, size=draws, method="eigh")
        return [self.with_parameters(*np.exp(np.clip(row, -30, 30))) for row in logs]

    def expected_purchases(self, customers: pd.DataFrame, periods: ArrayLike) -> np.ndarray:
        """Expected number of purchases of each customer in the `periods` after T, given the past.

        For a new customer, frequency, recency and T are 0, and the result is the expected number of repeat purchases.

        Args:
            customers: one row per customer with the columns frequency, recency and T.
            periods: one horizon or several (time unit of the summary).

        Returns:
            (customers,), or (customers, horizons) where `periods` is a list.

        Raises:
            InvalidInput: a horizon is negative or not finite, or the summary violates a rule.
        """
        horizons = np.asarray(periods, dtype=float)
        if not np.all(np.isfinite(horizons) & (horizons >= 0)):
            raise InvalidInput(f"The periods of expected_purchases must be finite and >= 0. Got {periods!r} instead.")
        rows = PurchaseRows.of(customers)
        alive = self._alive(rows)
        purchases = (alive[:, None] * self._purchases_if_alive(rows, np.atleast_1d(horizons)))[rows.place]
        return purchases[:, 0] if horizons.ndim == 0 else purchases

    def probability_alive(self, customers: pd.DataFrame) -> np.ndarray:
        """Probability of each customer to be alive at T, given the past; (customers,).

        Raises:
            InvalidInput: the summary violates a rule.
        """
        rows = PurchaseRows.of(customers)
        return cast(np.ndarray, self._alive(rows)[rows.place])

    def sample_purchases(
        self, customers: pd.DataFrame, ends: ArrayLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """One draw of each customer's future, given the past and the fitted parameters.

        Args:
            customers: as for `expected_purchases`.
            ends: ends of consecutive periods after T, rising (time unit of the summary).
            rng: random generator.

        Returns:
            Whether each customer is alive at T (customers,), and the purchases in each period (customers, periods).
        """
        x, t_x, T = checked(customers)
        rows = PurchaseRows(x, t_x, T, np.ones(len(x)))
        alive = rng.random(len(x)) < self._alive(rows)
        living = np.flatnonzero(alive)
        purchases = np.zeros((len(x), len(np.atleast_1d(ends))), dtype=np.int64)
        lengths = np.diff(np.atleast_1d(np.asarray(ends, dtype=float)), prepend=0.0)
        some = PurchaseRows(x[living], t_x[living], T[living], rows.count[living])
        purchases[living] = self._sample_if_alive(some, lengths, rng)
        return alive, purchases

    @abstractmethod
    def simulate(self, T: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
        """New customers under the fitted parameters, observed for `T` each: frequency, recency and T."""

    @abstractmethod
    def _scores(self, values: np.ndarray, rows: PurchaseRows) -> tuple[np.ndarray, list[np.ndarray]]:
        """Log-likelihood of each row, and its derivative with respect to each parameter."""

    @abstractmethod
    def _alive(self, rows: PurchaseRows) -> np.ndarray:
        """Probability of each row to be alive at T."""

    @abstractmethod
    def _purchases_if_alive(self, rows: PurchaseRows, horizons: np.ndarray) -> np.ndarray:
        """Expected purchases of each row in each horizon, given that it is alive at T; (rows, horizons)."""

    @abstractmethod
    def _sample_if_alive(self, rows: PurchaseRows, lengths: np.ndarray, rng: np.random.Generator) -> Any:
        """A draw of the purchases of each row, alive at T, in consecutive periods of the given lengths."""

    def _total(self, logs: np.ndarray, rows: PurchaseRows) -> tuple[float, np.ndarray]:
        values = np.exp(logs)
        terms, slopes = self._scores(values, rows)
        return float(terms @ rows.count), np.array([slope @ rows.count for slope in slopes]) * values

    def _set(self, values: np.ndarray) -> None:
        self.parameters_ = {name: float(value) for name, value in zip(self.names, values, strict=True)}
