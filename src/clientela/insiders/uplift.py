"""How to measure what the programme brings: a hold-out group, and how many members a given uplift needs.

Some members are drawn who do not get the programme; the others do. Cohen (1988), Statistical power analysis; with
what members spent before as a covariate, whose correlation with the outcome removes variance: Deng et al. (2013),
Improving the sensitivity of online controlled experiments by utilizing pre-experiment data (CUPED).
"""

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

import numpy as np

CAP = 0.99  # quantile at which single customers' spend is capped: a handful of giants would decide


@dataclass(frozen=True)
class Outcome:
    """What a test measures: its mean and standard deviation a member and period, after the covariate is used."""

    mean: float
    deviation: float


def amount_outcome(amounts: np.ndarray, before: np.ndarray) -> Outcome:
    """Amounts a period (money, orders), each capped at the 99th percentile, less what earlier amounts explain.

    Args:
        amounts: of the period, one a member.
        before: of the period before.
    """
    after, before = (np.minimum(values, np.quantile(values, CAP)) for values in (amounts, before))
    varies = after.std() > 0 and before.std() > 0
    correlation = float(np.corrcoef(after, before)[0, 1]) if varies else 0.0
    return Outcome(float(after.mean()), float(after.std(ddof=1)) * sqrt(max(0.0, 1 - correlation**2)))


def share_outcome(happened: np.ndarray) -> Outcome:
    """The share of members who did something, such as buy again."""
    share = float(happened.mean())
    return Outcome(share, sqrt(share * (1 - share)))


def members_needed(outcome: Outcome, uplift: float, *, control: float, power: float, significance: float) -> int | None:
    """Members in both groups together for a test that detects a relative uplift; None where nothing varies or is.

    Args:
        outcome: what is measured.
        uplift: relative, such as 0.1: a tenth more than the mean.
        control: share of the members who are held out.
        power: probability to see an uplift that is there.
        significance: of the two-sided test.
    """
    difference = uplift * outcome.mean
    if difference <= 0 or outcome.deviation == 0:
        return None
    return ceil((_z(power, significance) * outcome.deviation / difference) ** 2 / (control * (1 - control)))


def uplift_seen(outcome: Outcome, members: int, *, control: float, power: float, significance: float) -> float | None:
    """The smallest relative uplift that a test with so many members detects; the inverse of `members_needed`."""
    if outcome.mean <= 0 or members < 2:
        return None
    return _z(power, significance) * outcome.deviation / sqrt(members * control * (1 - control)) / outcome.mean


def _z(power: float, significance: float) -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - significance / 2) + normal.inv_cdf(power)
