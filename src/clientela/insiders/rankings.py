"""Every order of the customers, tried at past dates and judged by the revenue that followed; the best is used today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import numpy as np
from tqdm import tqdm

from clientela.clv import BetaGeometricNBD, CustomerValue, Finding, ModifiedBetaGeometricNBD, ParetoNBD
from clientela.errors import InvalidData
from clientela.insiders import comparison, eligibility
from clientela.insiders.comparison import Estimate, Trial, choose, share_of, shares_of_next_period
from clientela.insiders.ranking import top
from clientela.insiders.snapshots import Moment, is_known, look, past_dates, yardsticks
from clientela.settings import FitFeature
from clientela.settings.insiders import InsidersSettings

PURCHASE_MODELS = {"bg_nbd": BetaGeometricNBD, "mbg_nbd": ModifiedBetaGeometricNBD, "pareto_nbd": ParetoNBD}
DAYS_BETWEEN = 30  # of the windows that models learn from
MONTH = 30  # days, to the nearest of which the horizon is a number of months


@dataclass(frozen=True)
class Valued:
    """The value models as of a moment.

    Attributes:
        models: fitted; None where they cannot be, or must not be used.
        findings: where they do not fit.
        expected: spend to expect of each customer in the horizon (currency); None without models.
    """

    models: CustomerValue | None
    findings: list[Finding]
    expected: np.ndarray | None


@dataclass(frozen=True)
class Ranked:
    """A moment with every order of its customers: name -> score, higher comes first."""

    moment: Moment
    scores: dict[str, np.ndarray]
    valued: Valued


@dataclass(frozen=True)
class Contest:
    """The orders judged.

    Attributes:
        trials: past moments, the latest first.
        today: the present one.
        shares: order -> its top group's share of the next period's revenue, and how far it is behind the chosen one.
        models: a row a supervised model and order: average precision and share, mean over the trials.
        model: the supervised model that stands for all of them; None where none could learn.
        choice: the order that is used.
        size_share: of the customers, in the groups that were compared.
        model_windows: dates of the windows that the models learned from, for the latest trial.
    """

    trials: list[Ranked]
    today: Ranked
    shares: dict[str, dict[str, Estimate]]
    models: list[dict[str, Any]]
    model: str | None
    choice: str
    size_share: float
    model_windows: list[date]


def horizon_months(settings: InsidersSettings) -> int:
    """The horizon in calendar months."""
    return max(1, round(settings.ranking.horizon_days / MONTH))


def value_of(moment: Moment, settings: InsidersSettings, *, seed: int) -> Valued:
    """Fit the value models to what was known at a moment."""
    models = CustomerValue(PURCHASE_MODELS[settings.ranking.purchase_model](seed=seed))
    try:
        models.fit(moment.purchases)
    except InvalidData:
        return Valued(None, getattr(models, "findings_", []), None)
    if not models.usable_:
        return Valued(None, models.findings_, None)
    expected = models.customer_lifetime_value(moment.purchases, horizon_months(settings))
    return Valued(models, models.findings_, expected)


class Looks:
    """The moments of a run, each looked at once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: InsidersSettings, first_order: date) -> None:
        self.connection = connection
        self.first_order = first_order
        self._horizon = settings.ranking.horizon_days
        self._windows = settings.rules.windows
        if settings.rules.fixed:
            self._windows = tuple({*self._windows, settings.rules.fixed.window_days})
        self._seen: dict[tuple[date, bool], Moment] = {}

    def at(self, day: date, *, with_next: bool) -> Moment:
        """The customers as of a day, with what they did next where that is over."""
        key = (day, with_next)
        if key not in self._seen:
            self._seen[key] = look(
                self.connection, as_of=day, windows=self._windows, next_days=self._horizon if with_next else None
            )
        return self._seen[key]


def hold_contest(
    looks: Looks,
    *,
    as_of: date,
    size_share: float,
    valued_today: Valued,
    fit: dict[str, FitFeature],
    segments: int,
    settings: InsidersSettings,
    seed: int,
) -> Contest:
    """Make every order at every past date from what was known then, and choose the best by what came next.

    Without a past that is long enough nothing can be judged: the order by expected value is used, or by past revenue
    where there is none.

    Args:
        looks: the moments.
        as_of: the present.
        size_share: of the customers, in the top groups that are compared.
        valued_today: the value models as of the present.
        fit: the features of the yardstick's clusters.
        segments: how many of them.
        settings: of the programme.
        seed: of everything random.
    """
    ranking = settings.ranking
    days = past_dates(looks.first_order, as_of, days_back=ranking.days_back, horizon_days=ranking.horizon_days)
    today = _ranked(looks.at(as_of, with_next=False), valued_today, fit=fit, segments=segments, seed=seed)
    tried = [
        _try(looks, day, size_share=size_share, fit=fit, segments=segments, settings=settings, seed=seed)
        for day in tqdm(days, desc="Past dates", unit="date")
        if _can_be_judged(looks.at(day, with_next=True))
    ]
    rows = [row for one in tried for row in one.rows]
    model = _best_model(rows, trials=len(tried))
    trials = [_with_model(one.ranked, one.learned, model) for one in tried]
    if model:
        now = _learn(model_windows(looks, as_of, settings), today.moment, size_share, seed=seed, only=model)
        today = _with_model(today, now, model)
    choice, shares = _choose(trials, _common(trials, today), size_share, settings, seed=seed)
    windows = tried[0].windows if tried else []
    return Contest(trials, today, shares, _means(rows), model, choice, size_share, windows)


