"""What a comparison leaves in MLflow: its candidates' runs, its own figures and files, the tags of its version."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import yaml

from clientela import tracking
from clientela.reporting.charts import render
from clientela.segmentation.clustering.candidates import Candidate
from clientela.segmentation.report import console as texts
from clientela.segmentation.report.charts import leaderboard_chart, segment_map
from clientela.segmentation.report.data import ranked
from clientela.settings import Settings


def candidate_run(
    candidate: Candidate, row: Mapping[str, Any], files: dict[str, bytes], *, rank: int, dataset: str
) -> dict[str, Any]:
    """A candidate's run, for `tracking.log_candidates`."""
    texts_of = ("name", "verdict", "reason")
    others = [str(value) for key, value in candidate.params.items() if key != "k"]
    return {
        "name": f"★ {candidate.name}" if row["verdict"] == "winner" else candidate.name,
        "params": {"algorithm": candidate.algorithm, **candidate.params},
        "metrics": {key: value for key, value in row.items() if key not in texts_of and value is not None}
        | {"rank": float(rank)},
        "tags": {"dataset": dataset, "verdict": row["verdict"], "reason": row["reason"]},
        "files": files,
        # Candidates that differ in k alone are the points of one elbow line.
        "line": " ".join([candidate.algorithm, *others]) if "k" in candidate.params else None,
    }


def version_tags(summary: Mapping[str, Any], *, params: Mapping[str, Any], run_id: str) -> dict[str, str]:
    """What is said of the version of a comparison's winner."""
    winner = summary["winner"]
    metrics = ("silhouette", "davies_bouldin", "stability", "explained_spend")
    moves = summary.get("migration")
    return {
        **{key: str(summary[key]) for key in ("dataset", "digest", "as_of", "customers")},
        "change": "refit",
        "algorithm": winner["name"].split()[0],
        "k": str(params.get("k", len(summary["segments"]))),
        **{name: f"{winner[name]:.4f}" for name in metrics if winner.get(name) is not None},
        **({"continues": moves["from_version"]} if moves else {}),
        "parent_run": run_id,
    }


def log_comparison(
    summary: Mapping[str, Any],
    settings: Settings,
    ledger: pd.DataFrame,
    board: Sequence[Mapping[str, Any]],
    *,
    page: str | None = None,
    proof: Mapping[str, Any] | None = None,
) -> None:
    """The comparison's own run: its figures, tables, texts and pictures, of what there is."""
    chosen, moves = summary.get("winner", {}), summary.get("migration")
    figures = {"leaderboard.png": leaderboard_chart(board)}
    if chosen:
        figures["segments.png"] = segment_map(summary["segments"], currency=summary["currency"])
    metrics = {**chosen, **{name: summary[name] for name in ("rows_in", "rows_kept", "customers", "candidate_count")}}
    if moves:
        metrics |= {name: moves[name] for name in ("moved_share", "redrawn_share")}
    if proof:
        metrics |= {f"proof_{name}": value for name, value in proof["mean"].items()}
    tracking.log_results(
        note=texts.comparison_note(summary),
        tags={key: summary[key] for key in ("dataset", "digest", "as_of")} | {"winner": chosen.get("name", "none")},
        metrics={name: float(value) for name, value in metrics.items() if isinstance(value, (int, float))},
        tables={"ledger": ledger, "leaderboard": pd.DataFrame(ranked(board))}
        | ({"migration": pd.DataFrame(texts.migration_rows(moves, summary["segments"]))} if moves else {}),
        texts={
            "settings.yaml": yaml.safe_dump(settings.dump(), sort_keys=False, allow_unicode=True),
            "reasons.md": texts.reasons_note(ranked(board)),
        }
        | ({"report.html": page} if page else {}),
        files={path: render(figure, dpi=110) for path, figure in figures.items()},
    )
