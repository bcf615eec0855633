"""The share of the contacted customers for whom an action works: assumed in the settings, or measured in campaigns."""

from typing import TypedDict


class Rate(TypedDict):
    """A rate of success, as plain data.

    `campaigns` is the number of campaigns in which it was measured, 0 for an assumption. `low` and `high` are the ends
    of its interval of the level `level`; None for an assumption. `is_own` says whether the campaigns had the same
    action; otherwise they are all measured campaigns of the data set.
    """

    value: float
    low: float | None
    high: float | None
    level: float | None
    campaigns: int
    is_own: bool


def assumed_rate(value: float) -> Rate:
    """A rate that the settings assume."""
    return {"value": value, "low": None, "high": None, "level": None, "campaigns": 0, "is_own": False}


def bounded(rate: Rate) -> Rate:
    """The rate as a share: a measured one may be below 0 or above 1 by chance."""
    low, high = (None if end is None else min(max(end, 0.0), 1.0) for end in (rate["low"], rate["high"]))
    return {**rate, "value": min(max(rate["value"], 0.0), 1.0), "low": low, "high": high}
