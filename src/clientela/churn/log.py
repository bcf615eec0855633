"""What a churn run leaves in MLflow: a run a model, its own figures and files, the tags of its version."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import yaml

from clientela import tracking
from clientela.churn import metrics
from clientela.churn.compare import Comparison
from clientela.churn.loading import ChurnData, Rows
from clientela.churn.report import figures as churn_figures
from clientela.churn.report import texts as churn_texts
from clientela.churn.version import FROM_TABLE, FROM_WINDOW, ChurnVersion
from clientela.reporting.charts import render
from clientela.reporting.words import Words
from clientela.settings import ChurnSettings

NO_METRICS = ("name", "verdict", "reason", "interval", "behind", "params", "tried", "chosen_by")


def log_models(run_id: str, report: Mapping[str, Any], comparison: Comparison, columns: Sequence[str]) -> str:
    """One nested run a model: values, figures of the latest cut-off and the others, curves; returns the view's link."""
    words = Words("en", currency=report["shop"]["currency"], book="churn")
    runs = [_model_run(row, place, report, comparison, words) for place, row in enumerate(report["board"], start=1)]
    tracking.log_candidates(run_id, runs)
    return tracking.share_leaderboard(run_id, columns, primary="average_precision")


def _model_run(
    row: Mapping[str, Any], place: int, report: Mapping[str, Any], comparison: Comparison, words: Words
) -> dict[str, Any]:
    name = row["name"]
    figures = {key: float(value) for key, value in row.items() if key not in NO_METRICS}
    for cutoff in report["cutoffs"]:
        for key in ("average_precision", "roc_auc", "brier_score"):
            figures[f"{key}_{cutoff['date']}"] = cutoff["models"][name][key]
    y, probability = comparison.splits[0].test["churn"].to_numpy(), comparison.tested[name][0].probability
    lift = metrics.lift_by_decile(y, probability)
    figures |= {f"lift_decile_{part['decile']:02.0f}": part["lift"] for part in lift}
    low, high = row["interval"]
    drawn = {
        "roc.png": churn_figures.curves({name: report["curves"][name]}, "roc", words, winner=name, rate=0.0),
        "precision_recall.png": churn_figures.curves(
            {name: report["curves"][name]}, "precision_recall", words, winner=name, rate=row["churn_rate"]
        ),
        "lift.png": churn_figures.lift(lift, words),
        "calibration.png": churn_figures.calibration(metrics.calibration_bins(y, probability), words),
    }
    return {
        "name": f"★ {name}" if row["verdict"] == "winner" else name,
        "params": {"model": name, **row["params"]},
        "metrics": {
            **figures,
            "rank": float(place),
            "average_precision_out_of_fold": row["chosen_by"],
            "average_precision_low": low,
            "average_precision_high": high,
        },
        "tags": {"dataset": report["shop"]["dataset"], "verdict": row["verdict"], "reason": row["reason"]},
        "files": {path: render(figure) for path, figure in drawn.items()}
        | ({"tuning.csv": pd.DataFrame(row["tried"]).to_csv(index=False).encode()} if row["tried"] else {}),
        "line": None,
    }


def log_churn(
    report: Mapping[str, Any],
    settings: ChurnSettings,
    data: ChurnData,
    rows: Rows,
    *,
    page: str,
    calls: pd.DataFrame,
    link: str,
) -> None:
    """The run's own: description, figures, ledgers, the list of calls, the report, the settings."""
    shop, risk, winner = report["shop"], report["risk"], report["winner"]
    tracking.log_dataset(
        rows.present.drop(columns="last_event_at"), name=shop["dataset"], location=shop["location"],
        digest=shop["digest"], context="churn",
    )  # fmt: skip
    figures = {key: value for key, value in winner.items() if key not in NO_METRICS}
    tracking.log_results(
        note=churn_texts.run_note(report, link),
        tags={key: shop[key] for key in ("dataset", "digest", "as_of")} | {"winner": winner["name"]},
        metrics={
            **{key: float(value) for key, value in figures.items()},
            "scored": float(report["data"]["scored"]),
            "called": float(risk["called"]),
            "expected_profit": risk["profit"],
            "mean_probability": risk["mean"],
        },
        tables={
            "ledger": data.ledger,
            **({"customer_ledger": data.customer_ledger} if data.customer_ledger is not None else {}),
            "importances": pd.DataFrame(report["importances"]),
            "cutoffs": cutoff_table(report["cutoffs"]),
        },
        texts={
            "settings.yaml": yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False, allow_unicode=True),
            "reasons.md": churn_texts.reasons_note(report["board"]),
            "report.html": page,
            "calls.csv": calls.to_csv(index=False),
        },
        files={},
    )


def cutoff_table(cutoffs: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """One row a cut-off and model."""
    return pd.DataFrame(
        [
            {"cutoff": row["date"], "model": name, **figures}
            for row in cutoffs
            for name, figures in row["models"].items()
        ]
    )


def call_table(
    version: ChurnVersion,
    answers: Sequence[Mapping[str, Any]],
    segment_of: Mapping[str, int] | None,
    *,
    language: str,
) -> pd.DataFrame:
    """Whom to call: one row a customer for whom a call pays, the highest expected profit first; reasons in words."""
    customers = version.customers
    table = pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "probability": customers["probability"],
            "band": [answer["band"] for answer in answers],
            "expected_profit": customers["expected_profit"],
            "reasons": ["; ".join(reason["text"][language] for reason in answer["reasons"]) for answer in answers],
        }
    )
    if segment_of:
        table["segment_id"] = table["customer_id"].map(segment_of).astype("Int64")
    pays = table[table["expected_profit"] > 0]
    return pays.sort_values(["expected_profit", "customer_id"], ascending=[False, True]).reset_index(drop=True)


def version_tags(report: Mapping[str, Any], *, run_id: str) -> dict[str, str]:
    """What is said of a version."""
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
