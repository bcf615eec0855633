"""Indicators of a period: how active each segment was, prices, the segments' shares, features, and how well they fit.

Each indicator is a change against the time before it, so that its mean over the past is what is normal for the shop:
the base of customers ages, and members of a good segment buy less than in the months that made them good.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from clientela.holdout.outcomes import capped
from clientela.monitoring.observe import BASELINE_PERIODS, Observed
from clientela.monitoring.space import Space, silhouette

FEWEST_ORDERS = 20.0  # orders of a group in a period, so that the logarithm of a ratio has about a normal distribution
SMALLEST_ERROR = 0.002  # of prices and features: where nothing moves for months, a cent is no alarm
FAMILIES = ("activity", "level", "prices", "shares", "features", "unlike", "new", "silhouette")
ACTIVITY, LEVEL, PRICES, SHARES, FEATURES, UNLIKE, NEW, SILHOUETTE = FAMILIES


@dataclass(frozen=True)
class Indicator:
    """One figure of a period.

    Attributes:
        family: what it is about; one of `FAMILIES`.
        name: name of the figure, such as "orders", or of a feature; the family's where it has only one.
        segment: segment id; None if it is about all customers.
        value: change, on a scale where chance is about normal: a logarithm, a difference of logits or of means.
        error: standard error of the value from the number of customers, products or orders.
    """

    family: str
    name: str
    segment: int | None
    value: float
    error: float


def indicators_of(period: Observed, space: Space, *, seed: int) -> list[Indicator]:
    """All indicators of a period that its data can provide.

    Args:
        period: a period.
        space: the space of the clusters.
        seed: random seed of samples.

    Returns:
        The indicators, each once.
    """
    before, after = space.of(period.before), space.of(period.after)
    return [
        *activity(period),
        *prices(period),
        *shares(period),
        *feature_means(period, before, after, columns=space.columns),
        *unlike_customers(space.unlike(before, seed=seed), space.unlike(after, seed=seed)),
        *new_customers(period),
        *separation(period, before, after, seed=seed),
    ]


def activity(period: Observed) -> list[Indicator]:
    """Orders and spend of each segment's members relative to their baseline, and of all members.

    The members are those at the start, so nobody enters a segment because of what is measured. A segment's change is
    relative to that of the other segments: what changes everywhere, such as a season, is the level's.
    """
    found = []
    for name in ("orders", "spend"):
        now, before = (period.members[column].to_numpy(dtype=float) for column in (name, f"baseline_{name}"))
        if name == "spend":
            now, before = capped(now), capped(before)  # one large order is no change of a segment
        before = before / BASELINE_PERIODS
        segment = period.members["segment"].to_numpy()
        total = _log_ratio(now, before)
        if total is None or period.members["orders"].sum() < FEWEST_ORDERS:
            continue
        found.append(Indicator(LEVEL, name, None, *total))
        for one in np.unique(segment):
            inside = segment == one
            if min(period.members.loc[which, "orders"].sum() for which in (inside, ~inside)) < FEWEST_ORDERS:
                continue
            here, others = _log_ratio(now[inside], before[inside]), _log_ratio(now[~inside], before[~inside])
            if here and others:
                value, error = here[0] - others[0], float(np.hypot(here[1], others[1]))
                found.append(Indicator(ACTIVITY, name, int(one), value, error))
    return found


def _log_ratio(now: np.ndarray, before: np.ndarray) -> tuple[float, float] | None:
    """The logarithm of a ratio of sums and its standard error (delta method); None where a sum is 0."""
    total, base = now.sum(), before.sum()
    if min(total, base) <= 0:
        return None
    residuals = now / total - before / base
    return float(np.log(total / base)), float(np.sqrt(np.sum(residuals**2)))


def prices(period: Observed) -> list[Indicator]:
    """The logarithm of the price level: the revenue-weighted mean of the products' price ratios."""
    if len(period.prices) < FEWEST_ORDERS:
        return []
    logs, weight = np.log(period.prices["ratio"].to_numpy()), period.prices["weight"].to_numpy()
    # Without caps, one product with a wrong price would move the level.
    logs, weight = np.clip(logs, *np.quantile(logs, [0.02, 0.98])), weight / weight.sum()
    mean = float(weight @ logs)
    error = float(np.sqrt(np.sum((weight * (logs - mean)) ** 2)))
    return [Indicator(PRICES, PRICES, None, mean, max(error, SMALLEST_ERROR))]


