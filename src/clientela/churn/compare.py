"""The comparison: tuned once on the oldest training, fitted and tested at every cut-off, one model chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance

from clientela.churn import metrics
from clientela.churn.choice import Judged, choose
from clientela.churn.leakage import check_model
from clientela.churn.models import matrix
from clientela.churn.panel import Split, folds_of
from clientela.churn.profit import Costs, realised_profit
from clientela.churn.tuning import Fitted, Tuned, fit, tune

REPEATS = 5  # of each permutation


@dataclass(frozen=True)
class Tested:
    """One model at one cut-off, on customers that it was not fitted to."""

    name: str
    cutoff: date
    fitted: Fitted
    probability: np.ndarray
    figures: dict[str, float]


@dataclass(frozen=True)
class Comparison:
    """All models at all cut-offs.

    Attributes:
        splits: the latest cut-off first.
        tuned: by model.
        tested: by model, in the order of the splits.
        judged: the verdicts, by the training of the latest cut-off.
    """

    splits: Sequence[Split]
    tuned: Mapping[str, Tuned]
    tested: Mapping[str, Sequence[Tested]]
    judged: Sequence[Judged]

    @property
    def winner(self) -> str:
        """The chosen model's name."""
        return next(row.name for row in self.judged if row.verdict == "winner")


def compare(
    splits: Sequence[Split],
    columns: Sequence[str],
    *,
    grids: Mapping[str, tuple[Mapping[str, Sequence[Any]], int]],
    folds: int,
    costs: Costs,
    interval: float,
    draws: int,
    most_auc: float,
    seed: int,
    jobs: int,
) -> Comparison:
    """Tune, fit, test and judge all models and the dummy.

    The values are tuned on the training of the earliest cut-off, which lies before all tests: none has a say in them.

    Args:
        splits: the latest cut-off first; at least one.
        columns: the features.
        grids: model -> values to try, and how many draws.
        folds: of tuning, choice and calibration.
        costs: by which a call pays.
        interval, draws: of the choice's bootstrap.
        most_auc: from which a model is too good to be true.
        seed: of everything random.
        jobs: parallel workers.

    Raises:
        LeakageSuspected: a model is too good to be true.
    """
    folds_at = [folds_of(split.train, folds=folds, seed=seed) for split in splits]
    tuned: dict[str, Tuned] = {}
    tested: dict[str, list[Tested]] = {}
    for name, (grid, tries) in {"dummy": ({}, 0), **grids}.items():
        tuned[name] = tune(
            name, splits[-1].train, columns, folds=folds_at[-1], grid=grid, draws=tries, seed=seed, jobs=jobs
        )
        tested[name] = [
            _test(fit(tuned[name], split.train, columns, folds=rows, seed=seed, jobs=jobs), split, costs)
            for split, rows in zip(splits, folds_at, strict=True)
        ]
        for one in tested[name]:
            check_model(name, one.figures["roc_auc"], most=most_auc, cutoff=one.cutoff)
    train = splits[0].train
    judged = choose(
        train["churn"].to_numpy(),
        train["customer_id"],
        {name: rows[0].fitted.out_of_fold for name, rows in tested.items()},
        interval=interval,
        draws=draws,
        seed=seed,
    )
    return Comparison(splits, tuned, tested, judged)


def importances(tested: Tested, split: Split, *, seed: int, jobs: int) -> list[dict[str, Any]]:
    """What average precision loses where a feature is shuffled among the test's customers, the greatest loss first."""
    found = permutation_importance(
        tested.fitted.pipeline,
        matrix(split.test, tested.fitted.columns),
        split.test["churn"].to_numpy(),
        scoring="average_precision",
        n_repeats=REPEATS,
        random_state=seed,
        n_jobs=jobs,
    )
    rows = [
        {"feature": name, "loss": float(mean), "standard_deviation": float(deviation)}
        for name, mean, deviation in zip(
            tested.fitted.columns, found.importances_mean, found.importances_std, strict=True
        )
    ]
    return sorted(rows, key=lambda row: -row["loss"])


def _test(fitted: Fitted, split: Split, costs: Costs) -> Tested:
    rows: pd.DataFrame = split.test
    y, probability = rows["churn"].to_numpy(), fitted.probability(rows)
    values = costs.values(rows["spend_per_month"].to_numpy())
    called = costs.called(probability, values)
    figures = metrics.score(y, probability, called) | {
        "profit": realised_profit(y, called, values, costs),
        "customers": float(len(rows)),
    }
    return Tested(fitted.name, split.cutoff, fitted, probability, figures)
