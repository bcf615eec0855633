"""How much of a group's money comes from its best customers."""

from typing import TypedDict

import numpy as np

BEST = 10  # customers


class Concentration(TypedDict):
    """The share of a group's spend that its best customers hold.

    Attributes:
        best: number of best customers that were counted.
        customers: customers of the group.
        share: their share of the group's spend, in [0, 1].
    """

    best: int
    customers: int
    share: float


def concentration(spend: np.ndarray, *, best: int = BEST) -> Concentration:
    """The share of a group's spend that its best customers hold.

    Args:
        spend: spend of each customer of the group (customers,), currency.
        best: number of customers to count.

    Returns:
        The share. A group with fewer customers than `best` has a share of 1, a group without spend a share of 0.

    Example:
        >>> concentration(np.array([5.0, 60.0, 20.0, 15.0]), best=2)
        {'best': 2, 'customers': 4, 'share': 0.8}
    """
    total = float(spend.sum())
    highest = float(np.sort(spend)[-best:].sum())
    return {
        "best": min(best, len(spend)),
        "customers": len(spend),
        "share": highest / total if total > 0 else 0.0,
    }
