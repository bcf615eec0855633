"""BG/NBD: customers buy at their own rate, and after each repeat purchase they may stop for good.

Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model, Marketing
Science 24(2), 275-284; equations are numbered as there.
"""

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy.special import betaln, expit, gammaln, psi

from clientela.clv.purchase_model import PurchaseModel
from clientela.clv.quadrature import mean_until_dropout
from clientela.clv.rows import PurchaseRows, distinct

SMALLEST_CHANCE = 1e-15  # of dropping out; a smaller one would overflow the number of purchases until then


class BetaGeometricNBD(PurchaseModel):
    """Purchase rate ~ Gamma(r, alpha), chance to stop after a repeat purchase ~ Beta(a, b) (Fader, Hardie & Lee 2005).

    A customer without a repeat purchase cannot have stopped, so their probability to be alive is 1.
    `ModifiedBetaGeometricNBD` removes that limitation.

    Example:
        >>> model = BetaGeometricNBD().with_parameters(0.243, 4.414, 0.793, 2.426)  # the paper's, CDNOW data
        >>> customer = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]})  # weeks
        >>> model.expected_purchases(customer, 39).round(3).tolist()
        [1.226]
    """

    names = ("r", "alpha", "a", "b")
    times = ("alpha",)
    first_chance: ClassVar[int] = 0  # chances to stop after the first purchase

    def simulate(self, T: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
        """New customers under the fitted parameters, observed for `T` each: frequency, recency and T."""
        r, alpha, a, b = self.values_
        rate = rng.gamma(r, 1 / alpha, len(T))
        last = _last_purchase(rng.beta(a, b, len(T)), rng) - self.first_chance
        bought = rng.poisson(rate * T)
        x = np.minimum(bought, last)
        # Poisson events lie uniformly in time: the x-th of them is a beta-distributed share of T.
        share = rng.beta(np.maximum(x, 1), np.maximum(bought - x, 0) + 1)
        return pd.DataFrame({"frequency": x, "recency": np.where(x > 0, share * T, 0.0), "T": T})

    def _scores(self, values: np.ndarray, rows: PurchaseRows) -> tuple[np.ndarray, list[np.ndarray]]:
        """Equation 6: the likelihood of x purchases, the last at t_x, in (0, T]."""
        r, alpha, a, b = values
        # Functions of x alone are computed once per distinct x.
        kinds, at = np.unique(rows.x, return_inverse=True)
        k = kinds + self.first_chance
        end, last = np.log(alpha + rows.T), np.log(alpha + rows.t_x)
        log_odds = self._log_odds_dead(rows, r, a, b, end, last)
        dead = expit(log_odds)
        before = np.maximum(b + rows.x + self.first_chance - 1, SMALLEST_CHANCE)
        of_kind = gammaln(r + kinds) - gammaln(r) + betaln(a, b + k) - betaln(a, b)
        terms = of_kind[at] + r * np.log(alpha) - (r + rows.x) * end + np.logaddexp(0, log_odds)
        mean_log = end + dead * (last - end)
        mean_inverse = (1 - dead) / (alpha + rows.T) + dead / (alpha + rows.t_x)
        return terms, [
            (psi(r + kinds) - psi(r))[at] + np.log(alpha) - mean_log,
            r / alpha - (r + rows.x) * mean_inverse,
            (psi(a + b) - psi(a + b + k))[at] + dead / a,
            (psi(b + k) - psi(a + b + k) - psi(b) + psi(a + b))[at] - dead / before,
        ]

    def _log_odds_dead(
        self, rows: PurchaseRows, r: float, a: float, b: float, end: np.ndarray, last: np.ndarray
    ) -> np.ndarray:
        """Logarithm of P(dead) / P(alive): the second term of equation 6 divided by the first."""
        chances = rows.x + self.first_chance
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = np.log(a) - np.log(b + chances - 1) + (r + rows.x) * (end - last)
        return np.where(chances > 0, odds, -np.inf)

    def _alive(self, rows: PurchaseRows) -> np.ndarray:
        """Equation 7 of Fader, Hardie & Lee (2008), Computing P(alive) Using the BG/NBD Model."""
        r, alpha, a, b = self.values_
        odds = self._log_odds_dead(rows, r, a, b, np.log(alpha + rows.T), np.log(alpha + rows.t_x))
        alive: np.ndarray = expit(-odds)
        return alive

    def _purchases_if_alive(self, rows: PurchaseRows, horizons: np.ndarray) -> np.ndarray:
        """Equation 10 without its denominator, 1 / P(alive). Given x and T, the rate is Gamma(r + x, alpha + T)."""
        r, alpha, a, b = self.values_
        place, first = distinct(rows.x, rows.T)
        x, T = rows.x[first], rows.T[first]
        return mean_until_dropout(a, b + x + self.first_chance, r + x, horizons / (alpha + T)[:, None])[place]

    def _sample_if_alive(self, rows: PurchaseRows, lengths: np.ndarray, rng: np.random.Generator) -> Any:
        r, alpha, a, b = self.values_
        rate = rng.gamma(r + rows.x) / (alpha + rows.T)
        left = _last_purchase(rng.beta(a, b + rows.x + self.first_chance), rng)
        wanted = np.cumsum(rng.poisson(rate[:, None] * lengths), axis=1)
        return np.diff(np.minimum(wanted, left[:, None]), axis=1, prepend=0)


def _last_purchase(chance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Number, from 1, of the purchase after which each customer stops."""
    return rng.geometric(np.maximum(chance, SMALLEST_CHANCE))
