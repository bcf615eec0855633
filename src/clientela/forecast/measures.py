"""What is forecast: spend, orders and buyers, in one order everywhere."""

from typing import Literal

import numpy as np

from clientela.forecast.history import Outcome

Measure = Literal["spend", "orders", "buyers"]
MEASURES: tuple[Measure, ...] = ("spend", "orders", "buyers")


def values_of(outcome: Outcome, measure: Measure) -> np.ndarray:
    """A measure of an outcome; (customers,)."""
    values: np.ndarray = getattr(outcome, measure)
    return values
