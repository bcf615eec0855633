"""The backtest: sets the programme up at past dates and measures the next period of its members."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from tqdm import tqdm

from clientela.features.effects import cliffs_delta
from clientela.insiders.compare import SIMPLEST_FIRST
from clientela.insiders.expected_revenue import Forecasts
from clientela.insiders.next_period_shares import (
    CustomerBootstrap,
    Trial,
    compare_with_others,
    shares_of_next_period,
)
from clientela.insiders.programme import Programme, possible_windows
from clientela.insiders.ranked_dates import RankedDates
from clientela.insiders.rankings import RankedCustomers, top
from clientela.insiders.rules import RulesData, rules_data
from clientela.insiders.sample_size import HoldoutOutcome, holdout_outcomes
from clientela.insiders.set_up import ProgrammeSetUp, set_up_programme
from clientela.settings.insiders import InsidersSettings

PROGRAMME, RANDOM = "programme", "random"


class PastDate(TypedDict):
    """The programme at one past date, and the next period.

    `ranking`, `purchase_model`, `target` (members that were asked for) and `rules` were chosen from what was known
    then. Intervals are lists of lower end, value and upper end. `bought_again` has the share of members and of others
    who ordered; `effect` is Cliff's delta of the spend; `actual` and `expected` are the members' revenue, those with
    `_all` the revenue of all customers (currency); `expected` is an interval, None without a forecast.
    """

    as_of: str
    ranking: str
    purchase_model: str
    target: int
    customers: int
    members: int
    bought_again: list[float]
    effect: float
    member_spend: list[float]
    other_spend: list[float]
    ratio: list[float]
    share: list[float]
    actual: float
    expected: list[float] | None
    actual_all: float
    expected_all: list[float] | None
    rules: RulesData


class GroupResult(TypedDict):
    """A comparison group of the programme's size, over all past dates.

    `share` is the group's share of the next period's revenue, `difference` the programme's share minus the group's.
    Both have the lower end, the value and the upper end.
    """

    name: str
    share: list[float]
    difference: list[float]


class BacktestData(TypedDict):
    """All results of the backtest; `dates` has the latest date first."""

    horizon_days: int
    interval: float
    dates: list[PastDate]
    groups: list[GroupResult]
    holdout: list[HoldoutOutcome]


@dataclass(frozen=True)
class _PastProgramme:
    set_up: ProgrammeSetUp

    @property
    def ranked(self) -> RankedCustomers:
        return self.set_up.ranked

    @property
    def programme(self) -> Programme:
        return self.set_up.programme

    @property
    def spend(self) -> np.ndarray:
        return self.ranked.inputs.snapshot.next_spend


def backtest_programme(
    dates: RankedDates, today: ProgrammeSetUp, requested: float | None, forecasts: Forecasts
) -> BacktestData | None:
    """Set up the programme at each past date with the data known then, and measure the next period of its members.

    Every choice is made again: the purchase model, the size, the ranking, the window and the looseness.

    Args:
        dates: rankings of the run.
        today: today's programme.
        requested: number of members, share of the customers, or None for "auto". A number counts as a share of today's
            customers.
        forecasts: forecasts of the run.

    Returns:
        None if the history is too short, or the programme had no member, or no other customer, at every past date.
    """
    options = dates.options
    settings = options.settings
    past = _past_programmes(dates, today, requested)
    if not past:
        return None
    bootstrap = CustomerBootstrap(settings.interval, settings.draws, options.seed)
    return {
        "horizon_days": settings.ranking.horizon_days,
        "interval": settings.interval,
        "dates": [_past_date(one, forecasts, settings.ranking.horizon_days, bootstrap) for one in past],
        "groups": _group_results(past, bootstrap),
        "holdout": _holdout(past[0], int(today.programme.member.sum()), settings),
    }


def _past_programmes(dates: RankedDates, today: ProgrammeSetUp, requested: float | None) -> list[_PastProgramme]:
    snapshot, settings = today.ranked.inputs.snapshot, dates.options.settings
    share = requested / len(snapshot.features) if requested and requested >= 1 else requested
    first = dates.cache.first_order
    inputs = [one for one in dates.past(snapshot.as_of) if possible_windows(first, one.snapshot.as_of, settings)]
    past = [_PastProgramme(set_up_programme(dates, one, share)) for one in tqdm(inputs, desc="Past dates", unit="date")]
    return [one for one in past if 0 < one.programme.member.sum() < len(one.programme.member)]


def _past_date(past: _PastProgramme, forecasts: Forecasts, days: int, bootstrap: CustomerBootstrap) -> PastDate:
    snapshot, member, spend = past.ranked.inputs.snapshot, past.programme.member, past.spend
    again, forecast = snapshot.next_orders > 0, forecasts.at(snapshot.as_of, [days])
    of_members, of_all = forecast.group(snapshot.customers[member], days=days), forecast.all(days=days)
    means = compare_with_others(spend, member, bootstrap=bootstrap)
    return {
        "as_of": snapshot.as_of.isoformat(),
        "ranking": past.set_up.comparison.choice,
        "purchase_model": past.ranked.values.name,
        "target": past.set_up.size.customers,
        "customers": len(member),
        "members": int(member.sum()),
        "bought_again": [float(again[member].mean()), float(again[~member].mean())],
        "effect": cliffs_delta(spend, member),
        "member_spend": means.member_spend.as_list(),
        "other_spend": means.other_spend.as_list(),
        "ratio": means.ratio.as_list(),
        "share": means.share.as_list(),
        "actual": float(spend[member].sum()),
        "expected": of_members.spend.as_list() if of_members else None,
        "actual_all": float(spend.sum()),
        "expected_all": of_all.spend.as_list() if of_all else None,
        "rules": rules_data(past.programme.rules),
    }


def _group_results(past: Sequence[_PastProgramme], bootstrap: CustomerBootstrap) -> list[GroupResult]:
    rankings = [name for name in SIMPLEST_FIRST if all(name in one.ranked.scores for one in past)]
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


def _holdout(past: _PastProgramme, members_now: int, settings: InsidersSettings) -> list[HoldoutOutcome]:
    snapshot, member = past.ranked.inputs.snapshot, past.programme.member
    before = past.ranked.inputs.figures[past.programme.rules.window_days]
    return holdout_outcomes(
        before[member], past.spend[member], snapshot.next_orders[member], members_now=members_now,
        settings=settings.actions,
    )  # fmt: skip
