"""Orders of customers: by a score, ties by past revenue; the groups that they make, and how large a group should be."""

from dataclasses import dataclass

import numpy as np

from clientela.errors import InvalidInput
from clientela.features.rfm import RfmRules

AUTO = "auto"


@dataclass(frozen=True)
class Size:
    """How many customers the programme is to have.

    Attributes:
        customers: the number.
        criterion: "number", "share" or "auto".
        bounds: fewest and most that "auto" may choose; None otherwise.
    """

    customers: int
    criterion: str
    bounds: tuple[int, int] | None = None


def check_size(text: str) -> float | None:
    """What the size parameter says: a number of customers, a share below 1, or None for "auto".

    Raises:
        InvalidInput: it is none of them.
    """
    if text == AUTO:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not (0 < value < 1 or (value >= 1 and value.is_integer())):
        raise InvalidInput(
            "The size parameter must be a whole number of customers, a share between 0 and 1, or auto. "
            f"Got {text!r} instead."
        )
    return value


def settle_size(asked: float | None, scores: np.ndarray, *, bounds: tuple[float, float]) -> Size:
    """The number of members that was asked for, or where the curve of the expected value bends.

    Args:
        asked: a number of customers from 1 on, a share below 1, or None for "auto".
        scores: expected value (currency), one a customer.
        bounds: smallest and largest share of the customers that "auto" may choose.

    Raises:
        InvalidInput: more were asked for than there are.
    """
    count = len(scores)
    if asked is None:
        low, high = (max(1, min(count - 1, round(share * count))) for share in bounds)
        return Size(bend(scores, low=low, high=max(high, low)), AUTO, (low, max(high, low)))
    if asked < 1:
        return Size(max(1, round(asked * count)), "share")
    if asked >= count:
        raise InvalidInput(
            f"The size parameter must leave some of the {count:,} customers out. Got {asked:.0f} instead."
        )
    return Size(int(asked), "number")


def bend(scores: np.ndarray, *, low: int, high: int) -> int:
    """Where the curve of the cumulated score bends between two sizes.

    The point that lies highest above the straight line between the two: up to it one more member adds more than the
    average over that range, after it less. Satopää et al. (2011), Finding a "kneedle" in a haystack.

    Args:
        scores: one a customer, in any order.
        low, high: sizes, 1 <= low <= high <= len(scores).
    """
    total = np.cumsum(np.sort(scores)[::-1])[low - 1 : high]
    line = np.linspace(total[0], total[-1], len(total))
    return low + int(np.argmax(total - line))


def top(scores: np.ndarray, revenue: np.ndarray, size: int) -> np.ndarray:
    """Whether each customer is among the `size` with the highest score; ties by past revenue, then by position."""
    mask = np.zeros(len(scores), dtype=bool)
    mask[np.lexsort((-revenue, -scores))[:size]] = True
    return mask


def rfm_score(rfm: np.ndarray) -> np.ndarray:
    """The sum of the three quintile scores, 3 to 15, of (customers, 3): days since the last purchase, orders, spend."""
    return RfmRules().fit(rfm).scores(rfm).sum(axis=1).astype(float)


def by_segment(labels: np.ndarray, revenue: np.ndarray) -> np.ndarray:
    """The mean past revenue of each customer's segment: the best segment first, whole segments at a time."""
    _, codes = np.unique(labels, return_inverse=True)
    means = np.bincount(codes, revenue) / np.bincount(codes)
    return means[codes]
