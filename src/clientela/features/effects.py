"""Effect sizes: how much a segment differs from all other customers, feature by feature."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata


def cliffs_delta(values: ArrayLike, member_mask: ArrayLike) -> float:
    """Cliff's delta of the members against all others: P(member > other) - P(member < other), in [-1, 1].

    0 means that neither group is higher, 1 that every member is above every other customer. It is free of scale and
    distribution, and robust to outliers. Cliff (1993), Dominance statistics: ordinal
    analyses to answer ordinal questions, Psychological Bulletin 114(3), 494-509; computed from the rank sum of
    the Mann-Whitney U: delta = 2 U / (members x others) - 1.

    Args:
        values: one number per customer; NaN values are left out, shape (customers,).
        member_mask: whether each customer is in the segment, shape (customers,).

    Returns:
        The delta; NaN if no known value is in the segment, or none outside it.

    Example:
        >>> cliffs_delta([1.0, 2.0, 3.0, 4.0], [False, False, True, True])
        1.0
    """
    numbers = np.asarray(values, dtype=float)
    inside = np.asarray(member_mask, dtype=bool)
    known = ~np.isnan(numbers)
    ranks, inside = rankdata(numbers[known]), inside[known]
    members = np.count_nonzero(inside)
    others = len(inside) - members
    if not members or not others:
        return float("nan")
    wins = ranks[inside].sum() - members * (members + 1) / 2  # Mann-Whitney U: pairs won, a tie counts half
    return float(2 * wins / (members * others) - 1)


def cliffs_deltas(values: ArrayLike, groups: ArrayLike) -> dict[int, float]:
    """Cliff's delta of each group against all others, from one ranking.

    Args:
        values: one number per customer, NaN if unknown, shape (customers,).
        groups: group of each customer, shape (customers,).

    Returns:
        Group -> delta, for the groups with a known value.
    """
    numbers = np.asarray(values, dtype=float)
    known = ~np.isnan(numbers)
    ranks = rankdata(numbers[known])
    names, codes = np.unique(np.asarray(groups)[known], return_inverse=True)
    members = np.bincount(codes)
    others = len(ranks) - members
    wins = np.bincount(codes, ranks) - members * (members + 1) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        deltas = 2 * wins / (members * others) - 1
    return {int(name): float(delta) for name, delta in zip(names, deltas, strict=True)}
