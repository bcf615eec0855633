"""All that a run of the Insiders programme writes to MLflow: its description, figures, tables and files."""

from typing import Any

import pandas as pd
import yaml

from clientela import tracking
from clientela.insiders.report.schema import ReportData, used_ranking
from clientela.insiders.report.texts import backtest_rows, summary_note
from clientela.loading import ShopData
from clientela.settings import Settings


def log_run(
    settings: Settings, data: ShopData, report: ReportData, members: pd.DataFrame, *, page: str, run_id: str
) -> None:
    """Log the run's figures, tables and files, and one nested run per ranking and supervised model.

    Args:
        settings: settings of the run.
        data: cleaned data set.
        report: report data.
        members: list of members.
        page: HTML of the report.
        run_id: active MLflow run.
    """
    shop, source = report["shop"], data.source
    tracking.log_dataset(
        data.features, name=shop["dataset"], location=source.location, digest=source.digest, context="insiders"
    )
    tracking.log_candidates(run_id, _rankings(report))
    tags = {"dataset": shop["dataset"], "digest": shop["digest"], "as_of": shop["as_of"]}
    tracking.log_results(
        note=summary_note(report),
        tags={**tags, "choice": report["comparison"]["choice"]},
        metrics=_metrics(report),
        tables={"ledger": data.ledger, "insiders": members, **_tables(report)},
        texts={
            "settings.yaml": yaml.safe_dump(settings.dump(), sort_keys=False, allow_unicode=True),
            "rules.yaml": yaml.safe_dump(report["programme"]["rules"], sort_keys=False),
            "report.html": page,
        },
        files={},
    )


def version_tags(report: ReportData, *, run_id: str) -> dict[str, str]:
    """The registry tags of a version."""
    shop = report["shop"]
    return {
        "dataset": shop["dataset"],
        "digest": shop["digest"],
        "as_of": shop["as_of"],
        "customers": str(report["data"]["customers"]),
        "members": str(report["programme"]["members"]),
        "ranking": report["comparison"]["choice"],
        "parent_run": run_id,
    }


def _tables(report: ReportData) -> dict[str, pd.DataFrame]:
    tables = {
        "replay": pd.DataFrame(report["replay"]["months"]),
        "rankings": pd.DataFrame(report["comparison"]["scores"]),
        "purchase_models": pd.DataFrame(report["expected"]["models"]),
    }
    if report["backtest"]:
        tables["backtest"] = pd.DataFrame(backtest_rows(report["backtest"]))
    return tables


def _rankings(report: ReportData) -> list[dict[str, Any]]:
    used = used_ranking(report["comparison"])
    return [
        {
            "name": f"★ {row['name']}" if row["name"] == used else row["name"],
            "params": {"ranking": row["name"], "kind": "model" if row["is_model"] else "ranking"},
            "metrics": {
                "average_precision": row["average_precision"],
                "precision": row["precision"],
                "share": row["share"],
            },
            "tags": {
                "dataset": report["shop"]["dataset"],
                "verdict": "winner" if row["name"] == used else "compared",
            },
            "files": {},
            "line": None,
        }
        for row in report["comparison"]["scores"]
    ]


def _metrics(report: ReportData) -> dict[str, float]:
    programme, backtest, flapped = report["programme"], report["backtest"], report["replay"]["flapped"]
    metrics = {
        "members": programme["members"],
        "customers": report["data"]["customers"],
        "fidelity": programme["fidelity"],
        "revenue_share": report["shares"]["history"]["share"][1],
        **{f"expected_{row['months']}_months": row["members"][1] for row in report["expected"]["totals"]},
    }
    record = report["expected"]["record"]
    if record and record["dates"]:
        metrics |= {
            "forecast_coverage": record["covered"] / record["dates"],
            "forecast_coverage_tenths": record["tenths_covered"] / max(record["tenths"], 1),
        }
    if flapped is not None:
        metrics["flapped"] = flapped
    if backtest:
        metrics |= {
            "times_the_rest": backtest["dates"][0]["ratio"][1],
            **{f"next_share_{row['name']}": row["share"][1] for row in backtest["groups"]},
        }
    return {name: float(value) for name, value in metrics.items()}
