"""Pareto/NBD: customers buy at their own rate during a lifetime that ends at any moment, at their own risk.

Schmittlein, Morrison & Colombo (1987), Counting Your Customers: Who Are They and What Will They Do Next?, Management
Science 33(1), 1-24; Fader & Hardie (2005), A Note on Deriving the Pareto/NBD Model and Related Expressions, whose
equations are cited.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, gammaln, psi

from clientela.clv.purchase_model import PurchaseModel
from clientela.clv.quadrature import CELLS
from clientela.clv.rows import PurchaseRows

NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)
NODES, WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2
BEND = 4  # exponent of the substitution; it removes the singularity of the logarithm at the far end
SLOWEST = 1e-3  # smallest decay of the integrand that the substitution uses


class ParetoNBD(PurchaseModel):
    """Purchase rate ~ Gamma(r, alpha), risk to stop per unit of time ~ Gamma(s, beta) (Schmittlein et al. 1987)."""

    names = ("r", "alpha", "s", "beta")
    times = ("alpha", "beta")

    def simulate(self, T: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
        """New customers under the fitted parameters, observed for `T` each: frequency, recency and T."""
        r, alpha, s, beta = self.values_
        rate = rng.gamma(r, 1 / alpha, len(T))
        lived = np.minimum(_lifetime(rng.gamma(s, 1 / beta, len(T)), rng), T)
        x = rng.poisson(rate * lived)
        # Poisson events lie uniformly in time: the last of x is a beta-distributed share of the time lived.
        share = rng.beta(np.maximum(x, 1), 1)
        return pd.DataFrame({"frequency": x, "recency": np.where(x > 0, share * lived, 0.0), "T": T})

    def _scores(self, values: np.ndarray, rows: PurchaseRows) -> tuple[np.ndarray, list[np.ndarray]]:
        """Equation 2 of Fader & Hardie (2005), the integral by quadrature: alive at T, or dead at a time after t_x."""
        r, alpha, s, beta = values
        kinds, at = np.unique(rows.x, return_inverse=True)
        end_a, end_b = alpha + rows.T, beta + rows.T
        deaths = _deaths(values, rows, moments=True)
        dead = expit(deaths.log_odds)
        alive = 1 - dead
        terms = (gammaln(r + kinds) - gammaln(r))[at] + r * np.log(alpha) + s * np.log(beta)
        terms += np.logaddexp(0, deaths.log_odds) - (r + rows.x) * np.log(end_a) - s * np.log(end_b)
        return terms, [
            (psi(r + kinds) - psi(r))[at] + np.log(alpha) - alive * np.log(end_a) - dead * deaths.log_a,
            r / alpha - (r + rows.x) * (alive / end_a + dead * deaths.inverse_a),
            np.log(beta) - alive * np.log(end_b) + dead * (1 / s - deaths.log_b),
            s / beta - alive * s / end_b - dead * (s + 1) * deaths.inverse_b,
        ]

    def _alive(self, rows: PurchaseRows) -> np.ndarray:
        """Equation 31 of Fader & Hardie (2005): 1 / (1 + odds to be dead)."""
        alive: np.ndarray = expit(-_deaths(self.values_, rows).log_odds)
        return alive

    def _purchases_if_alive(self, rows: PurchaseRows, horizons: np.ndarray) -> np.ndarray:
        """Equation 41 of Fader & Hardie (2005) without P(alive); its limit for s -> 1 is a logarithm."""
        r, alpha, s, beta = self.values_
        log_ratio = np.log1p(horizons / (beta + rows.T)[:, None])
        power = (s - 1) * log_ratio
        with np.errstate(invalid="ignore"):
            time_alive = np.where(np.abs(power) < 1e-12, 1.0, -np.expm1(-power) / power) * log_ratio
        return ((r + rows.x) * (beta + rows.T) / (alpha + rows.T))[:, None] * time_alive

    def _sample_if_alive(self, rows: PurchaseRows, lengths: np.ndarray, rng: np.random.Generator) -> Any:
        r, alpha, s, beta = self.values_
        rate = rng.gamma(r + rows.x) / (alpha + rows.T)
        left = _lifetime(rng.gamma(s, size=len(rows)) / (beta + rows.T), rng)
        lived = np.minimum(left[:, None], np.cumsum(lengths))
        return rng.poisson(rate[:, None] * np.diff(lived, axis=1, prepend=0.0))


@dataclass(frozen=True)
class _Deaths:
    """Odds to be dead at T, and means over the time of death y in (t_x, T) given that; one value per row."""

    log_odds: np.ndarray
    log_a: np.ndarray  # log(alpha + y)
    inverse_a: np.ndarray  # 1 / (alpha + y)
    log_b: np.ndarray  # log(beta + y)
    inverse_b: np.ndarray


def _deaths(values: np.ndarray, rows: PurchaseRows, *, moments: bool = False) -> _Deaths:
    parts = np.array_split(np.arange(len(rows)), len(rows) * len(NODES) // CELLS + 1)
    pieces = [_deaths_of(values, rows.x[part], rows.t_x[part], rows.T[part], moments) for part in parts]
    return _Deaths(*(np.concatenate(columns) for columns in zip(*pieces, strict=True)))


def _deaths_of(values: np.ndarray, x: np.ndarray, t_x: np.ndarray, T: np.ndarray, moments: bool) -> list[np.ndarray]:
    """The integral over the time of death, s (alpha + y)^-(r + x) (beta + y)^-(s + 1) dy from t_x to T.

    As a function of v = log(c + y), with c the smaller of alpha and beta, the integrand is analytic in a wide strip and
    decays faster and faster. Let k be its decay at t_x. Gauss-Legendre nodes are placed in z = exp(-k v / BEND), so
    that they are dense where many purchases make the integrand decay quickly.
    """
    r, alpha, s, beta = values
    starts = alpha + t_x, beta + t_x, min(alpha, beta) + t_x
    k = np.maximum((r + x) * starts[2] / starts[0] + (s + 1) * starts[2] / starts[1] - 1, SLOWEST)
    length = -np.expm1(-k / BEND * np.log((min(alpha, beta) + T) / starts[2]))  # of the range of z, which starts at 1
    z = 1 - length[:, None] * NODES
    v = np.log(z) * (-BEND / k)[:, None]
    # The smaller of alpha + y and beta + y is c + y.
    y_c = starts[2][:, None] * np.exp(v)
    y_d = y_c + abs(alpha - beta)
    log_d = np.log(y_d / np.maximum(starts[0], starts[1])[:, None])
    (y_a, log_a), (y_b, log_b) = ((y_c, v), (y_d, log_d)) if alpha <= beta else ((y_d, log_d), (y_c, v))
    density = WEIGHTS / z * np.exp(v - (r + x)[:, None] * log_a - (s + 1) * log_b)
    total = density.sum(axis=1)
    with np.errstate(divide="ignore"):
        log_odds = np.log(s * BEND * total * length / k * starts[2] / starts[1])
    log_odds += (r + x) * np.log((alpha + T) / starts[0]) + s * np.log((beta + T) / starts[1])
    if not moments:
        return [log_odds] + [np.empty(0)] * 4
    density /= total[:, None]
    means = [np.einsum("ij,ij->i", density, each) for each in (log_a, 1 / y_a, log_b, 1 / y_b)]
    return [log_odds, np.log(starts[0]) + means[0], means[1], np.log(starts[1]) + means[2], means[3]]


def _lifetime(risk: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    with np.errstate(divide="ignore", over="ignore"):
        return rng.standard_exponential(len(risk)) / risk