@dataclass(frozen=True)
class _Tried:
    """A past date: its orders, the supervised models' scores, how each did, and the windows that they learned from."""

    ranked: Ranked
    learned: dict[str, np.ndarray]
    rows: list[dict[str, Any]]
    windows: list[date]


def _try(
    looks: Looks,
    day: date,
    *,
    size_share: float,
    fit: dict[str, FitFeature],
    segments: int,
    settings: InsidersSettings,
    seed: int,
) -> _Tried:
    moment = looks.at(day, with_next=True)
    ranked = _ranked(moment, value_of(moment, settings, seed=seed), fit=fit, segments=segments, seed=seed)
    windows = model_windows(looks, day, settings)
    learned = _learn(windows, moment, size_share, seed=seed)
    return _Tried(ranked, learned, _measured(ranked, learned, size_share), [window.as_of for window in windows])


def _can_be_judged(moment: Moment) -> bool:
    return is_known(moment) and moment.next_spend is not None and bool(moment.next_spend.sum() > 0)


def _choose(
    trials: Sequence[Ranked], names: Sequence[str], size_share: float, settings: InsidersSettings, *, seed: int
) -> tuple[str, dict[str, dict[str, Estimate]]]:
    """The order that is used, and every order's share; without trials no shares."""
    if not trials:
        return ("expected_value" if "expected_value" in names else "revenue_sort"), {}
    groups = trials_of(trials, dict.fromkeys(names, size_share))
    choice = choose({name: share_of(groups, name) for name in names}, tie=settings.ranking.tie)
    shares = shares_of_next_period(
        groups, names, against=choice, level=settings.interval, draws=settings.draws, seed=seed
    )
    return choice, shares


def trials_of(ranked: Sequence[Ranked], sizes: Mapping[str, float]) -> list[Trial]:
    """The top groups of the named orders at each date; sizes are shares of the customers then."""
    return [
        Trial(
            one.moment.customers,
            _outcome(one.moment),
            {
                name: top(one.scores[name], one.moment.revenue, max(1, round(share * len(one.moment.features))))
                for name, share in sizes.items()
            },
        )
        for one in ranked
    ]


def model_windows(looks: Looks, day: date, settings: InsidersSettings) -> list[Moment]:
    """The windows whose outcome was known on a day, the latest first, each with a history of a horizon before it."""
    horizon = settings.ranking.horizon_days
    back = [horizon + DAYS_BETWEEN * i for i in range(settings.model_windows.most)]
    days = past_dates(looks.first_order, day, days_back=back, horizon_days=horizon)
    return [moment for moment in (looks.at(one, with_next=True) for one in days) if is_known(moment)]


def _ranked(moment: Moment, valued: Valued, *, fit: dict[str, FitFeature], segments: int, seed: int) -> Ranked:
    scores = yardsticks(moment, fit=fit, segments=segments, seed=seed)
    if valued.expected is not None:
        scores["expected_value"] = valued.expected
    return Ranked(moment, scores, valued)


def _learn(
    windows: Sequence[Moment], moment: Moment, size_share: float, *, seed: int, only: str | None = None
) -> dict[str, np.ndarray]:
    learned = [
        eligibility.Window(window.features, eligibility.top_spenders(_outcome(window), size_share))
        for window in windows
    ]
    if not learned:
        return {}
    names = [only] if only else eligibility.MODELS
    return {name: eligibility.predict_top(name, learned, moment.features, seed=seed) for name in names}


def _measured(ranked: Ranked, learned: Mapping[str, np.ndarray], size_share: float) -> list[dict[str, Any]]:
    moment, spend = ranked.moment, _outcome(ranked.moment)
    in_top = eligibility.top_spenders(spend, size_share)
    size = max(1, round(size_share * len(spend)))
    rows = []
    for name, scores in {**ranked.scores, **learned}.items():
        group = top(scores, moment.revenue, size)
        rows.append(
            {
                "name": name,
                "is_model": name in eligibility.MODELS,
                "as_of": moment.as_of.isoformat(),
                "average_precision": eligibility.precision_of(scores, in_top),
                "precision": float(in_top[group].mean()),
                "share": float(spend[group].sum() / spend.sum()),
            }
        )
    return rows


def _means(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    names = list(dict.fromkeys(row["name"] for row in rows))
    found = []
    for name in names:
        own = [row for row in rows if row["name"] == name]
        means = {key: float(np.mean([row[key] for row in own])) for key in ("average_precision", "precision", "share")}
        found.append({"name": name, "is_model": own[0]["is_model"], "dates": len(own), **means})
    return sorted(found, key=lambda row: -row["average_precision"])


def _best_model(rows: Sequence[Mapping[str, Any]], *, trials: int) -> str | None:
    """The model that finds the top group best; None where it could not learn at every date."""
    tried = [row for row in _means(rows) if row["is_model"] and row["dates"] == trials]
    return tried[0]["name"] if tried else None


def _with_model(ranked: Ranked, learned: Mapping[str, np.ndarray], model: str | None) -> Ranked:
    if model is None or model not in learned:
        return ranked
    return Ranked(ranked.moment, {**ranked.scores, "model": learned[model]}, ranked.valued)


def _common(trials: Sequence[Ranked], today: Ranked) -> list[str]:
    everywhere = [one.scores.keys() for one in (*trials, today)]
    return [name for name in comparison.SIMPLEST_FIRST if all(name in names for names in everywhere)]


def _outcome(moment: Moment) -> np.ndarray:
    assert moment.next_spend is not None
    return moment.next_spend
