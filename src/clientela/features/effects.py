"""How far a segment stands apart from everybody else, feature by feature."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata


def cliffs_delta(values: ArrayLike, member_mask: ArrayLike) -> float:
    """Cliff's delta of the members against all others: P(member > other) - P(member < other), in [-1, 1].

    0 says that neither side is higher, 1 that every member lies above every other. It needs no scale and no
    distribution, and an outlier weighs no more than any other value. Cliff (1993), Dominance statistics: ordinal
    analyses to answer ordinal questions, Psychological Bulletin 114(3), 494-509; here from the ranks' sum, as the
    Mann-Whitney U has it: delta = 2 U / (members x others) - 1.

    Args:
        values: one number a customer; those that are not known (NaN) are left out.
        member_mask: whether the customer is in the segment, one a value.

    Returns:
        The delta; NaN where nobody with a known value is in the segment, or nobody outside it.
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
    """Cliff's delta of every group against all others, from one ranking.

    Args:
        values: one number a customer, NaN where not known.
        groups: the customer's group, one a value.

    Returns:
        group -> delta, for the groups in which somebody's value is known.
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
