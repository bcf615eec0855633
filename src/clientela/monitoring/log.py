"""What monitoring writes to MLflow."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime

import pandas as pd

from clientela import tracking
from clientela.monitoring.decision import RenewalRow
from clientela.monitoring.results import ChangeRow, HistoryRow, MonitoringResult, alarms_of, unknown_share
from clientela.monitoring.texts import result_text


def log_monitoring(result: MonitoringResult, page: str) -> None:
    """Log a result to the active run: its alarms, its table, the report, and each indicator as a line over time."""
    changes = pd.DataFrame(result["changes"])
    tracking.log_results(
        note=f"```\n{result_text(result)}\n```",
        tags={
            "dataset": result["dataset"],
            "as_of": result["end"],
            "version": result["version"],
            "alarms": ", ".join(dict.fromkeys(change["family"] for change in alarms_of(result))) or "none",
        },
        metrics={
            "alarms": float(len(alarms_of(result))),
            "age_days": float(result["age_days"]),
            "unknown_share": unknown_share(result),
            **{f"deviation/{_key(change)}": change["deviation"] for change in result["changes"]},
        },
        tables={"changes": changes} if len(changes) else {},
        texts={
            "monitoring.html": page,
            "monitoring.json": json.dumps(result, indent=2, ensure_ascii=False),
        },
        files={},
    )
    tracking.log_lines([(f"value/{_key(row)}", _time(row["end"]), row["value"]) for row in result["history"]])


def log_renewal(rows: Sequence[RenewalRow], *, dataset: str) -> None:
    """Log the decisions of a renewal to the active run.

    Args:
        rows: one row per product.
        dataset: name of the data set.
    """
    lines = [f"- **{row['product']}**: {row['action']}. {row['reasons']} {row['outcome']}" for row in rows]
    tracking.log_results(
        note="\n".join(lines),
        tags={"dataset": dataset, **{f"decision.{row['product']}": row["action"] for row in rows}},
        metrics={f"promoted/{row['product']}": float(row["promoted"]) for row in rows},
        tables={"decisions": pd.DataFrame(rows)} if rows else {},
        texts={},
        files={},
    )


def _key(row: ChangeRow | HistoryRow) -> str:
    segment = f"/{row['segment']}" if row["segment"] else ""
    return f"{row['family']}/{row['name']}{segment}"


def _time(end: str) -> datetime:
    return datetime.combine(date.fromisoformat(end), datetime.min.time(), tzinfo=UTC)
