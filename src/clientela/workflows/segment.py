"""The comparison, from a source to a registered version: named steps in their order."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import yaml

from clientela import registry, tracking
from clientela.clustering.candidates import make_families
from clientela.clustering.evaluation import Evaluation
from clientela.clustering.inductive import cover_noise
from clientela.clustering.selection import require_winner, select
from clientela.errors import NoUsefulSegmentation
from clientela.features.build import build_features, default_as_of, parse_as_of
from clientela.reports import texts
from clientela.reports.charts import leaderboard_chart, render, segment_map
from clientela.reports.summary import describe, leaderboard, ranked, summarise
from clientela.segments.naming import Name, NamingRule, name_segments
from clientela.segments.profile import order_by_value, profile_segments
from clientela.serving import index
from clientela.settings import NamingSettings, Settings, load_settings
from clientela.workflows.compare import Inputs, compare, prepare
from clientela.workflows.intake import take_in


def segment(
    *,
    dataset: str,
    source: str | None,
    as_of: str | None,
    seed: int,
    conf: Path,
    echo: Callable[[str], None],
    rejected: Path | None = None,
) -> dict[str, Any]:
    """Compare the candidates on a data set and register the winner; returns the comparison's summary.

    Args:
        dataset: a name in conf/datasets, or the path of a YAML file.
        source: path of the data; the data set's own where None.
        as_of: ISO date; the day after the last transaction where None.
        seed: of everything random.
        conf: folder of the settings.
        echo: takes the text of each finished step.
        rejected: where to write the rejected rows (Parquet), if anywhere.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`; a run that has begun is marked as failed.
    """
    settings = load_settings(dataset, conf=conf)
    day = parse_as_of(as_of) if as_of else None
    with duckdb.connect() as connection:
        read, ledger = take_in(connection, settings.dataset, source=source, seed=seed, rejected=rejected)
        day = day or default_as_of(connection)
        echo(texts.ledger_text(ledger, title=settings.dataset.title, location=read.location))
        features = build_features(connection, as_of=day)
        horizon = settings.evaluation.horizon_days
        inputs = prepare(connection, features, fit=settings.fit, as_of=day, horizon_days=horizon)
    echo(
        texts.inputs_text(customers=len(features), as_of=day, dropped=inputs.dropped, has_past=inputs.past is not None)
    )

    with tracking.comparison_run(settings.tracking.experiment, name=f"{settings.dataset.name} {day}") as run_id:
        tracking.log_dataset(features, name=settings.dataset.name, location=read.location, digest=read.digest)
        families = make_families(settings.candidates.model_dump(), limit=settings.evaluation.sample)
        evaluations, pictures = compare(inputs, families, settings.evaluation, seed=seed)
        verdicts = select(evaluations, **settings.selection.model_dump())
        board = leaderboard(evaluations, verdicts)
        summary = summarise(
            dataset=settings.dataset.name,
            title=settings.dataset.title,
            currency=settings.dataset.currency,
            location=read.location,
            digest=read.digest,
            as_of=day,
            ledger=ledger,
            customers=len(features),
            board=board,
        )
        places = {row["name"]: place for place, row in enumerate(ranked(board), start=1)}
        runs = [
            _candidate_run(evaluation.candidate, row, files, rank=places[row["name"]], dataset=settings.dataset.name)
            for evaluation, row, files in zip(evaluations, board, pictures, strict=True)
        ]
        tracking.log_candidates(run_id, runs)
        summary["link"] = tracking.share_leaderboard(run_id, settings.tracking.leaderboard)
        echo(texts.leaderboard_text(ranked(board)))
        try:
            position = require_winner(evaluations, verdicts)
        except NoUsefulSegmentation:
            _log(summary, settings, ledger, board)
            raise

        segmentation = _segmentation(
            inputs, features, evaluations[position], naming_rules(settings.segment_names), as_of=day
        )
        summary |= {"winner": board[position], "segments": segmentation.segments}
        _log(summary, settings, ledger, board)
        tags = _version_tags(summary, params=evaluations[position].candidate.params, run_id=run_id)
        version, alias = _register(segmentation, features, summary, model=settings.tracking.model, tags=tags)
    return summary | {
        "model": settings.tracking.model,
        "version": version,
        "alias": alias,
        "example_ids": _example_ids(features),
    }


def naming_rules(settings: NamingSettings) -> list[NamingRule]:
    """The rules of conf/segment_names.yaml as the naming takes them."""
    return [
        NamingRule(rule.id, rule.when, Name(rule.id, rule.name, rule.description, rule.action))
        for rule in settings.rules
    ]


@dataclass(frozen=True)
class Segmentation:
    """The winner as segments: their ids, one a customer; what they are; and what a refresh needs."""

    ids: np.ndarray
    segments: list[dict[str, Any]]
    clustering: dict[str, Any]
    as_of: date


def _segmentation(
    inputs: Inputs, features: pd.DataFrame, winner: Evaluation, rules: Sequence[NamingRule], *, as_of: date
) -> Segmentation:
    labels, predictor = cover_noise(inputs.present.matrix, winner.labels, winner.predictor)
    ids = order_by_value(labels, features["total_spend"].to_numpy())
    profiles = profile_segments(features, ids)
    clustering = {
        "scaler": inputs.scaler,
        "predictor": predictor,
        "segment_id_of": dict(zip(labels.tolist(), ids.tolist(), strict=True)),
    }
    return Segmentation(ids, describe(profiles, name_segments(profiles, rules)), clustering, as_of)


def _register(
    segmentation: Segmentation, features: pd.DataFrame, summary: Mapping[str, Any], *, model: str, tags: dict[str, str]
) -> tuple[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        artifacts = index.write_version(
            Path(folder),
            customers=features.assign(segment_id=segmentation.ids),
            segments=segmentation.segments,
            clustering=segmentation.clustering,
            as_of=segmentation.as_of,
        )
        return registry.register(
            model,
            run_id=tags["parent_run"],
            code=index.PYFUNC,
            artifacts=artifacts,
            example_ids=_example_ids(features),
            note=texts.version_note(summary),
            tags=tags,
        )


def _example_ids(features: pd.DataFrame) -> list[str]:
    return list(features["customer_id"].head(2))


def _candidate_run(
    candidate: Any, row: Mapping[str, Any], files: dict[str, bytes], *, rank: int, dataset: str
) -> dict[str, Any]:
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


def _version_tags(summary: Mapping[str, Any], *, params: Mapping[str, Any], run_id: str) -> dict[str, str]:
    winner = summary["winner"]
    metrics = ("silhouette", "davies_bouldin", "stability", "explained_spend")
    return {
        **{key: str(summary[key]) for key in ("dataset", "digest", "as_of", "customers")},
        "algorithm": winner["name"].split()[0],
        "k": str(params.get("k", len(summary["segments"]))),
        **{name: f"{winner[name]:.4f}" for name in metrics if winner.get(name) is not None},
        "parent_run": run_id,
    }


def _log(
    summary: Mapping[str, Any], settings: Settings, ledger: pd.DataFrame, board: Sequence[Mapping[str, Any]]
) -> None:
    chosen = summary.get("winner", {})
    figures = {"leaderboard.png": leaderboard_chart(board)}
    if chosen:
        figures["segments.png"] = segment_map(summary["segments"], currency=summary["currency"])
    metrics = {**chosen, **{name: summary[name] for name in ("rows_in", "rows_kept", "customers", "candidate_count")}}
    tracking.log_comparison(
        note=texts.comparison_note(summary),
        tags={key: summary[key] for key in ("dataset", "digest", "as_of")} | {"winner": chosen.get("name", "none")},
        metrics={name: float(value) for name, value in metrics.items() if isinstance(value, (int, float))},
        tables={"ledger": ledger, "leaderboard": pd.DataFrame(ranked(board))},
        texts={
            "settings.yaml": yaml.safe_dump(settings.dump(), sort_keys=False, allow_unicode=True),
            "reasons.md": texts.reasons_note(ranked(board)),
        },
        files={path: render(figure, dpi=110) for path, figure in figures.items()},
    )
