"""How many customers a hold-out test needs to detect an uplift, and which uplift a number of customers shows.

A share of the customers is drawn at random and gets no campaign; the others do. Sample sizes follow Cohen (1988),
Statistical Power Analysis for the Behavioral Sciences.
"""

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

from clientela.holdout.outcomes import Outcome


@dataclass(frozen=True)
class HoldoutTest:
    """The design of a two-sided test.

    Attributes:
        control: share of the customers who are held out, in (0, 1).
        power: probability to detect an uplift that exists.
        significance: level of the test.
    """

    control: float
    power: float
    significance: float


def members_needed(outcome: Outcome, uplift: float, test: HoldoutTest) -> int | None:
    """Number of customers, in both groups together, that a test needs to detect a relative uplift.

    Args:
        outcome: what is measured.
        uplift: relative uplift, such as 0.1 for a tenth more than the mean.
        test: design of the test.

    Returns:
        None if the outcome does not vary, or its mean is 0.

    Example:
        >>> members_needed(Outcome(1.0, 1.0), 0.5, HoldoutTest(control=0.5, power=0.8, significance=0.05))
        126
    """
    difference = uplift * outcome.mean
    if difference <= 0 or outcome.deviation == 0:
        return None
    return ceil((_z(test) * outcome.deviation / difference) ** 2 / (test.control * (1 - test.control)))


def detectable_uplift(outcome: Outcome, members: int, test: HoldoutTest) -> float | None:
    """The smallest relative uplift that a test with a number of customers detects; the inverse of `members_needed`.

    Args:
        outcome: what is measured.
        members: number of customers in both groups together.
        test: design of the test.

    Returns:
        None if the mean is 0, or there are fewer than two customers.
    """
    if outcome.mean <= 0 or members < 2:
        return None
    return _z(test) * outcome.deviation / sqrt(members * test.control * (1 - test.control)) / outcome.mean


def control_needed(outcome: Outcome, uplift: float, members: int, test: HoldoutTest) -> float | None:
    """The smallest share to hold out with which a number of customers shows a relative uplift.

    Args:
        outcome: what is measured.
        uplift: relative uplift to detect.
        members: number of customers in both groups together.
        test: design of the test; its own share is not used.

    Returns:
        A share in (0, 0.5]; None if even two equal groups are too small.

    Example:
        >>> test = HoldoutTest(control=0.1, power=0.8, significance=0.05)
        >>> round(control_needed(Outcome(1.0, 1.0), 0.5, 350, test), 3)
        0.1
    """
    difference = uplift * outcome.mean
    if difference <= 0 or members < 2:
        return None
    product = (_z(test) * outcome.deviation / difference) ** 2 / members
    return None if product > 0.25 else (1 - sqrt(1 - 4 * product)) / 2


def quantiles(significance: float, power: float) -> float:
    """Standard errors that a difference must have, so that a two-sided test detects it with the given power."""
    normal = NormalDist()
    return normal.inv_cdf(1 - significance / 2) + normal.inv_cdf(power)


def _z(test: HoldoutTest) -> float:
    return quantiles(test.significance, test.power)
