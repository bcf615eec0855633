"""Whether the last period changed more than the periods before it, with a limited rate of false alarms.

Each indicator of the last period is compared with what its past predicts: its mean, or a straight line where the base
of customers ages. Its expected variation has two parts: the standard error that follows from the number of customers,
and how much more than that the indicators of the family varied in the past (the overdispersion). The test is a t-test
whose degrees of freedom are the past deviations from which the overdispersion was estimated, so a short history needs
larger changes. The last two periods together are tested as well, because a small change that lasts shows there first.
Bonferroni's correction divides the level between families, windows and indicators, so that at most the level's share of
the periods without a change raises an alarm.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd
from scipy import stats

FEWEST_PERIODS = 5  # past periods that an indicator must have
WINDOWS = (1, 2)  # numbers of last periods that are tested together
SEASONAL = ("level", "shares", "features", "new")  # families that are compared with the same period a year ago
TRENDING = ("activity", "shares", "features", "unlike", "silhouette")  # families that a straight line predicts
LONGEST_TREND = 12  # past periods through which a straight line is drawn


@dataclass(frozen=True)
class Change:
    """An indicator of the last periods, compared with the past.

    Attributes:
        family: what it is about.
        name: name of the figure.
        segment: segment id; 0 for all customers.
        value: its mean over the window.
        normal: what the past predicts.
        margin: largest deviation from `normal` that is expected without a change.
        p_value: probability of a deviation at least as large without a change, multiplied by the number of tests; at
            most 1.
        periods: number of last periods that are tested together.
        past: number of past periods.
    """

    family: str
    name: str
    segment: int
    value: float
    normal: float
    margin: float
    p_value: float
    periods: int
    past: int

    @property
    def deviation(self) -> float:
        """The value minus what is normal."""
        return self.value - self.normal


def find_changes(table: pd.DataFrame, *, level: float, season: int) -> list[Change]:
    """Compare the last period's indicators with those of the periods before.

    Args:
        table: one row per indicator and period: period (from 0), family, name, segment, value, error.
        level: largest share of periods without a change that have a p-value below it.
        season: periods per year.

    Returns:
        The changes, each indicator once, with the window that has the smaller p-value; the smallest p-value first.
        Indicators with too short a past are left out; those of seasonal families need a year more.
    """
    if table.empty:
        return []
    last, families = int(table["period"].max()), list(table["family"].unique())
    found: list[Change] = []
    for family in families:
        rows = table[table["family"] == family]
        values, errors = (
            rows.pivot(index="period", columns=["name", "segment"], values=which).reindex(range(last + 1))
            for which in ("value", "error")
        )
        if family in SEASONAL:
            values, errors = values - values.shift(season), np.hypot(errors, errors.shift(season))
        tests = len(families) * len(WINDOWS) * values.shape[1]
        found += _smallest(_of_family(family, values, errors, level=level / tests, tests=tests))
    return sorted(found, key=lambda change: (change.p_value, change.family, change.name, change.segment))


def _smallest(changes: Iterator[Change]) -> list[Change]:
    """The change with the smallest p-value of each indicator."""
    found: dict[tuple[str, int], Change] = {}
    for change in changes:
        key = (change.name, change.segment)
        if key not in found or change.p_value < found[key].p_value:
            found[key] = change
    return list(found.values())


def _of_family(
    family: str, values: pd.DataFrame, errors: pd.DataFrame, *, level: float, tests: int
) -> Iterator[Change]:
    for window in WINDOWS:
        expected = _expect_all(values, errors, window, trend=family in TRENDING)
        freedom = sum(one.freedom for one in expected.values())
        excess = sum(one.excess for one in expected.values())
        for (name, segment), one in expected.items():
            error = one.error * sqrt(max(1.0, excess / freedom))
            p_value = 2 * tests * float(stats.t.sf(abs(one.value - one.normal) / error, freedom))
            margin = float(stats.t.isf(level / 2, freedom)) * error
            yield Change(family, name, int(segment), one.value, one.normal, margin, min(1.0, p_value), window, one.past)


@dataclass(frozen=True)
class _Expected:
    """An indicator's mean over the window and what its past predicts.

    Attributes:
        value: mean over the window.
        normal: prediction.
        error: standard error of the difference of the two, from the numbers of customers.
        excess: sum of squares of the past deviations from the prediction, in their standard errors.
        freedom: degrees of freedom of `excess`.
        past: number of past periods.
    """

    value: float
    normal: float
    error: float
    excess: float
    freedom: int
    past: int


def _expect_all(
    values: pd.DataFrame, errors: pd.DataFrame, window: int, *, trend: bool
) -> Mapping[tuple[str, int], _Expected]:
    found = {column: _expect(values[column], errors[column], window, trend=trend) for column in values}
    return {column: one for column, one in found.items() if one is not None}


def _expect(values: pd.Series, errors: pd.Series, window: int, *, trend: bool) -> _Expected | None:
    """Predict the mean of the last periods from those before by least squares; None where the past is too short."""
    past, now = values.iloc[:-window].dropna(), values.iloc[-window:]
    past = past.iloc[-LONGEST_TREND:] if trend else past
    if len(past) < FEWEST_PERIODS or now.isna().any():
        return None
    degree = 1 if trend and len(past) > FEWEST_PERIODS else 0
    design = np.vander(past.index.to_numpy(dtype=float), degree + 1)
    ahead = np.vander(now.index.to_numpy(dtype=float), degree + 1).mean(axis=0)
    inverse, past_errors = np.linalg.pinv(design), errors.loc[past.index].to_numpy()
    line = inverse @ past.to_numpy()
    of_normal = np.linalg.norm(ahead @ inverse * past_errors)
    of_now = np.linalg.norm(errors.iloc[-window:]) / window
    return _Expected(
        value=float(now.mean()),
        normal=float(ahead @ line),
        error=float(np.hypot(of_now, of_normal)),
        excess=float(np.sum(((past.to_numpy() - design @ line) / past_errors) ** 2)),
        freedom=len(past) - degree - 1,
        past=len(past),
    )
