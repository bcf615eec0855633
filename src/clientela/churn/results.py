"""Results of the model comparison: the leaderboard, the metrics at each cut-off, and what the winner achieves."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from clientela.churn import metrics
from clientela.churn.compare import Comparison, HoldoutResult
from clientela.churn.panel import Split
from clientela.churn.profit import Costs, profit_curve, realised_profit


def leaderboard(comparison: Comparison) -> list[dict[str, Any]]:
    """One row per model, the highest out-of-fold average precision first: verdict, reason and metrics on the test."""
    rows = []
    for verdict in comparison.verdicts:
        latest, tuned = comparison.results[verdict.name][0], comparison.tuned[verdict.name]
        rows.append(
            {
                "name": verdict.name,
                "verdict": verdict.verdict,
                "reason": verdict.reason,
                "chosen_by": verdict.average_precision,
                "interval": list(verdict.interval),
                "behind": list(verdict.behind),
                **latest.figures,
                "params": dict(tuned.params),
                "tried": tuned.tried,
                "tuning_seconds": tuned.seconds,
                "fit_seconds": latest.fitted.seconds,
            }
        )
    return sorted(rows, key=lambda row: -row["chosen_by"])


def cutoff_results(comparison: Comparison) -> list[dict[str, Any]]:
    """One row per cut-off, the latest first: rows, churn rate, and the metrics of each model."""
    return [
        {
            "date": split.cutoff.isoformat(),
            "trained": len(split.train),
            "customers": len(split.test),
            "churn_rate": float(split.test["churn"].mean()),
            "season_shift": split.season_shift,
            "models": {name: results[position].figures for name, results in comparison.results.items()},
        }
        for position, split in enumerate(comparison.splits)
    ]


def profit_ratios(results: Sequence[HoldoutResult]) -> list[float]:
    """Realised profit divided by the predicted one, for each cut-off at which a profit was predicted."""
    pairs = [(result.figures["profit"], result.figures["predicted_profit"]) for result in results]
    return [realised / predicted for realised, predicted in pairs if predicted > 0]


def model_curves(comparison: Comparison) -> dict[str, Any]:
    """Points of the ROC and precision-recall curves of every model at the latest cut-off."""
    y = comparison.splits[0].test["churn"].to_numpy()
    return {name: metrics.curves(y, results[0].probability) for name, results in comparison.results.items()}


def holdout_outcome(result: HoldoutResult, split: Split, costs: Costs) -> dict[str, Any]:
    """Lift, calibration and profit of a model on the test customers of a cut-off.

    Args:
        result: the model's probabilities for the test customers.
        split: training and test rows of the cut-off.
        costs: costs and success rate of a call.

    Returns:
        Lift by decile, calibration by tenth, the profit curve and its highest point, the number of customers for whom
        a call was expected to pay, and the realised profit (money) of calling them and of calling everybody.
    """
    y, probability = split.test["churn"].to_numpy(), result.probability
    values = costs.values(split.test["spend_per_month"].to_numpy())
    pays = costs.pays(probability, values)
    curve = profit_curve(y, probability, values, costs)
    best = int(np.argmax(curve["realised"]))
    return {
        "lift": metrics.lift_by_decile(y, probability),
        "calibration": metrics.calibration_bins(y, probability),
        "profit": curve,
        "best": {"profit": curve["realised"][best], "share": curve["share"][best]},
        "called": int(pays.sum()),
        "customers": len(y),
        "churners": int(y.sum()),
        "realised_profit": realised_profit(y, pays, values, costs),
        "realised_profit_of_all": realised_profit(y, np.ones(len(y), bool), values, costs),
    }
