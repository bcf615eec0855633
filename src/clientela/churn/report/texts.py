"""Texts of a churn run for the terminal and for MLflow."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from clientela.churn.panel import Split
from clientela.reporting.commands import ui_command, verb_command
from clientela.reporting.markdown import as_markdown
from clientela.reporting.tables import plain_table

BOARD_COLUMNS = (
    "name", "verdict", "chosen_by", "average_precision", "roc_auc", "brier_score", "lift_top_decile", "fit_seconds",
)  # fmt: skip


def rows_text(splits: Sequence[Split], *, days: int, columns: int) -> str:
    """The rows for training and testing at each cut-off.

    Args:
        splits: training and test rows, the latest cut-off first.
        days: length of the churn window in days.
        columns: number of features.

    Returns:
        One line per cut-off.
    """
    lines = [f"Churn within {days} days, from {columns} features."]
    for split in splits:
        lines.append(
            f"Cut-off {split.cutoff}: {len(split.train):,} training rows, {len(split.test):,} test customers, "
            f"{split.test['churn'].mean():.1%} of whom left."
        )
    return "\n".join(lines)


def leaderboard_text(board: Sequence[Mapping[str, Any]]) -> str:
    """The models for a terminal: `chosen_by` is the out-of-fold average precision; other metrics are on the test."""
    return f"\n{plain_table(board, BOARD_COLUMNS)}\n"


def run_note(report: Mapping[str, Any], link: str) -> str:
    """Markdown: the run's description."""
    shop, data, winner = report["shop"], report["data"], report["winner"]
    return "\n".join(
        [
            f"**{as_markdown(shop['title'])}**, as of {shop['as_of']}: churn within {report['label']['days']} days; "
            f"{data['scored']:,} customers, {data['rows_kept']:,} of {data['rows_in']:,} transactions kept. "
            f"[Leaderboard]({link})",
            "",
            f"**Chosen: `{winner['name']}`.** {winner['reason']}",
            "",
            models_table(report["board"]),
        ]
    )


def version_note(report: Mapping[str, Any]) -> str:
    """A model version's description."""
    shop, winner = report["shop"], report["winner"]
    return "\n".join(
        [
            f"Predicts which customers of **{as_markdown(shop['title'])}** leave within "
            f"{report['label']['days']} days, as of **{shop['as_of']}** ({report['data']['scored']:,} customers). "
            f"Model: `{winner['name']}`; on test customers: average precision {winner['average_precision']:.3f}, "
            f"ROC AUC {winner['roc_auc']:.3f}.",
            "",
            models_list(report["board"]),
        ]
    )


def models_list(board: Sequence[Mapping[str, Any]]) -> str:
    """Markdown: one item per model; MLflow shows no tables in the description of a version."""
    return "\n".join(
        f"- **{row['name']}** ({row['verdict']}): average precision {row['average_precision']:.3f}, "
        f"ROC AUC {row['roc_auc']:.3f}, Brier score {row['brier_score']:.3f}, "
        f"lift in the top tenth {row['lift_top_decile']:.1f}"
        for row in board
    )


def models_table(board: Sequence[Mapping[str, Any]]) -> str:
    """Markdown: one line per model."""
    lines = [
        "| model | verdict | average precision | ROC AUC | Brier | lift, top tenth |",
        "|-------|---------|------------------:|--------:|------:|----------------:|",
    ]
    lines += [
        f"| {row['name']} | {row['verdict']} | {row['average_precision']:.3f} | {row['roc_auc']:.3f} "
        f"| {row['brier_score']:.3f} | {row['lift_top_decile']:.1f} |"
        for row in board
    ]
    return "\n".join(lines)


def reasons_note(board: Sequence[Mapping[str, Any]]) -> str:
    """Markdown: why each model was chosen or not."""
    return "\n".join([f"- **{row['name']}** ({row['verdict']}): {row['reason']}" for row in board])


def scored(summary: Mapping[str, Any]) -> str:
    """What batch scoring wrote, and the number of customers in each band."""
    table: pd.DataFrame = summary["table"]
    counts = table.groupby("band").size().rename("customers").reset_index().to_dict("records")
    return "\n".join(
        [
            plain_table(counts, ("band", "customers")),
            "",
            f"{summary['rows']:,} customers, scored by {summary['model']} version {summary['version']}: "
            f"{summary['output']}",
        ]
    )


def next_steps(summary: Mapping[str, Any], *, data: Mapping[str, str] | None = None) -> str:
    """Next steps after a churn run: read the report, promote the version, score, serve, send a request.

    Args:
        summary: summary of the run.
        data: options by which the next command finds the same data, such as dataset, source and customers.

    Returns:
        Lines for a terminal.
    """
    model, version, alias, risk = summary["model"], summary["version"], summary["alias"], summary["risk"]
    split = {"columns": ["customer_id"], "data": [[id_] for id_ in summary["example_ids"]]}
    body = shlex.quote(json.dumps({"dataframe_split": split}, ensure_ascii=False))
    lines = [
        f"{model} version {version} is registered as {alias}: {summary['winner']['name']}. A call pays for "
        f"{risk['customers_to_call']:,} of {summary['data']['scored']:,} customers, {risk['profit']:,.0f} is expected.",
        "",
        "Read the report:",
        f"  {summary['report'] or 'report.html among the artifacts of the run, in mlflow ui'}",
        "Look at the models:",
        f"  {ui_command()}",
        f"  {summary['link']}",
    ]
    if alias != "champion":
        lines += [
            "Make it the champion:",
            f"  {verb_command('promote', model=model, version=version)}",
        ]
    lines += [
        "Write every customer's churn risk to a file:",
        f"  {verb_command('score', model=model, output='churn.xlsx', **(data or {}))}",
    ]
    return "\n".join(
        [
            *lines,
            "Serve the champion and ask for customers:",
            f"  mlflow models serve -m models:/{model}@champion -p 5001 --env-manager local",
            "  curl http://127.0.0.1:5001/invocations -H 'Content-Type: application/json' \\",
            f"    -d {body}",
        ]
    )
