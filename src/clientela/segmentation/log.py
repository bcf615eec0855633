"""Everything that segmentation runs log to MLflow: candidates, comparisons, refreshes and the tags of versions."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from clientela import tracking
from clientela.exports.files import write_file
from clientela.loading import ShopData
from clientela.processes import folder_prefix
from clientela.reporting.charts import render
from clientela.segmentation.clustering.candidates import Candidate
from clientela.segmentation.clustering.leaderboard import Row, ranked
from clientela.segmentation.clustering.selection import BASELINE, CHOSEN
from clientela.segmentation.compare import Comparison
from clientela.segmentation.draw import Charts
from clientela.segmentation.registered import RegisteredVersion
from clientela.segmentation.report import texts
from clientela.segmentation.report.charts import can_be_mapped, leaderboard_chart, segment_map
from clientela.segmentation.report.data import Summary
from clientela.segmentation.segments.customer_lists import may_show_ids
from clientela.segmentation.version import SegmentsVersion
from clientela.segmentation.views import curves_view, leaderboard_view
from clientela.settings import Settings

CUSTOMER_LIST = "customers.csv"
# A refresh keeps these tags.
CLUSTER_TAGS = ("choice", "algorithm", "k", "silhouette", "davies_bouldin", "stability", "explained_spend")


def log_input(data: ShopData, *, dataset: str, context: str = "clustering") -> None:
    """Log the run's input.

    Args:
        data: cleaned source and customer features.
        dataset: name of the data set.
        context: what the run does with it: "clustering" or "refresh".
    """
    location, digest = data.source.location, data.source.digest
    tracking.log_dataset(data.features, name=dataset, location=location, digest=digest, context=context)


def log_candidates(run_id: str, comparison: Comparison, charts: Sequence[Charts], settings: Settings) -> str:
    """Log one nested run per candidate.

    Args:
        run_id: id of the comparison's run.
        comparison: all candidates, evaluated and judged.
        charts: one dict of files per candidate.
        settings: settings; names of the data set and the columns of the leaderboard.

    Returns:
        Address of the leaderboard in MLflow's UI.
    """
    places = {row["name"]: place for place, row in enumerate(ranked(comparison.board), start=1)}
    runs = [
        candidate_run(evaluation.candidate, row, files, rank=places[row["name"]], dataset=settings.dataset.name)
        for evaluation, row, files in zip(comparison.evaluations, comparison.board, charts, strict=True)
    ]
    tracking.log_candidates(run_id, runs)
    return tracking.share_views(
        run_id, leaderboard_view(run_id, settings.tracking.leaderboard), curves_view(run_id, runs)
    )


def log_elbows(run_id: str, comparison: Comparison) -> None:
    """Log the figures by number of segments, after the run's own metrics.

    Args:
        run_id: id of the comparison's run.
        comparison: all candidates, evaluated and judged.
    """
    runs = [
        candidate_run(evaluation.candidate, row, {}, rank=0, dataset="")
        for evaluation, row in zip(comparison.evaluations, comparison.board, strict=True)
    ]
    tracking.log_elbows(run_id, runs)


def candidate_run(candidate: Candidate, row: Row, files: Charts, *, rank: int, dataset: str) -> dict[str, Any]:
    """A candidate's run, as `tracking.log_candidates` takes it.

    Args:
        candidate: the candidate.
        row: its row of the leaderboard.
        files: its charts.
        rank: its place in the ranked leaderboard, from 1.
        dataset: name of the data set.

    Returns:
        Name, params, metrics, tags, files, and the elbow line that the run is a point of.
    """
    not_metrics = ("name", "verdict", "reason")
    others = [str(value) for key, value in candidate.params.items() if key != "k"]
    return {
        "name": f"★ {candidate.name}" if row["verdict"] in CHOSEN else candidate.name,
        "params": {"algorithm": candidate.algorithm, **candidate.params},
        "metrics": {key: value for key, value in row.items() if key not in not_metrics and value is not None}
        | {"rank": float(rank)},
        "tags": {
            "dataset": dataset,
            "segments": f"{row.get('segment_count') or 0:.0f}",
            "verdict": row["verdict"],
            "reason": row["reason"],
            MLFLOW_RUN_NOTE: f"**{row['verdict'].capitalize()}.** {row['reason']}",
        },
        "files": files,
        # Candidates that differ in k alone are the points of one elbow line.
        "line": " ".join([candidate.algorithm, *others]) if "k" in candidate.params else None,
    }


def log_run(
    summary: Summary,
    settings: Settings,
    ledger: pd.DataFrame,
    board: Sequence[Row],
    *,
    page: str | None = None,
    backtest: Mapping[str, Any] | None = None,
    customers: pd.DataFrame | None = None,
    documents: Mapping[str, bytes] | None = None,
) -> None:
    """Log the parent run of a comparison: the figures, tables, texts and charts that are known.

    Args:
        summary: summary of the comparison; without a winner where all candidates were rejected.
        settings: all settings of the run.
        ledger: ledger of the cleaning.
        board: leaderboard.
        page: HTML report; None if there is none.
        backtest: result of the backtest; None if the history is too short.
        customers: table of the customers with their segments; None if the settings do not allow ids.
        documents: path -> content of further files.
    """
    chosen, moves = summary.get("winner", {}), summary.get("migration")
    figures = {"leaderboard.png": leaderboard_chart(board)}
    tables = {"ledger": ledger, "leaderboard": pd.DataFrame(ranked(board))}
    if "segments" in summary and can_be_mapped(summary["segments"]):
        figures["segments.png"] = segment_map(summary["segments"], currency=summary["currency"])
    if moves and "segments" in summary:
        tables["migration"] = pd.DataFrame(texts.migration_rows(moves, summary["segments"]))
    tracking.log_results(
        note=texts.comparison_note(summary),
        tags={**_source_tags(summary), "winner": chosen.get("name", "none")},
        metrics=_metrics(summary, backtest) | summary.get("quality", {}),
        tables=tables,
        texts={
            "settings.yaml": _as_yaml(settings),
            "reasons.md": texts.reasons_note(ranked(board)),
            **({"report.html": page} if page else {}),
        },
        files={path: render(figure, dpi=110) for path, figure in figures.items()}
        | _customer_list(customers)
        | dict(documents or {}),
    )


def log_refresh(
    summary: Summary, settings: Settings, ledger: pd.DataFrame, *, customers: pd.DataFrame | None = None
) -> None:
    """Log a refresh's run.

    Args:
        summary: summary of the refresh, with its segments and the migration.
        settings: all settings of the run.
        ledger: ledger of the cleaning.
        customers: table of the customers with their segments; None if the settings do not allow ids.
    """
    moves, segments = summary["migration"], summary["segments"]
    assert moves is not None
    tracking.log_results(
        note=texts.refresh_note(summary),
        tags=_source_tags(summary),
        metrics={"customers": float(summary["customers"]), "moved_share": moves["moved_share"]},
        tables={"ledger": ledger, "migration": pd.DataFrame(texts.migration_rows(moves, segments))},
        texts={"settings.yaml": _as_yaml(settings)},
        files=_customer_list(customers)
        | (
            {"segments.png": render(segment_map(segments, currency=summary["currency"]), dpi=110)}
            if can_be_mapped(segments)
            else {}
        ),
    )


def version_tags(summary: Summary, *, params: Mapping[str, Any], run_id: str) -> dict[str, str]:
    """Tags of the version of a comparison's winner.

    Args:
        summary: summary of the comparison, with its winner and segments.
        params: parameters of the winning candidate.
        run_id: id of the comparison's run.

    Returns:
        Tag -> value.
    """
    winner, moves = summary["winner"], summary.get("migration")
    metrics = ("silhouette", "davies_bouldin", "stability", "explained_spend")
    return {
        **_source_tags(summary),
        "customers": str(summary["customers"]),
        "change": "refit",
        "choice": _choice(winner),
        "algorithm": winner["name"].split()[0],
        "k": str(params.get("k", len(summary["segments"]))),
        **{name: f"{winner[name]:.4f}" for name in metrics if winner.get(name) is not None},
        **({"continues": moves["from_version"]} if moves else {}),
        "parent_run": run_id,
    }


def refresh_tags(summary: Summary, champion: RegisteredVersion, *, run_id: str) -> dict[str, str]:
    """Tags of a refreshed version; those of its clusters are the champion's.

    Args:
        summary: summary of the refresh.
        champion: version whose clusters are used.
        run_id: id of the refresh's run.

    Returns:
        Tag -> value.
    """
    return {
        **{key: champion.tags[key] for key in CLUSTER_TAGS if key in champion.tags},
        **_source_tags(summary),
        "customers": str(summary["customers"]),
        "change": "refresh",
        "continues": champion.number,
        "clusters_of": champion.tags.get("clusters_of", champion.number),
        "parent_run": run_id,
    }


def customer_table(version: SegmentsVersion, settings: Settings) -> pd.DataFrame | None:
    """The customers of a version with their segments, as an artifact of its run; None if the settings allow no ids.

    Args:
        version: the version.
        settings: all settings of the run.
    """
    customers, shown = version.customers, settings.segments.report
    hidden = not may_show_ids(customers["customer_id"], shown, hide_ids=settings.dataset.has_pseudonyms)
    if hidden or shown.customer_ids != "all":
        return None
    names = {segment["id"]: segment["name"]["en"] for segment in version.segments}
    table = pd.DataFrame({"customer_id": customers["customer_id"], "segment_id": customers["segment_id"]})
    return table.assign(
        segment=customers["segment_id"].map(names),
        as_of=version.as_of,
        **{name: customers[name] for name in version.figures},
    )


def _customer_list(customers: pd.DataFrame | None) -> dict[str, bytes]:
    if customers is None:
        return {}
    with tempfile.TemporaryDirectory(prefix=folder_prefix("logged")) as folder:
        path = Path(folder) / CUSTOMER_LIST
        write_file(customers, path, sheet="customers", key="customer_id")
        return {CUSTOMER_LIST: path.read_bytes()}


def _choice(winner: Row) -> str:
    """How the version's clusters were chosen: "winner", "fallback" or "rfm_rules"."""
    return "rfm_rules" if winner["name"] == BASELINE else str(winner["verdict"])


def _source_tags(summary: Summary) -> dict[str, str]:
    return {"dataset": summary["dataset"], "digest": summary["digest"], "as_of": summary["as_of"]}


def _metrics(summary: Summary, backtest: Mapping[str, Any] | None) -> dict[str, float]:
    moves = summary.get("migration")
    metrics: dict[str, Any] = {
        **summary.get("winner", {}),
        "rows_in": summary["rows_in"],
        "rows_kept": summary["rows_kept"],
        "customers": summary["customers"],
        "candidate_count": summary.get("candidate_count"),
    }
    if moves:
        metrics |= {"moved_share": moves["moved_share"], "redrawn_share": moves["redrawn_share"]}
    if backtest:
        metrics |= {f"backtest_{name}": value for name, value in backtest["mean"].items()}
    return {name: float(value) for name, value in metrics.items() if isinstance(value, (int, float))}


def _as_yaml(settings: Settings) -> str:
    return yaml.safe_dump(settings.dump(), sort_keys=False, allow_unicode=True)
