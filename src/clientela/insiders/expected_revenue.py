"""What the members are worth: their share of the revenue so far, what to expect of them, and what campaigns can add."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from clientela.clv import Bootstrap, estimate_lifetime_value
from clientela.features.profile import profile_segments
from clientela.insiders.backtest import ends
from clientela.insiders.comparison import Trial, shares_of_next_period
from clientela.insiders.opportunities import NEAR, SOON_DAYS, opportunities
from clientela.insiders.programme import Programme
from clientela.insiders.rankings import Looks, Ranked, horizon_months
from clientela.insiders.snapshots import Moment
from clientela.insiders.windows import window_figures
from clientela.settings.insiders import InsidersSettings

DRAWS = 400  # of the parametric bootstrap, at most
LAPSED_MONTHS = 3
MEMBER, REST = 1, 2


@dataclass(frozen=True)
class Worth:
    """What is expected, and of whom.

    Attributes:
        totals: one row a number of months: members, all (each low, expected, high; currency).
        customers: expected, low, high of each customer in the horizon (currency); NaN where nothing can be expected.
        months: of the horizon.
    """

    totals: list[dict[str, Any]]
    customers: pd.DataFrame
    months: int


def expect(today: Ranked, member: np.ndarray, settings: InsidersSettings, *, seed: int) -> Worth:
    """The revenue to expect of the members and of all, with predictive intervals."""
    months = horizon_months(settings)
    models, purchases = today.valued.models, today.moment.purchases
    if models is None:
        nothing = pd.DataFrame(np.nan, today.moment.customers, ["expected", "low", "high"])
        return Worth([], nothing, months)
    bootstrap = Bootstrap("predictive", settings.interval, min(settings.draws, DRAWS), seed)
    groups = {"members": member, "all": np.ones(len(member), dtype=bool)}
    found = {
        number: estimate_lifetime_value(models, purchases, months=number, groups=groups, bootstrap=bootstrap)
        for number in sorted({*settings.expected_months, months})
    }
    totals = [
        {
            "months": number,
            **{row.group: [row.low, row.expected, row.high] for row in found[number].totals.itertuples()},
        }
        for number in settings.expected_months
    ]
    return Worth(totals, found[months].customers.set_index("customer_id"), months)


def revenue_shares(today: Ranked, programme: Programme, settings: InsidersSettings, *, seed: int) -> dict[str, Any]:
    """The members' share of the revenue: of all of the history and of the rules' window, with intervals."""
    moment, window = today.moment, programme.rules.window_days
    in_window = moment.figures[window]["spend"].to_numpy()
    found = {}
    for name, spend in {"history": moment.revenue, "window": in_window}.items():
        trial = Trial(moment.customers, spend, {"members": programme.member})
        (share,) = shares_of_next_period(
            [trial], ["members"], against="members", level=settings.interval, draws=settings.draws, seed=seed
        ).values()
        found[name] = {"share": ends(share["share"]), "spend": float(spend[programme.member].sum())}
    return {**found, "window_days": window}


def characteristics(today: Ranked, member: np.ndarray) -> dict[str, Any]:
    """Members and the rest: medians, quartiles, ranks and Cliff's deltas of every feature."""
    groups = np.where(member, MEMBER, REST).astype(np.int32)
    profiles = {profile.id: asdict(profile) for profile in profile_segments(today.moment.features, groups)}
    return {"members": profiles[MEMBER], "rest": profiles[REST]}


def actions(
    looks: Looks, today: Ranked, programme: Programme, worth: Worth, settings: InsidersSettings
) -> list[dict[str, Any]]:
    """The groups that a campaign can address, with what it brings where the assumed share of them does it."""
    moment, member = today.moment, programme.member
    figures = moment.figures[programme.rules.window_days]
    expected = worth.customers["expected"].to_numpy()
    known = np.nan_to_num(expected)
    near = member & (figures["spend"].to_numpy() < (1 + NEAR) * programme.rules.entry.spend)
    near_value = float(known[near].mean() if near.any() else np.median(known[member]))
    found = opportunities(
        programme.rules,
        figures,
        soon=_if_nobody_buys(looks, moment, programme.rules.window_days),
        member=member,
        was_member=_were_members(programme, moment.customers),
        order_value=moment.features["mean_order_value"].to_numpy(),
        expected=known,
        member_value=near_value,
    )
    success = settings.actions.success
    return [
        {
            "name": one.name,
            "customers": int(one.customers.sum()),
            "worth": one.worth,
            "gain": one.worth * success,
            "needs": one.needs,
            "later": float(np.maximum(near_value - known[one.customers], 0).sum()) * success,
        }
        for one in found
        if one.worth > 0
    ]


def _if_nobody_buys(looks: Looks, moment: Moment, window_days: int) -> pd.DataFrame:
    """The figures in 30 days without a purchase: what is in the window's last days today, and a last order older so."""
    shorter = window_figures(looks.connection, as_of=moment.as_of, window_days=window_days - SOON_DAYS)
    return shorter.assign(days=shorter["days"] + SOON_DAYS).reindex(moment.customers)


def _were_members(programme: Programme, customers: pd.Index) -> np.ndarray:
    states = programme.replayed.states[-1 - LAPSED_MONTHS : -1]
    lately = programme.replayed.customers[states.any(axis=0)]
    return customers.isin(lately)
