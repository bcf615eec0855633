"""What a churn run writes to MLflow: one nested run per model, and the run's own metrics, tables and files."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import yaml

from clientela import tracking, ui_addresses
from clientela.churn import metrics
from clientela.churn.compare import Comparison
from clientela.churn.report import figures, texts
from clientela.churn.report.data import ReportData
from clientela.churn.run import ChurnRun
from clientela.churn.version import FROM_TABLE, FROM_WINDOW
from clientela.reporting.charts import render
from clientela.reporting.words import Words
from clientela.shared_views import View

# Columns of the leaderboard that are not metrics.
AT_CUTOFFS = (
    "average_precision", "roc_auc", "brier_score", "calibration_error", "churn_rate", "predicted_rate",
    "predicted_rate_without_season", "profit", "predicted_profit",
)  # fmt: skip
NOT_METRICS = ("name", "verdict", "reason", "interval", "behind", "params", "tried", "chosen_by")


def log_run(
    run_id: str, run: ChurnRun, comparison: Comparison, report: ReportData, *, page: str, call_list: pd.DataFrame
) -> str:
    """Log a churn run to MLflow.

    Args:
        run_id: id of the open run.
        run: the loaded input of the run.
        comparison: the compared models.
        report: data of the report.
        page: the report (HTML).
        call_list: the customers for whom a call pays, one row per customer.

    Returns:
        Link to the leaderboard in the UI.
    """
    words = Words("en", currency=report["shop"]["currency"], book="churn")
    models = [_model_run(row, rank, report, comparison, words) for rank, row in enumerate(report["board"], start=1)]
    tracking.log_candidates(run_id, models)
    leaderboard = View(
        name="Leaderboard",
        search=ui_addresses.children_of(run_id),
        columns=run.settings.leaderboard,
        order_by="rank",
    )
    link = tracking.share_views(run_id, leaderboard, primary="average_precision")
    shop = report["shop"]
    tracking.log_dataset(
        run.rows.current.drop(columns="last_event_at"), name=shop["dataset"], location=shop["location"],
        digest=shop["digest"], context="churn",
    )  # fmt: skip
    tracking.log_results(
        note=texts.run_note(report, link),
        tags={
            "dataset": shop["dataset"], "digest": shop["digest"], "as_of": shop["as_of"],
            "winner": report["winner"]["name"],
        },
        metrics=_run_metrics(report),
        tables=_run_tables(run, report),
        texts={
            "settings.yaml": yaml.safe_dump(run.settings.model_dump(mode="json"), sort_keys=False, allow_unicode=True),
            "reasons.md": texts.reasons_note(report["board"]),
            "report.html": page,
            "call_list.csv": call_list.to_csv(index=False),
        },
        files={},
    )  # fmt: skip
    return link


def cutoff_table(cutoffs: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The metrics of each model at each cut-off: one row per cut-off and model."""
    return pd.DataFrame(
        [{"cutoff": row["date"], "model": name, **values} for row in cutoffs for name, values in row["models"].items()]
    )


def version_tags(report: ReportData, *, run_id: str) -> dict[str, str]:
    """Tags of a version: its data, the metrics on the test customers, and the run that made it."""
    shop, winner = report["shop"], report["winner"]
    return {
        **{key: shop[key] for key in ("dataset", "digest", "as_of")},
        "customers": str(report["data"]["scored"]),
        "change": "churn",
        "algorithm": winner["name"],
        "window_days": str(report["label"]["days"]),
        "label": FROM_TABLE if report["label"]["labelled"] else FROM_WINDOW,
        **{key: f"{winner[key]:.4f}" for key in ("average_precision", "roc_auc", "brier_score")},
        "churn_rate": f"{winner['churn_rate']:.4f}",
        "parent_run": run_id,
    }


def _run_metrics(report: ReportData) -> dict[str, float]:
    risk = report["risk"]
    return {
        **_metrics_of(report["winner"]),
        "scored": float(report["data"]["scored"]),
        "customers_to_call": float(risk["customers_to_call"]),
        "expected_profit": risk["profit"],
        "mean_probability": risk["mean"],
        "season_shift": report["season_shift"],
    }


def _metrics_of(row: Mapping[str, Any]) -> dict[str, float]:
    """The metrics in a row of the leaderboard."""
    return {key: float(value) for key, value in row.items() if key not in NOT_METRICS}


def _run_tables(run: ChurnRun, report: ReportData) -> dict[str, pd.DataFrame]:
    ledgers = {"ledger": run.data.ledger, "customer_ledger": run.data.customer_ledger}
    return {
        **{name: ledger for name, ledger in ledgers.items() if ledger is not None},
        "importances": pd.DataFrame(report["importances"]),
        "cutoffs": cutoff_table(report["cutoffs"]),
    }


def _model_run(
    row: Mapping[str, Any], rank: int, report: ReportData, comparison: Comparison, words: Words
) -> dict[str, Any]:
    name = row["name"]
    y, probability = comparison.splits[0].test["churn"].to_numpy(), comparison.results[name][0].probability
    lift = metrics.lift_by_decile(y, probability)
    files = {path: render(figure) for path, figure in _model_figures(row, report, lift, words).items()}
    files["calibration.png"] = render(figures.calibration(metrics.calibration_bins(y, probability), words))
    if row["tried"]:
        files["tuning.csv"] = pd.DataFrame(row["tried"]).to_csv(index=False).encode()
    return {
        "name": f"★ {name}" if row["verdict"] == "winner" else name,
        "params": {"model": name, **row["params"]},
        "metrics": _model_metrics(row, rank, report, lift),
        "tags": {"dataset": report["shop"]["dataset"], "verdict": row["verdict"], "reason": row["reason"]},
        "files": files,
        "line": None,
    }


def _model_metrics(
    row: Mapping[str, Any], rank: int, report: ReportData, lift: Sequence[Mapping[str, float]]
) -> dict[str, float]:
    at_cutoffs = {
        f"{key}_{cutoff['date']}": cutoff["models"][row["name"]][key]
        for cutoff in report["cutoffs"]
        for key in AT_CUTOFFS
    }
    low, high = row["interval"]
    return {
        **_metrics_of(row),
        **at_cutoffs,
        **{f"lift_decile_{part['decile']:02.0f}": part["lift"] for part in lift},
        "rank": float(rank),
        "average_precision_out_of_fold": row["chosen_by"],
        "average_precision_low": low,
        "average_precision_high": high,
    }


def _model_figures(
    row: Mapping[str, Any], report: ReportData, lift: Sequence[Mapping[str, float]], words: Words
) -> dict[str, Any]:
    name = row["name"]
    points = {name: report["curves"][name]}
    return {
        "roc.png": figures.curves(points, "roc", words, winner=name, rate=0.0),
        "precision_recall.png": figures.curves(points, "precision_recall", words, winner=name, rate=row["churn_rate"]),
        "lift.png": figures.lift(lift, words),
    }
