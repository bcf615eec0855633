"""What a hold-out test measures per customer and period, and how much it varies.

What customers did before is used as a covariate, whose correlation with the outcome removes variance: Deng et al.
(2013), Improving the Sensitivity of Online Controlled Experiments by Utilizing Pre-Experiment Data (CUPED).
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

CAP = 0.99  # quantile at which each customer's amount is capped, so that a few very large ones do not decide


@dataclass(frozen=True)
class Outcome:
    """The mean and standard deviation per customer and period of what a test measures, adjusted for the covariate."""

    mean: float
    deviation: float


def capped(amounts: np.ndarray) -> np.ndarray:
    """Amounts of at most their 99th percentile; (customers,)."""
    return np.minimum(amounts, np.quantile(amounts, CAP)) if len(amounts) else amounts


def amount_outcome(amounts: np.ndarray, before: np.ndarray) -> Outcome:
    """Amounts per period (money or orders), capped at the 99th percentile, adjusted for the amounts before.

    Args:
        amounts: amount of each customer in the period; (customers,).
        before: amount of each customer in the period before; (customers,).
    """
    return adjusted_outcome(capped(amounts), capped(before))


def adjusted_outcome(values: np.ndarray, covariate: np.ndarray) -> Outcome:
    """The mean of values, and their standard deviation after the adjustment.

    Args:
        values: value of each customer in the period; (customers,).
        covariate: what was known of each customer before the period; (customers,).
    """
    varies = values.std() > 0 and covariate.std() > 0
    correlation = float(np.corrcoef(values, covariate)[0, 1]) if varies else 0.0
    return Outcome(float(values.mean()), float(values.std(ddof=1)) * sqrt(max(0.0, 1 - correlation**2)))


def share_outcome(happened: np.ndarray) -> Outcome:
    """The share of customers who did something, such as buy again."""
    share = float(happened.mean())
    return Outcome(share, sqrt(share * (1 - share)))
