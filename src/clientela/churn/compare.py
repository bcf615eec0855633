"""The comparison of models: tuned once on the earliest training rows, fitted and tested at every cut-off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance

from clientela.churn import metrics
from clientela.churn.choice import Verdict, choose
from clientela.churn.leakage import check_model
from clientela.churn.models import matrix
from clientela.churn.panel import Split, folds_of
from clientela.churn.profit import Costs, realised_profit
from clientela.churn.tuning import FittedModel, Search, TunedModel, fit, tune
from clientela.settings import ChurnSettings

REPEATS = 5  # permutations of each feature


@dataclass(frozen=True)
class HoldoutResult:
    """Predictions and metrics of one model on the test customers of one cut-off."""

    name: str
    cutoff: date
    fitted: FittedModel
    probability: np.ndarray
    figures: dict[str, float]


@dataclass(frozen=True)
class Comparison:
    """All models at all cut-offs.

    Attributes:
        splits: the latest cut-off first.
        tuned: tuned values by model.
        results: test results by model, in the order of the splits.
        verdicts: one per model, by out-of-fold predictions for the training rows of the latest cut-off.
    """

    splits: Sequence[Split]
    tuned: Mapping[str, TunedModel]
    results: Mapping[str, Sequence[HoldoutResult]]
    verdicts: Sequence[Verdict]

    @property
    def winner(self) -> str:
        """The chosen model's name."""
        return next(row.name for row in self.verdicts if row.verdict == "winner")


@dataclass(frozen=True)
class ComparisonOptions:
    """How models are tuned, compared and checked.

    Attributes:
        grids: model -> values to try by parameter, and the number of draws.
        folds: number of folds for tuning, choice and calibration.
        interval: level of the bootstrap intervals, for example 0.95.
        draws: number of bootstrap samples.
        most_auc: ROC AUC from which on leakage is suspected.
        jobs: number of parallel workers; -1 for all cores.
    """

    grids: Mapping[str, tuple[Mapping[str, Sequence[Any]], int]]
    folds: int
    interval: float
    draws: int
    most_auc: float
    jobs: int = 1


def comparison_options(settings: ChurnSettings) -> ComparisonOptions:
    """The options of a comparison, from the settings."""
    return ComparisonOptions(
        grids={name: (values.grid, values.draws) for name, values in settings.models.grids.items()},
        folds=settings.folds,
        interval=settings.choice.interval,
        draws=settings.choice.draws,
        most_auc=settings.leakage.model_auc,
        jobs=settings.jobs,
    )


def compare(
    splits: Sequence[Split], columns: Sequence[str], options: ComparisonOptions, *, costs: Costs, seed: int
) -> Comparison:
    """Tune, fit and test all models and a dummy, and choose one.

    The models are tuned on the training rows of the earliest cut-off, which precede every test.

    Args:
        splits: training and test rows, the latest cut-off first; at least one.
        columns: names of the features.
        options: how models are tuned, compared and checked.
        costs: costs and success rate of a call; they decide which calls pay.
        seed: random seed.

    Returns:
        Tuned values, test results and verdict of every model.

    Raises:
        LeakageSuspected: a model's ROC AUC is too high.
    """
    folds_at = [folds_of(split.train, folds=options.folds, seed=seed) for split in splits]
    tuned: dict[str, TunedModel] = {}
    results: dict[str, list[HoldoutResult]] = {}
    for name, (grid, draws) in {"dummy": ({}, 0), **options.grids}.items():
        search = Search(grid, draws, seed=seed, jobs=options.jobs)
        tuned[name] = tune(name, splits[-1].train, columns, folds=folds_at[-1], search=search)
        results[name] = [
            _test(fit(tuned[name], split.train, columns, folds=folds, seed=seed, jobs=options.jobs), split, costs)
            for split, folds in zip(splits, folds_at, strict=True)
        ]
        for result in results[name]:
            check_model(name, result.figures["roc_auc"], most=options.most_auc, cutoff=result.cutoff)
    return Comparison(splits, tuned, results, _verdicts(splits[0].train, results, options, seed=seed))


def fit_winner(
    comparison: Comparison,
    rows: pd.DataFrame,
    columns: Sequence[str],
    options: ComparisonOptions,
    *,
    shift: float,
    seed: int,
) -> FittedModel:
    """Fit the chosen model again, to all rows with a known outcome.

    Args:
        comparison: the comparison that chose the model.
        rows: features and churn, one row per customer and cut-off.
        columns: names of the features.
        options: number of folds and workers.
        shift: what the season adds to the log-odds of the customers that the model will score.
        seed: random seed.

    Returns:
        The fitted and calibrated model.
    """
    folds = folds_of(rows, folds=options.folds, seed=seed)
    tuned = comparison.tuned[comparison.winner]
    return fit(tuned, rows, columns, folds=folds, seed=seed, jobs=options.jobs).shifted(shift)


def _verdicts(
    train: pd.DataFrame, results: Mapping[str, Sequence[HoldoutResult]], options: ComparisonOptions, *, seed: int
) -> list[Verdict]:
    out_of_fold = {name: rows[0].fitted.out_of_fold for name, rows in results.items()}
    churn, customers = train["churn"].to_numpy(), train["customer_id"]
    return choose(churn, customers, out_of_fold, interval=options.interval, draws=options.draws, seed=seed)


def importances(result: HoldoutResult, split: Split, *, seed: int, jobs: int) -> list[dict[str, Any]]:
    """Permutation importance (Breiman 2001) of each feature on the test customers.

    Args:
        result: the model with its test results.
        split: training and test rows of the cut-off.
        seed: random seed of the permutations.
        jobs: number of parallel workers.

    Returns:
        One row per feature, the greatest loss first: mean loss of average precision, and its standard deviation over
        the permutations.
    """
    found = permutation_importance(
        result.fitted.pipeline,
        matrix(split.test, result.fitted.columns),
        split.test["churn"].to_numpy(),
        scoring="average_precision",
        n_repeats=REPEATS,
        random_state=seed,
        n_jobs=jobs,
    )
    rows = [
        {"feature": name, "loss": float(mean), "standard_deviation": float(deviation)}
        for name, mean, deviation in zip(
            result.fitted.columns, found.importances_mean, found.importances_std, strict=True
        )
    ]
    return sorted(rows, key=lambda row: -row["loss"])


def _test(learned: FittedModel, split: Split, costs: Costs) -> HoldoutResult:
    rows: pd.DataFrame = split.test
    fitted = learned.shifted(split.season_shift)
    y, probability = rows["churn"].to_numpy(), fitted.probability(rows)
    values = costs.values(rows["spend_per_month"].to_numpy())
    pays = costs.pays(probability, values)
    figures = metrics.score(y, probability, pays) | {
        "predicted_rate": float(probability.mean()),
        "predicted_rate_without_season": float(learned.probability(rows).mean()),
        "profit": realised_profit(y, pays, values, costs),
        "predicted_profit": float(costs.expected_profit(probability, values)[pays].sum()),
        "customers": float(len(rows)),
    }
    return HoldoutResult(fitted.name, split.cutoff, fitted, probability, figures)
