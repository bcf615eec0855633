"""The backtest: sets the programme up at past dates and measures the next period of its members."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from clientela.features.effects import cliffs_delta
from clientela.insiders.compare import RankingComparison
from clientela.insiders.inputs import InputsCache
from clientela.insiders.next_period_shares import (
    CustomerBootstrap,
    Trial,
    compare_with_others,
    permutation_test,
    shares_of_next_period,
)
from clientela.insiders.programme import Programme, Target, programme_at
from clientela.insiders.rankings import RankedCustomers, group_size, top
from clientela.insiders.rules import RulesData, rules_data
from clientela.insiders.sample_size import HoldoutOutcome, holdout_outcomes
from clientela.settings.insiders import InsidersSettings

PROGRAMME, RANDOM = "programme", "random"
BINS = 40  # of the histogram of random groups


class PastDate(TypedDict):
    """The programme at one past date, and the next period.

    Intervals are lists of lower end, value and upper end. `bought_again` has the share of members and of others who
    ordered; `effect` is Cliff's delta of the spend; `actual` and `expected` are the members' revenue, those with
    `_all` the revenue of all customers (currency); `probability` is the p-value of the permutation test.
    """

    as_of: str
    customers: int
    members: int
    bought_again: list[float]
    effect: float
    member_spend: list[float]
    other_spend: list[float]
    ratio: list[float]
    share: list[float]
    actual: float
    expected: float | None
    actual_all: float
    expected_all: float | None
    rules: RulesData
    probability: float


class GroupResult(TypedDict):
    """A comparison group of the programme's size, over all past dates.

    `share` is the group's share of the next period's revenue, `difference` the programme's share minus the group's.
    Both have the lower end, the value and the upper end.
    """

    name: str
    share: list[float]
    difference: list[float]


class Permutation(TypedDict):
    """The permutation test at the latest past date, with a histogram of the random groups' shares."""

    share: float
    probability: float
    draws: int
    highest: float
    mean: float
    counts: list[int]
    edges: list[float]


class BacktestData(TypedDict):
    """All results of the backtest; `dates` has the latest date first."""

    horizon_days: int
    interval: float
    dates: list[PastDate]
    groups: list[GroupResult]
    permutation: Permutation
    holdout: list[HoldoutOutcome]


@dataclass(frozen=True)
class _PastProgramme:
    ranked: RankedCustomers
    programme: Programme

    @property
    def spend(self) -> np.ndarray:
        return self.ranked.inputs.snapshot.next_spend


def backtest_programme(
    comparison: RankingComparison, programme: Programme, cache: InputsCache, settings: InsidersSettings, *, seed: int
) -> BacktestData | None:
    """Set up the programme at each past date with the data known then, and measure the next period of its members.

    Args:
        comparison: rankings at the past dates.
        programme: today's programme.
        cache: inputs of the run.
        settings: programme settings.
        seed: random seed of the bootstrap, the permutation test and the random group.

    Returns:
        None if the history is too short, or the programme had no member, or no other customer, at every past date.
    """
    past = _past_programmes(comparison, programme, cache, settings)
    if not past:
        return None
    bootstrap = CustomerBootstrap(settings.interval, settings.draws, seed)
    return {
        "horizon_days": settings.ranking.horizon_days,
        "interval": settings.interval,
        "dates": [_past_date(one, bootstrap) for one in past],
        "groups": _group_results(past, list(comparison.shares), bootstrap),
        "permutation": _permutation(past[0], bootstrap),
        "holdout": _holdout(past[0], int(programme.member.sum()), settings),
    }


def _past_programmes(
    comparison: RankingComparison, programme: Programme, cache: InputsCache, settings: InsidersSettings
) -> list[_PastProgramme]:
    past = []
    for ranked in comparison.past:
        size = group_size(comparison.size_share, len(ranked.inputs.snapshot.features))
        target = Target(ranked, comparison.choice, size)
        past.append(_PastProgramme(ranked, programme_at(target, cache, settings, today=programme)))
    return [one for one in past if 0 < one.programme.member.sum() < len(one.programme.member)]


def _past_date(past: _PastProgramme, bootstrap: CustomerBootstrap) -> PastDate:
    snapshot, member, spend = past.ranked.inputs.snapshot, past.programme.member, past.spend
    again, expected = snapshot.next_orders > 0, past.ranked.values.expected
    means = compare_with_others(spend, member, bootstrap=bootstrap)
    return {
        "as_of": snapshot.as_of.isoformat(),
        "customers": len(member),
        "members": int(member.sum()),
        "bought_again": [float(again[member].mean()), float(again[~member].mean())],
        "effect": cliffs_delta(spend, member),
        "member_spend": means.member_spend.as_list(),
        "other_spend": means.other_spend.as_list(),
        "ratio": means.ratio.as_list(),
        "share": means.share.as_list(),
        "actual": float(spend[member].sum()),
        "expected": float(expected[member].sum()) if expected is not None else None,
        "actual_all": float(spend.sum()),
        "expected_all": float(expected.sum()) if expected is not None else None,
        "rules": rules_data(past.programme.rules),
        "probability": permutation_test(spend, member, draws=bootstrap.draws, seed=bootstrap.seed).probability,
    }


def _group_results(
    past: Sequence[_PastProgramme], rankings: Sequence[str], bootstrap: CustomerBootstrap
) -> list[GroupResult]:
    names = [PROGRAMME, *rankings, RANDOM]
    trials = [_trial(one, rankings, seed=bootstrap.seed) for one in past]
    shares = shares_of_next_period(trials, names, reference=PROGRAMME, bootstrap=bootstrap)
    return [
        {"name": name, "share": shares[name].share.as_list(), "difference": shares[name].difference.as_list()}
        for name in names
    ]


def _trial(past: _PastProgramme, rankings: Sequence[str], *, seed: int) -> Trial:
    """The members, the top groups of the rankings and a random group, all of one size."""
    snapshot, member = past.ranked.inputs.snapshot, past.programme.member
    size = int(member.sum())
    drawn = np.zeros(len(member), dtype=bool)
    drawn[np.random.default_rng(seed).choice(len(drawn), size, replace=False)] = True
    groups = {name: top(past.ranked.scores[name], snapshot.revenue, size) for name in rankings}
    return Trial(snapshot.customers, past.spend, {PROGRAMME: member, **groups, RANDOM: drawn})


def _permutation(past: _PastProgramme, bootstrap: CustomerBootstrap) -> Permutation:
    test = permutation_test(past.spend, past.programme.member, draws=bootstrap.draws, seed=bootstrap.seed)
    counts, edges = np.histogram(test.random, BINS)
    return {
        "share": test.share,
        "probability": test.probability,
        "draws": bootstrap.draws,
        "highest": float(test.random.max()),
        "mean": float(test.random.mean()),
        "counts": counts.tolist(),
        "edges": edges.tolist(),
    }


def _holdout(past: _PastProgramme, members_now: int, settings: InsidersSettings) -> list[HoldoutOutcome]:
    snapshot, member = past.ranked.inputs.snapshot, past.programme.member
    before = past.ranked.inputs.figures[past.programme.rules.window_days]
    return holdout_outcomes(
        before[member], past.spend[member], snapshot.next_orders[member], members_now=members_now,
        settings=settings.actions,
    )  # fmt: skip
