"""What plans and results of campaigns write to MLflow."""

import json
import math
from collections.abc import Mapping

import pandas as pd

from clientela import tracking
from clientela.campaigns.assignment import ledger_by_segment
from clientela.campaigns.campaign import Campaign
from clientela.campaigns.customer_list import ALL
from clientela.campaigns.results import CampaignResult, PlanResult
from clientela.campaigns.start_text import start_text
from clientela.campaigns.texts import plan_text, result_text


def log_plan(plan: PlanResult, *, page: str) -> None:
    """Log a plan to the active run: its table, its settings, its text and its report."""
    tracking.log_results(
        note=_preformatted(plan_text(plan)),
        tags={"dataset": plan["dataset"], "as_of": plan["as_of"]},
        metrics={
            f"detectable_{row['outcome']}_{row['days']}_days": row["detectable"]
            for row in plan["rows"]
            if row["group"] == ALL and row["detectable"] is not None
        },
        tables={"plan": pd.DataFrame(plan["rows"])},
        texts={"plan_result.json": json.dumps(plan, indent=2, ensure_ascii=False), "report.html": page},
        files={},
    )


def log_start(campaign: Campaign, assignment: pd.DataFrame) -> None:
    """Log a started campaign to the active run: its counts, by segment and in total, and its text.

    Args:
        campaign: the campaign.
        assignment: one row per customer, with the columns `ASSIGNMENT`.
    """
    tracking.log_results(
        note=_preformatted(start_text(campaign, assignment)),
        tags={"dataset": campaign.dataset, "action": campaign.action, "start": campaign.start.isoformat()},
        metrics={f"customers_{name}": float(count) for name, count in campaign.ledger.items()},
        tables={"ledger": ledger_by_segment(assignment)},
        texts={"campaign.json": campaign.to_json()},
        files={},
    )


def log_campaign(result: CampaignResult, *, page: str, tags: Mapping[str, str]) -> None:
    """Log a result to the active run: the lift of each outcome, its interval, the table, the text and the report.

    Args:
        result: the result.
        page: HTML of the report.
        tags: further tags of the run.
    """
    metrics = {
        f"{name}_{row['outcome']}": row[name]
        for row in result["rows"]
        if row["group"] == ALL
        for name in ("difference", "low", "high", "relative", "p_value", "extra", "net")
    } | {"treated": result["treated"], "control": result["control"], "cost": result["cost"]}
    tracking.log_results(
        note=_preformatted(result_text(result)),
        tags={
            "dataset": result["dataset"],
            "start": result["start"],
            "end": result["end"],
            **{f"verdict_{row['outcome']}": row["verdict"] for row in result["rows"] if row["group"] == ALL},
            **tags,
        },
        metrics={name: value for name, value in metrics.items() if value is not None and math.isfinite(value)},
        tables={"lift": pd.DataFrame(result["rows"])},
        texts={"result.json": json.dumps(result, indent=2, ensure_ascii=False), "report.html": page},
        files={},
    )


def _preformatted(text: str) -> str:
    return f"```\n{text}\n```"
