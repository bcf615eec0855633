"""The size of the programme: a number of customers, a share of them, or where the curve of expected value bends."""

from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np

from clientela.errors import InvalidInput

AUTO = "auto"
POINTS = 200  # of the curve


@dataclass(frozen=True)
class Size:
    """How many members the programme should have.

    Attributes:
        customers: number of members.
        criterion: "number", "share" or "auto".
        bounds: fewest and most members that "auto" may choose; None otherwise.
    """

    customers: int
    criterion: str
    bounds: tuple[int, int] | None = None


class ValueCurve(TypedDict):
    """The cumulated share of a score by the share of the customers, highest score first.

    `customers` and `share` are lists of equal length with values in [0, 1]; `chosen` and `bounds` are shares of the
    customers; `of` is the score.
    """

    customers: list[float]
    share: list[float]
    chosen: float
    bounds: list[float] | None
    of: Literal["expected", "revenue"]


def check_size(text: str) -> float | None:
    """Parse the size parameter: a number of customers, a share below 1, or None for "auto".

    Raises:
        InvalidInput: the text is not one of these.

    Example:
        >>> check_size("500"), check_size("0.1"), check_size("auto")
        (500.0, 0.1, None)
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


def resolve_size(requested: float | None, scores: np.ndarray, *, bounds: tuple[float, float]) -> Size:
    """The requested number of members, or the number at the bend of the curve of the cumulated score.

    Args:
        requested: number of customers (at least 1), share of the customers (below 1), or None for "auto".
        scores: expected value of each customer; (customers,), currency.
        bounds: smallest and largest share of the customers that "auto" may choose.

    Returns:
        The size, at least one customer and fewer than all.

    Raises:
        InvalidInput: as many customers were requested as there are, or more.

    Example:
        >>> resolve_size(0.1, np.arange(200.0), bounds=(0.02, 0.2))
        Size(customers=20, criterion='share', bounds=None)
    """
    count = len(scores)
    if requested is None:
        low, high = (max(1, min(count - 1, round(share * count))) for share in bounds)
        high = max(high, low)
        return Size(bend(scores, low=low, high=high), AUTO, (low, high))
    if requested < 1:
        return Size(max(1, round(requested * count)), "share")
    if requested >= count:
        raise InvalidInput(
            f"The size parameter must leave some of the {count:,} customers out. Got {requested:.0f} instead."
        )
    return Size(int(requested), "number")


def bend(scores: np.ndarray, *, low: int, high: int) -> int:
    """The size between two bounds at which the curve of the cumulated score bends.

    It is the point that is highest above the straight line between the bounds: up to it one more member adds more
    than the average over that range, after it less. Satopää et al. (2011), Finding a "kneedle" in a haystack.

    Args:
        scores: score of each customer, in any order; (customers,).
        low: smallest size, at least 1.
        high: largest size, at least `low` and at most the number of customers.

    Example:
        >>> bend(np.r_[np.full(50, 20.0), np.full(950, 1.0)], low=20, high=200)
        50
    """
    total = np.cumsum(np.sort(scores)[::-1])[low - 1 : high]
    line = np.linspace(total[0], total[-1], len(total))
    return low + int(np.argmax(total - line))


def value_curve(scores: np.ndarray, size: Size, *, of: Literal["expected", "revenue"]) -> ValueCurve:
    """The cumulated share of a score by the share of the customers, highest first, at no more than 201 points.

    Args:
        scores: score of each customer, none negative; (customers,), currency.
        size: chosen size, which is one of the points.
        of: what the score is: expected value or past revenue.
    """
    total = np.cumsum(np.sort(scores)[::-1])
    count = len(scores)
    at = np.unique(np.r_[np.linspace(0, count - 1, POINTS).astype(int), size.customers - 1])
    return {
        "customers": [0.0, *((at + 1) / count).tolist()],
        "share": [0.0, *(total[at] / max(total[-1], 1e-12)).tolist()],
        "chosen": size.customers / count,
        "bounds": [bound / count for bound in size.bounds] if size.bounds else None,
        "of": of,
    }
