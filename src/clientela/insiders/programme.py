"""The loyalty programme: rules that imitate the chosen ranking, replayed month by month over the history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from clientela.errors import InvalidData
from clientela.insiders.inputs import InputsCache
from clientela.insiders.rankings import RankedCustomers
from clientela.insiders.replay import Replay, replay
from clientela.insiders.rules import Conditions, FoundConditions, MembershipRules, find_entry, loosen
from clientela.settings.insiders import FixedRules, InsidersSettings

# The size includes members who meet only the conditions to stay. So the size of the group that the entry conditions
# reproduce is adjusted, at most this many times, until the number of all members is the requested size.
ROUNDS = 6


@dataclass(frozen=True)
class TriedLooseness:
    """One looseness that was tried (see `rules`).

    Attributes:
        share: looseness of the conditions to stay, in (0, 1].
        flapped: share of the leavers who came back within three months (see `Replay`).
        members: number of members today.
    """

    share: float
    flapped: float | None
    members: int


@dataclass(frozen=True)
class Programme:
    """The programme as of a date.

    Attributes:
        rules: membership rules.
        found: how well the entry conditions reproduce the top of the ranking; None for published rules.
        fidelity: F1 score of the members against the top of the ranking, of the requested size.
        replayed: the rules applied month by month, up to the date.
        member: whether each customer is a member; (customers,).
        kept: whether each customer is a member by the conditions to stay only; (customers,).
        looser: every looseness that was tried; empty for published rules.
    """

    rules: MembershipRules
    found: FoundConditions | None
    fidelity: float
    replayed: Replay
    member: np.ndarray
    kept: np.ndarray
    looser: Sequence[TriedLooseness] = ()


@dataclass(frozen=True)
class Target:
    """The group that the rules should select.

    Attributes:
        ranked: customers as of a date with their rankings.
        ranking: name of the ranking whose top customers the rules imitate.
        customers: number of members.
    """

    ranked: RankedCustomers
    ranking: str
    customers: int

    @property
    def group(self) -> np.ndarray:
        """Whether each customer is in the group; (customers,)."""
        return self.ranked.top(self.ranking, self.customers)


def build_programme(target: Target, cache: InputsCache, settings: InsidersSettings) -> Programme:
    """Set up the programme as of the target's date: window, conditions to enter, and how loose those to stay are.

    Args:
        target: the group that the rules should select.
        cache: inputs of the run.
        settings: programme settings; its fixed rules are used as they are where there are any.

    Raises:
        InvalidData: the history is shorter than twice the shortest window.
    """
    if settings.rules.fixed:
        return _apply_rules(target, _fixed_rules(settings.rules.fixed), cache, months=settings.replay_months)
    window = _best_window(target, cache.first_order, settings)
    tried: list[TriedLooseness] = []
    for share in settings.rules.looser:
        programme = _find_rules(target, cache, settings, window=window, looseness=share, months=settings.replay_months)
        flapped = programme.replayed.flapped
        tried.append(TriedLooseness(share, flapped, int(programme.member.sum())))
        if flapped is None or flapped <= settings.rules.flapping:
            break
    return replace(programme, looser=tried)


def possible_windows(first_order: date, as_of: date, settings: InsidersSettings) -> list[int]:
    """The windows of the settings that are at most half as long as the history; those of published rules always are.

    Args:
        first_order: date of the first order.
        as_of: as-of date.
        settings: programme settings.
    """
    if settings.rules.fixed:
        return [settings.rules.fixed.window_days]
    return [window for window in settings.rules.windows if 2 * window <= (as_of - first_order).days]


def member_since(programme: Programme, customers: Sequence[str]) -> list[date | None]:
    """The month in which each present member last entered; None for non-members."""
    states = programme.replayed.states
    # Months since the last one in which the customer was not a member.
    streak = np.argmin(states[::-1], axis=0)
    streak = np.where(states.all(axis=0), len(states), streak)
    months = programme.replayed.months
    entered: Mapping[str, date] = {
        id_: months[len(months) - int(n)].as_of
        for id_, n in zip(programme.replayed.customers, streak.tolist(), strict=True)
        if n
    }
    return [entered.get(id_) for id_ in customers]


def _best_window(target: Target, first_order: date, settings: InsidersSettings) -> int:
    """The window whose entry conditions imitate the group best."""
    inputs, within = target.ranked.inputs, settings.rules.size_within
    as_of = inputs.snapshot.as_of
    possible = possible_windows(first_order, as_of, settings)
    if not possible:
        raise InvalidData(
            "The history must be at least twice as long as one of the windows of conf/insiders.yaml, "
            f"{', '.join(map(str, settings.rules.windows))} days. Got {(as_of - first_order).days} days."
        )

    def fidelity(window: int) -> float:
        return find_entry(inputs.figures[window], target.group, window_days=window, size_within=within).fidelity

    return max(possible, key=fidelity)


def _find_rules(
    target: Target, cache: InputsCache, settings: InsidersSettings, *, window: int, looseness: float, months: int
) -> Programme:
    """The programme whose number of members comes close to the target's.

    Each round searches entry conditions for a larger or smaller group, by how far the last members were off.
    """
    inputs, within = target.ranked.inputs, settings.rules.size_within
    wanted, best = target.customers, None
    for _ in range(ROUNDS):
        group = target.ranked.top(target.ranking, wanted)
        found = find_entry(inputs.figures[window], group, window_days=window, size_within=within)
        rules = MembershipRules(window, found.conditions, loosen(found.conditions, looseness, window_days=window))
        programme = replace(_apply_rules(target, rules, cache, months=months), found=found)
        members = int(programme.member.sum())
        off = abs(members - target.customers)
        if best is None or off < abs(int(best.member.sum()) - target.customers):
            best = programme
        if off <= within * target.customers or not members:
            break
        wanted = max(1, min(len(group) - 1, round(wanted * target.customers / members)))
    assert best is not None
    return best


def _fixed_rules(fixed: FixedRules) -> MembershipRules:
    return MembershipRules(
        fixed.window_days, Conditions(**fixed.entry.model_dump()), Conditions(**fixed.removal.model_dump())
    )


def _apply_rules(target: Target, rules: MembershipRules, cache: InputsCache, *, months: int) -> Programme:
    """Replay the rules up to the target's date, and compare the members with the target group."""
    inputs, group = target.ranked.inputs, target.group
    snapshot = inputs.snapshot
    replayed = replay(rules, cache.months(snapshot.as_of, window_days=rules.window_days, most=months))
    member = snapshot.customers.isin(replayed.members())
    kept = member & ~rules.entry.hold(inputs.figures[rules.window_days])
    fidelity = 2 * int((member & group).sum()) / max(int(member.sum()) + int(group.sum()), 1)
    return Programme(rules, None, fidelity, replayed, member, kept)
