"""What measured campaigns say of the next one: effects per segment and action, shrunk towards each other."""

from collections.abc import Callable, Iterable, Sequence
from math import exp, log
from typing import TypedDict

from scipy import stats

from clientela.campaigns.customer_list import ALL
from clientela.campaigns.measure import ResultRow
from clientela.campaigns.period import BUYERS, ORDERS
from clientela.campaigns.results import CampaignResult
from clientela.holdout.pooling import Estimate, pool_effects, shrink_effects
from clientela.holdout.rates import Rate

Effect = Callable[[ResultRow, float], Estimate | None]


class LearnedLift(TypedDict):
    """The relative lift of a segment and an action over all campaigns that measured it.

    `measured` is the lift of the pair alone, `lift` the one that is moved towards those of the other pairs; each is
    lower end, value and upper end.
    """

    segment: str
    action: str
    campaigns: int
    measured: list[float]
    lift: list[float]


def extra_orders(row: ResultRow, level: float) -> Estimate | None:
    """Additional orders per contacted customer; None for other outcomes.

    Args:
        row: row of a result.
        level: level of its interval.
    """
    return Estimate(row["difference"], _error(row, level)) if row["outcome"] == ORDERS else None


def customers_kept(row: ResultRow, level: float) -> Estimate | None:
    """The share of those who would not have bought without the campaign, and did with it; None for other outcomes.

    Args:
        row: row of a result.
        level: level of its interval.
    """
    others = 1 - row["control_mean"]
    if row["outcome"] != BUYERS or others <= 0:
        return None
    return Estimate(row["difference"] / others, _error(row, level) / others)


def learn_rate(results: Sequence[CampaignResult], effect: Effect, *, action: str) -> Rate | None:
    """The success of an action in the next campaign.

    Campaigns of one action are pooled, and the actions are shrunk towards each other. An action that was never measured
    gets the mean of the others, with the interval of an effect that was not measured.

    Args:
        results: measured campaigns.
        effect: what counts as success.
        action: action of the next campaign.

    Returns:
        The rate; None without a usable result.
    """
    found: dict[str, list[Estimate]] = {}
    for result in usable(results):
        for row in result["rows"]:
            if row["group"] == ALL and (one := effect(row, result["level"])) and one.error > 0:
                found.setdefault(result["action"] or "", []).append(one)
    if not found:
        return None
    level = results[0]["level"]
    pooled = [pool_effects(one).mean for one in found.values()]
    if action in found:
        own = shrink_effects(pooled)[list(found).index(action)]
        return _rate(own.effect, own.interval(level), level, len(found[action]), is_own=True)
    every = pool_effects(pooled)
    count = sum(len(one) for one in found.values())
    return _rate(every.mean.effect, every.new_effect(level), level, count, is_own=False)


def learn_lifts(results: Sequence[CampaignResult], outcome: str) -> list[LearnedLift]:
    """The relative lift of each segment and action, shrunk towards each other on the logarithmic scale.

    Args:
        results: measured campaigns.
        outcome: "spend", "orders" or "buyers".

    Returns:
        One row per pair of segment and action, ordered by segment and action. Groups without a relative lift, and the
        totals, are left out.
    """
    found: dict[tuple[str, str], list[Estimate]] = {}
    for result in usable(results):
        for row in _segments(result, outcome):
            if one := _log_lift(row, result["level"]):
                found.setdefault((row["group"], result["action"] or ""), []).append(one)
    if not found:
        return []
    pairs, level = sorted(found), results[0]["level"]
    pooled = [pool_effects(found[pair]).mean for pair in pairs]
    return [
        {
            "segment": segment,
            "action": action,
            "campaigns": len(found[segment, action]),
            "measured": _as_lift(raw, level),
            "lift": _as_lift(shrunk, level),
        }
        for (segment, action), raw, shrunk in zip(pairs, pooled, shrink_effects(pooled), strict=True)
    ]


def usable(results: Iterable[CampaignResult]) -> list[CampaignResult]:
    """The results from which can be learned: those whose control group has the planned size."""
    return [result for result in results if not result["ratio"]["is_off"]]


def _segments(result: CampaignResult, outcome: str) -> list[ResultRow]:
    """The rows of the segments; that of all customers where the list had no segments."""
    rows = [row for row in result["rows"] if row["outcome"] == outcome]
    return [row for row in rows if row["group"] != ALL] or rows


def _log_lift(row: ResultRow, level: float) -> Estimate | None:
    low, value, high = row["relative_low"], row["relative"], row["relative_high"]
    if low is None or value is None or high is None or not -1 < low < high:
        return None
    return Estimate(log(1 + value), (log(1 + high) - log(1 + low)) / (2 * _quantile(level)))


def _as_lift(one: Estimate, level: float) -> list[float]:
    low, high = one.interval(level)
    return [exp(end) - 1 for end in (low, one.effect, high)]


def _error(row: ResultRow, level: float) -> float:
    return (row["high"] - row["low"]) / (2 * _quantile(level))


def _quantile(level: float) -> float:
    return float(stats.norm.ppf((1 + level) / 2))


def _rate(value: float, ends: tuple[float, float], level: float, campaigns: int, *, is_own: bool) -> Rate:
    return {
        "value": value, "low": ends[0], "high": ends[1], "level": level, "campaigns": campaigns, "is_own": is_own,
    }  # fmt: skip