def shares(period: Observed) -> list[Indicator]:
    """Change of each segment's share of the customers, in logits; its error is that of the customers who moved."""
    before, after = period.members["segment"], period.segments
    found = []
    for one in np.unique(np.concatenate([before, after])):
        was, is_now = (before == one).mean(), (after == one).mean()
        if not 0 < was < 1 or not 0 < is_now < 1:
            continue
        stayed = int(((after == one) & (before.reindex(after.index) == one)).sum())
        moved = (before == one).sum() + (after == one).sum() - 2 * stayed
        value = np.log(is_now / (1 - is_now)) - np.log(was / (1 - was))
        error = np.sqrt(max(moved, 1)) / (len(after) * is_now * (1 - is_now))
        found.append(Indicator(SHARES, "share", int(one), float(value), float(error)))
    return found


def feature_means(
    period: Observed, before: np.ndarray, after: np.ndarray, *, columns: Sequence[str]
) -> list[Indicator]:
    """Change of the mean of each feature of the fit, in standard deviations of the version's customers.

    It has two parts: what changed for the customers known before, and how new customers differ from them.

    Args:
        period: a period.
        before: scaled features at the start (customers, features).
        after: scaled features at the end (customers, features).
        columns: features of the fit.
    """
    place = period.before.index.get_indexer(period.after.index)
    moves = after - np.where((place >= 0)[:, None], before[place], before.mean(axis=0))
    errors = np.sqrt(np.sum((moves - moves.mean(axis=0)) ** 2, axis=0)) / len(after)
    differences = after.mean(axis=0) - before.mean(axis=0)
    return [
        Indicator(FEATURES, name, None, float(difference), float(max(error, SMALLEST_ERROR)))
        for name, difference, error in zip(columns, differences, errors, strict=True)
    ]


def unlike_customers(before: np.ndarray, after: np.ndarray) -> list[Indicator]:
    """Change of the share of customers who are unlike any of the version's, in logits.

    Args:
        before: whether each customer at the start is unlike them, boolean.
        after: whether each customer at the end is, boolean.
    """
    (was, error_before), (is_now, error_after) = _logit(before), _logit(after)
    return [Indicator(UNLIKE, UNLIKE, None, is_now - was, float(np.hypot(error_before, error_after)))]


def new_customers(period: Observed) -> list[Indicator]:
    """The share of the customers at the end who were not known at the start, in logits."""
    return [Indicator(NEW, NEW, None, *_logit(~period.after.index.isin(period.before.index)))]


def separation(period: Observed, before: np.ndarray, after: np.ndarray, *, seed: int) -> list[Indicator]:
    """Change of the mean silhouette width."""
    was = silhouette(before, period.members["segment"].to_numpy(), seed=seed)
    is_now = silhouette(after, period.segments.to_numpy(), seed=seed)
    if was is None or is_now is None:
        return []
    return [Indicator(SILHOUETTE, SILHOUETTE, None, is_now[0] - was[0], float(np.hypot(was[1], is_now[1])))]


def _logit(flags: np.ndarray) -> tuple[float, float]:
    """The logit of a share and its standard error; half a customer more on each side, so that it is always known."""
    share = (flags.sum() + 0.5) / (len(flags) + 1)
    return float(np.log(share / (1 - share))), float(1 / np.sqrt(len(flags) * share * (1 - share)))


def table_of(periods: Sequence[Sequence[Indicator]]) -> pd.DataFrame:
    """Indicators of several periods as a table.

    Args:
        periods: the indicators of each period, oldest first.

    Returns:
        One row per indicator and period: period (from 0), family, name, segment (0 for all customers), value, error.
    """
    rows = [
        {"period": number, **asdict(one), "segment": one.segment or 0}
        for number, found in enumerate(periods)
        for one in found
    ]
    return pd.DataFrame(rows, columns=["period", "family", "name", "segment", "value", "error"])
