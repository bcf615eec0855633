"""A churn run in plain text and Markdown: for the terminal and for MLflow."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from clientela.churn.panel import Split
from clientela.reporting.commands import verb_command
from clientela.reporting.tables import plain_table

BOARD_COLUMNS = (
    "name", "verdict", "chosen_by", "average_precision", "roc_auc", "brier_score", "lift_top_decile", "fit_seconds",
)  # fmt: skip


def rows_text(splits: Sequence[Split], *, days: int, columns: int) -> str:
    """What models learn from and are tested on."""
    lines = [f"Churn within {days} days, by {columns} features."]
    for split in splits:
        lines.append(
            f"Cut-off {split.cutoff}: {len(split.train):,} rows to learn from, {len(split.test):,} customers to test "
            f"on, {split.test['churn'].mean():.1%} of them left."
        )
    return "\n".join(lines)


def leaderboard_text(board: Sequence[Mapping[str, Any]]) -> str:
    """The models for a terminal: `chosen_by` is the average precision out of fold, the others are the test's."""
    return f"\n{plain_table(board, BOARD_COLUMNS)}\n"


def run_note(report: Mapping[str, Any], link: str) -> str:
    """Markdown: the run's description."""
    shop, data, winner = report["shop"], report["data"], report["winner"]
    return "\n".join(
        [
            f"**{shop['title']}**, as of {shop['as_of']}: churn within {report['label']['days']} days; "
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
            f"Foretells who of **{shop['title']}** leaves within {report['label']['days']} days, as of "
            f"**{shop['as_of']}** ({report['data']['scored']:,} customers). Model: `{winner['name']}`; on customers "
            f"that it had not seen: average precision {winner['average_precision']:.3f}, "
            f"ROC AUC {winner['roc_auc']:.3f}.",
            "",
            models_table(report["board"]),
        ]
    )


def models_table(board: Sequence[Mapping[str, Any]]) -> str:
    """Markdown: one line a model."""
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
    """What a batch score wrote, and how many customers are in which band."""
    table: pd.DataFrame = summary["table"]
    counts = table.groupby("band").size().rename("customers").reset_index().to_dict("records")
    return "\n".join(
        [
            plain_table(counts, ("band", "customers")),
            "",
            f"{summary['rows']:,} customers, by {summary['model']} version {summary['version']}: {summary['output']}",
        ]
    )


def next_steps(summary: Mapping[str, Any]) -> str:
    """What to do after a churn run: look, serve, ask."""
    model, version, alias, risk = summary["model"], summary["version"], summary["alias"], summary["risk"]
    split = {"columns": ["customer_id"], "data": [[id_] for id_ in summary["example_ids"]]}
    body = shlex.quote(json.dumps({"dataframe_split": split}, ensure_ascii=False))
    lines = [
        f"{model} version {version} is registered as {alias}: {summary['winner']['name']}. A call pays for "
        f"{risk['called']:,} of {summary['data']['scored']:,} customers, {risk['profit']:,.0f} is expected.",
        "",
        "Read the report:",
        f"  {summary['report'] or 'report.html among the artifacts of the run, in mlflow ui'}",
        "Look at the models:",
        "  mlflow ui",
        f"  {summary['link']}",
    ]
    if alias != "champion":
        lines += [
            "Make it the champion:",
            f"  {verb_command('promote', model=model, version=version)}",
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
