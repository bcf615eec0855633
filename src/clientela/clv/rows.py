"""The inputs of the purchase models, validated, with equal customers counted once."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from clientela.errors import InvalidInput

COLUMNS = ("frequency", "recency", "T")


@dataclass(frozen=True)
class PurchaseRows:
    """Arrays of one length.

    Attributes:
        x: repeat purchases (frequency).
        t_x: time from the first purchase to the last (recency); 0 where x is 0.
        T: time from the first purchase to the end of the observation.
        count: number of customers with these values.
        place: row of each customer; None if each row is one customer.
    """

    x: np.ndarray
    t_x: np.ndarray
    T: np.ndarray
    count: np.ndarray
    place: np.ndarray | None = None

    @classmethod
    def of(cls, customers: pd.DataFrame) -> Self:
        """Distinct rows of a frame with the columns frequency, recency and T.

        Raises:
            InvalidInput: a column is missing, or a value is missing, negative or contradicts another.
        """
        x, t_x, T = checked(customers)
        place, first = distinct(x, t_x, T)
        return cls(x[first], t_x[first], T[first], np.bincount(place, minlength=len(first)).astype(float), place)

    def __len__(self) -> int:
        return len(self.x)

    def sample(self, size: int, seed: int) -> "PurchaseRows":
        """About `size` customers of these, drawn at random."""
        if self.count.sum() <= size:
            return self
        drawn = np.random.default_rng(seed).multinomial(size, self.count / self.count.sum())
        rows = np.flatnonzero(drawn)
        return PurchaseRows(self.x[rows], self.t_x[rows], self.T[rows], drawn[rows].astype(float))

    def in_unit(self, scale: float) -> "PurchaseRows":
        """A copy with times divided by `scale`."""
        return PurchaseRows(self.x, self.t_x / scale, self.T / scale, self.count, self.place)


def checked(customers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frequency, recency and T of a frame as floats.

    Raises:
        InvalidInput: a column is missing, or a value is missing, negative or contradicts another.
    """
    missing = [name for name in COLUMNS if name not in customers]
    if missing:
        raise InvalidInput(f"The purchase summary must have the columns {', '.join(COLUMNS)}. It lacks {missing[0]!r}.")
    x, t_x, T = (customers[name].to_numpy(dtype=float) for name in COLUMNS)
    rules = {
        "frequency must be whole numbers >= 0": (x >= 0) & (x == np.floor(x)) & np.isfinite(x),
        "T must be finite and >= 0": (T >= 0) & np.isfinite(T),
        "recency must lie in 0 to T": (t_x >= 0) & (t_x <= T),
        "recency must be 0 where frequency is 0": (x > 0) | (t_x == 0),
    }
    for rule, kept in rules.items():
        if not kept.all():
            row = int(np.argmin(kept))
            got = f"Row {row} has frequency {x[row]:g}, recency {t_x[row]:g}, T {T[row]:g}."
            raise InvalidInput(f"The purchase summary's {rule}. {got}")
    return x, t_x, T


def distinct(*columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each row the number of its distinct combination of values; for each combination its first row."""
    place = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes, values = pd.factorize(column)
        place, _ = pd.factorize(place * max(len(values), 1) + codes)
    seen = np.empty(place.max(initial=-1) + 1, dtype=np.int64)
    seen[place[::-1]] = np.arange(len(place))[::-1]
    return place, seen
