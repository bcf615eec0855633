"""The guarantee: the programme as it would have been found at past dates, against what people did next."""

from dataclasses import asdict
from typing import Any

import numpy as np

from clientela.features.effects import cliffs_delta
from clientela.insiders.comparison import Estimate, Trial, permutation_test, shares_of_next_period, times_the_rest
from clientela.insiders.programme import History, Programme, programme_at
from clientela.insiders.ranking import top
from clientela.insiders.rankings import Contest, Ranked
from clientela.insiders.uplift import amount_outcome, members_needed, share_outcome, uplift_seen
from clientela.settings.insiders import InsidersSettings

PROGRAMME, RANDOM = "programme", "random"
BINS = 40  # of the picture of the random groups


def prove_programme(
    contest: Contest, programme: Programme, *, history: History, settings: InsidersSettings, seed: int
) -> dict[str, Any] | None:
    """Find the programme at each past date from what was known then, and look at what followed.

    Returns plain data: `dates` (the latest first), `against` (every other order's top group of the same size, all dates
    together), `chance` and `measure` of the latest date; None where the history is too short.
    """
    looser = programme.looser[-1]["share"] if programme.looser else None
    made = [
        (
            ranked,
            programme_at(
                ranked,
                contest.choice,
                max(1, round(contest.size_share * len(ranked.moment.features))),
                like=programme,
                looser=looser,
                history=history,
                settings=settings,
            ),
        )
        for ranked in contest.trials
    ]
    made = [(ranked, then) for ranked, then in made if 0 < then.member.sum() < len(then.member)]
    if not made:
        return None
    names = [PROGRAMME, *contest.shares, RANDOM]
    trials = [_trial(ranked, then, contest, seed=seed) for ranked, then in made]
    found = shares_of_next_period(
        trials, names, against=PROGRAMME, level=settings.interval, draws=settings.draws, seed=seed
    )
    ranked, then = made[0]
    return {
        "horizon_days": settings.ranking.horizon_days,
        "interval": settings.interval,
        "dates": [_date(ranked, then, settings, seed=seed) for ranked, then in made],
        "against": [
            {"name": name, "share": ends(found[name]["share"]), "ahead": ends(found[name]["behind"])} for name in names
        ],
        "chance": _chance(ranked, then, settings, seed=seed),
        "measure": _measure(ranked, then, int(programme.member.sum()), settings),
    }


def ends(figure: Estimate) -> list[float]:
    """Lower end, value, upper end."""
    return [figure.low, figure.value, figure.high]


def _trial(ranked: Ranked, then: Programme, contest: Contest, *, seed: int) -> Trial:
    moment, size = ranked.moment, int(then.member.sum())
    drawn = np.zeros(len(then.member), dtype=bool)
    drawn[np.random.default_rng(seed).choice(len(drawn), size, replace=False)] = True
    groups = {name: top(ranked.scores[name], moment.revenue, size) for name in contest.shares}
    return Trial(moment.customers, _spend(ranked), {PROGRAMME: then.member, **groups, RANDOM: drawn})


def _date(ranked: Ranked, then: Programme, settings: InsidersSettings, *, seed: int) -> dict[str, Any]:
    moment, member, spend = ranked.moment, then.member, _spend(ranked)
    assert moment.next_orders is not None
    again = moment.next_orders > 0
    means = times_the_rest(spend, member, level=settings.interval, draws=settings.draws, seed=seed)
    expected = ranked.valued.expected
    return {
        "as_of": moment.as_of.isoformat(),
        "customers": len(member),
        "members": int(member.sum()),
        "again": [float(again[member].mean()), float(again[~member].mean())],
        "effect": cliffs_delta(spend, member),
        **{name: ends(figure) for name, figure in means.items()},
        "came": float(spend[member].sum()),
        "expected": float(expected[member].sum()) if expected is not None else None,
        "came_all": float(spend.sum()),
        "expected_all": float(expected.sum()) if expected is not None else None,
        "rules": {"entry": asdict(then.rules.entry), "removal": asdict(then.rules.removal)},
        "probability": permutation_test(spend, member, draws=settings.draws, seed=seed).probability,
    }


def _chance(ranked: Ranked, then: Programme, settings: InsidersSettings, *, seed: int) -> dict[str, Any]:
    chance = permutation_test(_spend(ranked), then.member, draws=settings.draws, seed=seed)
    counts, edges = np.histogram(chance.random, BINS)
    return {
        "share": chance.share,
        "probability": chance.probability,
        "draws": settings.draws,
        "highest": float(chance.random.max()),
        "mean": float(chance.random.mean()),
        "counts": counts.tolist(),
        "edges": edges.tolist(),
    }


def _measure(ranked: Ranked, then: Programme, members_now: int, settings: InsidersSettings) -> list[dict[str, Any]]:
    """What a hold-out test among the members can show: one row an outcome."""
    moment, actions = ranked.moment, settings.actions
    assert moment.next_orders is not None
    before, member = moment.figures[then.rules.window_days], then.member
    outcomes = {
        "spend": amount_outcome(_spend(ranked)[member], before["spend"].to_numpy()[member]),
        "orders": amount_outcome(moment.next_orders[member], before["orders"].to_numpy()[member]),
        "again": share_outcome(moment.next_orders[member] > 0),
    }
    test = {"control": actions.control, "power": actions.power, "significance": actions.significance}
    return [
        {
            "outcome": name,
            "mean": outcome.mean,
            # More than all of them cannot buy again.
            "possible": name != "again" or outcome.mean * (1 + actions.uplift) <= 1,
            "needed": members_needed(outcome, actions.uplift, **test),
            "seen": uplift_seen(outcome, members_now, **test),
        }
        for name, outcome in outcomes.items()
    ]


def _spend(ranked: Ranked) -> np.ndarray:
    assert ranked.moment.next_spend is not None
    return ranked.moment.next_spend
