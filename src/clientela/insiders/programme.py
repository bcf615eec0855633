"""The programme: how many members, the rules that imitate the chosen order, and their replay over the history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from clientela.errors import InvalidData
from clientela.insiders.ranking import Size, top
from clientela.insiders.rankings import Looks, Ranked
from clientela.insiders.replay import Replay, replay
from clientela.insiders.rules import Conditions, Found, MembershipRules, find_entry, loosen
from clientela.insiders.windows import months_back, window_figures
from clientela.settings.insiders import FixedRules, InsidersSettings

# The size counts members who are kept by the conditions to stay: the group that the entry conditions imitate is made
# smaller, step by step, until both together have it.
ROUNDS = 6
MONTHS_AT_TRIALS = 6  # of the replay before a past date


@dataclass(frozen=True)
class Programme:
    """The programme as of a date.

    Attributes:
        rules: the conditions.
        found: how near the entry conditions come to the top of the order; None where the rules were given.
        fidelity: F1 of the members and the top of the order of as many customers as was asked for.
        replayed: month by month, up to the date.
        member, kept: whether each customer is a member; and one who keeps the conditions to stay only.
        looser: every looseness that was tried, with the share who came back soon and the members.
    """

    rules: MembershipRules
    found: Found | None
    fidelity: float
    replayed: Replay
    member: np.ndarray
    kept: np.ndarray
    looser: list[dict[str, Any]]


class History:
    """Figures of a window at month ends before a date; each date and window is looked at once."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self._seen: dict[tuple[date, int], pd.DataFrame] = {}

    def months(self, as_of: date, *, window_days: int, most: int) -> list[tuple[date, pd.DataFrame]]:
        """The moments up to `as_of`, rising, a month apart, before which there is a whole window of history."""
        days = [months_back(as_of, back) for back in range(most)]
        whole = [day for day in days if (day - self._looks.first_order).days >= window_days or day == as_of]
        return [(day, self._figures(day, window_days)) for day in reversed(whole)]

    def _figures(self, day: date, window_days: int) -> pd.DataFrame:
        key = (day, window_days)
        if key not in self._seen:
            self._seen[key] = window_figures(self._looks.connection, as_of=day, window_days=window_days)
        return self._seen[key]


def found_programme(
    ranked: Ranked, order: str, size: Size, *, history: History, first_order: date, settings: InsidersSettings
) -> Programme:
    """Find the window, the conditions to enter and the looseness of those to stay, as of the present.

    Raises:
        InvalidData: the history is shorter than two of every window.
    """
    fixed = settings.rules.fixed
    if fixed:
        return _as_given(ranked, order, size, fixed, history=history, most=settings.replay_months)
    window = _best_window(ranked, order, size, first_order=first_order, settings=settings)
    tried, best = [], None
    for share in settings.rules.looser:
        best = _of_size(
            ranked, order, size.customers, window, share, history=history, most=settings.replay_months,
            size_within=settings.rules.size_within,
        )  # fmt: skip
        flapped = best.replayed.flapped
        tried.append({"share": share, "flapped": flapped, "members": int(best.member.sum())})
        if flapped is None or flapped <= settings.rules.flapping:
            break
    assert best is not None
    return Programme(best.rules, best.found, best.fidelity, best.replayed, best.member, best.kept, tried)


def programme_at(
    ranked: Ranked, order: str, customers: int, *, like: Programme, looser: float | None, history: History,
    settings: InsidersSettings,
) -> Programme:  # fmt: skip
    """The programme as it would have been found at a past date, with the window and the looseness of today's.

    Args:
        ranked: the past moment.
        order: the chosen one.
        customers: members wanted then.
        like: today's programme.
        looser: its looseness; None where its rules were given.
        history: figures by month.
        settings: of the programme.
    """
    window = like.rules.window_days
    if looser is None:
        return _applied(ranked, order, customers, like.rules, None, history=history, most=MONTHS_AT_TRIALS)
    return _of_size(
        ranked, order, customers, window, looser, history=history, most=MONTHS_AT_TRIALS,
        size_within=settings.rules.size_within,
    )  # fmt: skip


def _best_window(ranked: Ranked, order: str, size: Size, *, first_order: date, settings: InsidersSettings) -> int:
    moment = ranked.moment
    length = (moment.as_of - first_order).days
    possible = [window for window in settings.rules.windows if 2 * window <= length]
    if not possible:
        raise InvalidData(
            "The history must be at least twice as long as one of the windows of conf/insiders.yaml, "
            f"{', '.join(map(str, settings.rules.windows))} days. Got {length} days."
        )
    group = top(ranked.scores[order], moment.revenue, size.customers)
    within = settings.rules.size_within

    def fidelity(window: int) -> float:
        return find_entry(moment.figures[window], group, window_days=window, size_within=within).fidelity

    return max(possible, key=fidelity)


def _of_size(
    ranked: Ranked,
    order: str,
    customers: int,
    window: int,
    share: float,
    *,
    history: History,
    most: int,
    size_within: float,
) -> Programme:
    moment, scores = ranked.moment, ranked.scores[order]
    wanted, best = customers, None
    for _ in range(ROUNDS):
        group = top(scores, moment.revenue, wanted)
        found = find_entry(moment.figures[window], group, window_days=window, size_within=size_within)
        rules = MembershipRules(window, found.conditions, loosen(found.conditions, share, window_days=window))
        made = _applied(ranked, order, customers, rules, found, history=history, most=most)
        members = int(made.member.sum())
        if best is None or abs(members - customers) < abs(int(best.member.sum()) - customers):
            best = made
        if abs(members - customers) <= size_within * customers or not members:
            break
        wanted = max(1, min(len(scores) - 1, round(wanted * customers / members)))
    assert best is not None
    return best


def _as_given(ranked: Ranked, order: str, size: Size, fixed: FixedRules, *, history: History, most: int) -> Programme:
    rules = MembershipRules(
        fixed.window_days, Conditions(**fixed.entry.model_dump()), Conditions(**fixed.removal.model_dump())
    )
    return _applied(ranked, order, size.customers, rules, None, history=history, most=most)


def _applied(
    ranked: Ranked,
    order: str,
    customers: int,
    rules: MembershipRules,
    found: Found | None,
    *,
    history: History,
    most: int,
) -> Programme:
    moment = ranked.moment
    replayed = replay(rules, history.months(moment.as_of, window_days=rules.window_days, most=most))
    member = moment.customers.isin(replayed.members())
    kept = member & ~rules.entry.hold(moment.figures[rules.window_days])
    wanted = top(ranked.scores[order], moment.revenue, customers)
    fidelity = 2 * int((member & wanted).sum()) / max(int(member.sum()) + int(wanted.sum()), 1)
    return Programme(rules, found, fidelity, replayed, member, kept, [])


def member_since(programme: Programme, customers: Sequence[str]) -> list[date | None]:
    """The month in which each present member entered, for the last time; None for who is none."""
    states = programme.replayed.states
    # Months since the last one as no member.
    streak = np.argmin(states[::-1], axis=0)
    streak = np.where(states.all(axis=0), len(states), streak)
    months = programme.replayed.months
    entered: Mapping[str, date] = {
        id_: months[len(months) - int(n)].as_of
        for id_, n in zip(programme.replayed.customers, streak.tolist(), strict=True)
        if n
    }
    return [entered.get(id_) for id_ in customers]
