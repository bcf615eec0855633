"""The ranking comparison: every ranking at past dates, scored by the revenue that followed; the best is used today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

import numpy as np

from clientela.insiders import eligibility
from clientela.insiders.inputs import InputsCache, ProgrammeInputs, past_dates
from clientela.insiders.next_period_shares import CustomerBootstrap, GroupShare, Trial, share_of, shares_of_next_period
from clientela.insiders.ranked_dates import RankedDates
from clientela.insiders.rankings import RankedCustomers, RankingOptions, group_size, top_share
from clientela.settings.insiders import InsidersSettings

# From the simplest to the most elaborate: of rankings that do equally well, the first is chosen.
SIMPLEST_FIRST = ("revenue_sort", "rfm_score", "best_segment", "expected_value", "model")
DAYS_BETWEEN_WINDOWS = 30  # days between the training windows of the supervised models


class RankingScore(TypedDict):
    """How well a ranking or a supervised model finds the next period's top group, mean over past dates.

    `dates` is their number; `average_precision` and `precision` are those of the top group, `share` is the share of
    the next period's revenue.
    """

    name: str
    is_model: bool
    dates: int
    average_precision: float
    precision: float
    share: float


@dataclass(frozen=True)
class RankingComparison:
    """The rankings compared.

    Attributes:
        past: customers at the past dates with their rankings, the latest date first.
        today: customers as of the date of the comparison with their rankings.
        shares: ranking -> its top group's share of the next period's revenue, and the difference from the chosen one;
            empty where the history is too short.
        scores: scores of all rankings and supervised models, the highest average precision first.
        model: supervised model that stands for all of them; None if none could be trained.
        choice: ranking that is used.
        size_share: share of the customers in the groups that were compared.
        training_dates: as-of dates of the windows that the models were trained on, for the latest past date.
    """

    past: list[RankedCustomers]
    today: RankedCustomers
    shares: dict[str, GroupShare]
    scores: list[RankingScore]
    model: str | None
    choice: str
    size_share: float
    training_dates: list[date]


def compare_rankings(
    dates: RankedDates, inputs: ProgrammeInputs, *, purchase_model: str, size_share: float
) -> RankingComparison:
    """Rank the customers at the past dates of a date from what was known then, and choose by the revenue that followed.

    If the history is too short for a past date, nothing can be compared: the ranking by expected value is used, or by
    past revenue if there is no expected value.

    Args:
        dates: rankings of the run.
        inputs: customers as of the date.
        purchase_model: name of the purchase model of the expected values.
        size_share: share of the customers in the top groups that are compared, in (0, 1).
    """
    cache, options, as_of = dates.cache, dates.options, inputs.snapshot.as_of
    today = dates.rank(inputs, purchase_model)
    tried = [_score_date(cache, dates.rank(past, purchase_model), size_share, options) for past in dates.past(as_of)]
    scores = _mean_scores([row for one in tried for row in one.scores])
    model = _best_model(scores, dates=len(tried))
    past = [_with_model(one.ranked, one.predicted, model) for one in tried]
    if model:
        windows = training_windows(cache, as_of, options.settings)
        today = _with_model(today, _predict(windows, today.inputs, size_share, [model], seed=options.seed), model)
    choice, shares = _choose(past, _common(past, today), size_share, options)
    days = tried[0].training_dates if tried else []
    return RankingComparison(past, today, shares, scores, model, choice, size_share, days)


def choose(shares: Mapping[str, float], *, tie: float) -> str:
    """The ranking with the largest share of the next period's revenue; of those within `tie` of it the simplest.

    Example:
        >>> choose({"revenue_sort": 0.598, "expected_value": 0.6}, tie=0.005)
        'revenue_sort'
    """
    candidates = [name for name in SIMPLEST_FIRST if name in shares]
    best = max(shares[name] for name in candidates)
    return next(name for name in candidates if shares[name] >= best - tie)


def training_windows(cache: InputsCache, as_of: date, settings: InsidersSettings) -> list[ProgrammeInputs]:
    """The windows whose next period was over on a date, the latest first, each after at least a horizon of history.

    Args:
        cache: inputs of the run.
        as_of: date on which the models are trained.
        settings: programme settings: horizon and number of windows.
    """
    horizon = settings.ranking.horizon_days
    back = [horizon + DAYS_BETWEEN_WINDOWS * i for i in range(settings.model_windows.most)]
    days = past_dates(cache.first_order, as_of, days_back=back, horizon_days=horizon)
    windows = [cache.at(day, with_next_period=True) for day in days]
    return [window for window in windows if window.has_enough_customers]


@dataclass(frozen=True)
class _ScoredDate:
    ranked: RankedCustomers
    predicted: dict[str, np.ndarray]
    scores: list[RankingScore]
    training_dates: list[date]


def _score_date(cache: InputsCache, ranked: RankedCustomers, size_share: float, options: RankingOptions) -> _ScoredDate:
    inputs = ranked.inputs
    windows = training_windows(cache, inputs.snapshot.as_of, options.settings)
    predicted = _predict(windows, inputs, size_share, eligibility.MODELS, seed=options.seed)
    rows = _scores(RankedCustomers(inputs, ranked.values, {**ranked.scores, **predicted}), size_share)
    return _ScoredDate(ranked, predicted, rows, [window.snapshot.as_of for window in windows])


def _predict(
    windows: Sequence[ProgrammeInputs], inputs: ProgrammeInputs, size_share: float, models: Sequence[str], *, seed: int
) -> dict[str, np.ndarray]:
    """Model -> each customer's probability to be in the next period's top group; empty without a training window."""
    training = [
        eligibility.TrainingWindow(
            window.snapshot.features, eligibility.top_spenders(window.snapshot.next_spend, size_share)
        )
        for window in windows
    ]
    if not training:
        return {}
    features = inputs.snapshot.features
    return {name: eligibility.predict_top(name, training, features, seed=seed) for name in models}


def _scores(ranked: RankedCustomers, size_share: float) -> list[RankingScore]:
    spend = ranked.inputs.snapshot.next_spend
    in_top = eligibility.top_spenders(spend, size_share)
    rows: list[RankingScore] = []
    for name, scores in ranked.scores.items():
        group = ranked.top(name, group_size(size_share, len(spend)))
        rows.append(
            {
                "name": name,
                "is_model": name in eligibility.MODELS,
                "dates": 1,
                "average_precision": eligibility.average_precision(scores, in_top),
                "precision": float(in_top[group].mean()),
                "share": float(spend[group].sum() / spend.sum()),
            }
        )
    return rows


def _mean_scores(rows: Sequence[RankingScore]) -> list[RankingScore]:
    means = []
    for name in dict.fromkeys(row["name"] for row in rows):
        own = [row for row in rows if row["name"] == name]
        means.append(
            RankingScore(
                name=name,
                is_model=own[0]["is_model"],
                dates=len(own),
                average_precision=float(np.mean([row["average_precision"] for row in own])),
                precision=float(np.mean([row["precision"] for row in own])),
                share=float(np.mean([row["share"] for row in own])),
            )
        )
    return sorted(means, key=lambda row: -row["average_precision"])


def _best_model(scores: Sequence[RankingScore], *, dates: int) -> str | None:
    """The model that finds the top group best; None if no model could be trained at every date."""
    tried = [row for row in scores if row["is_model"] and row["dates"] == dates]
    return tried[0]["name"] if tried else None


def _with_model(ranked: RankedCustomers, predicted: Mapping[str, np.ndarray], model: str | None) -> RankedCustomers:
    if model is None or model not in predicted:
        return ranked
    return RankedCustomers(ranked.inputs, ranked.values, {**ranked.scores, "model": predicted[model]})


def _common(past: Sequence[RankedCustomers], today: RankedCustomers) -> list[str]:
    everywhere = [one.scores.keys() for one in (*past, today)]
    return [name for name in SIMPLEST_FIRST if all(name in names for names in everywhere)]


def _choose(
    past: Sequence[RankedCustomers], names: Sequence[str], size_share: float, options: RankingOptions
) -> tuple[str, dict[str, GroupShare]]:
    """The ranking that is used, and every ranking's share; no shares without a past date."""
    if not past:
        return ("expected_value" if "expected_value" in names else "revenue_sort"), {}
    settings = options.settings
    trials = [_trial(one, names, size_share) for one in past]
    choice = choose({name: share_of(trials, name) for name in names}, tie=settings.ranking.tie)
    bootstrap = CustomerBootstrap(settings.interval, settings.draws, options.seed)
    return choice, shares_of_next_period(trials, names, reference=choice, bootstrap=bootstrap)


def _trial(ranked: RankedCustomers, names: Sequence[str], size_share: float) -> Trial:
    snapshot = ranked.inputs.snapshot
    groups = {name: top_share(ranked, name, size_share) for name in names}
    return Trial(snapshot.customers, snapshot.next_spend, groups)
