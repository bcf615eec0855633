"""The comparison, from a source to a registered version: named steps in their order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from clientela import tracking
from clientela.errors import NoUsefulSegmentation, RegistryError
from clientela.exports.report_files import check_folder, write_whole
from clientela.features.build import make_net_lines
from clientela.features.profile import order_by_value
from clientela.intake import Intake, take_in_customers
from clientela.reporting.tables import inputs_text
from clientela.segmentation.backtest import prove
from clientela.segmentation.build_version import find_champion, make_version, register_version
from clientela.segmentation.clustering.candidates import Family, make_families
from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.inductive import settle
from clientela.segmentation.clustering.scores import sample_rows
from clientela.segmentation.clustering.selection import require_winner, select
from clientela.segmentation.compare import Inputs, compare, prepare
from clientela.segmentation.describe import Continued, Segmentation, continue_segments, describe_segments
from clientela.segmentation.log import candidate_run, log_comparison, version_tags
from clientela.segmentation.report import console as texts
from clientela.segmentation.report.data import (
    leaderboard,
    ranked,
    recency_frequency_grid,
    report,
    sample_points,
    summarise,
)
from clientela.segmentation.report.html import render_report
from clientela.settings import Settings, load_churn_model, load_settings
from clientela.workflows.champions import find_members
from clientela.workflows.churn_segments import churn_of_segments


@dataclass(frozen=True)
class Comparison:
    """All candidates, evaluated and judged."""

    families: list[Family]
    evaluations: list[Evaluation]
    board: list[dict[str, Any]]
    position: int

    @property
    def winner(self) -> Evaluation:
        """The chosen one."""
        return self.evaluations[self.position]


def segment(
    *,
    dataset: str,
    source: str | None,
    as_of: str | None,
    seed: int,
    conf: Path,
    echo: Callable[[str], None],
    rejected: Path | None = None,
    language: str = "en",
    report_to: Path | None = None,
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
        language: of the report.
        report_to: where to write the report beside the run's artifacts, if anywhere.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`; a run that has begun is marked as failed.
    """
    settings = load_settings(dataset, conf=conf)
    if report_to:
        check_folder("report", report_to)
    with duckdb.connect() as connection:
        data = take_in_customers(
            connection, settings.dataset, source=source, as_of=as_of, seed=seed, echo=echo, rejected=rejected
        )
        horizon = settings.evaluation.horizon_days
        inputs = prepare(connection, data.features, fit=settings.fit, as_of=data.as_of, horizon_days=horizon)
        echo(inputs_text(len(data.features), data.as_of, dropped=inputs.dropped, has_past=bool(inputs.past)))
        name = f"{settings.dataset.name} {data.as_of}"
        with tracking.open_run(settings.tracking.experiment, name=name, stage="comparison") as run_id:
            summary, comparison = _compare(settings, data, inputs, run_id=run_id, seed=seed, echo=echo)
            segmentation, clustering = _describe(connection, settings, data, inputs, comparison, seed=seed, echo=echo)
            summary |= {"segments": segmentation.segments, "migration": segmentation.migration}
            version = make_version(
                segmentation,
                data.features,
                clustering,
                as_of=data.as_of,
                currency=settings.dataset.currency,
                members=find_members(settings.insiders.model, dataset=settings.dataset.name),
            )
            proof = prove(
                connection,
                data.features,
                comparison.families,
                comparison.winner.candidate,
                version.assign,
                fit=settings.fit,
                as_of=data.as_of,
                evaluation=settings.evaluation,
                settings=settings.segments.proof,
                seed=seed,
            )
            churn = churn_of_segments(
                load_churn_model(conf=conf),
                version.customers.set_index("customer_id")["segment_id"],
                segmentation.segments,
                dataset=settings.dataset.name,
                echo=echo,
            )
            page = _report(summary, settings, data, inputs, comparison, segmentation, proof, churn, language, seed=seed)
            log_comparison(summary, settings, data.ledger, comparison.board, page=page, proof=proof)
            number, alias, example_ids = register_version(
                version,
                model=settings.tracking.model,
                run_id=run_id,
                note=texts.version_note(summary),
                tags=version_tags(summary, params=comparison.winner.candidate.params, run_id=run_id),
            )
    if report_to:
        write_whole(report_to, page)
    return summary | {
        "model": settings.tracking.model,
        "version": number,
        "alias": alias,
        "example_ids": example_ids,
        "report": str(report_to) if report_to else None,
    }


def _compare(
    settings: Settings, data: Intake, inputs: Inputs, *, run_id: str, seed: int, echo: Callable[[str], None]
) -> tuple[dict[str, Any], Comparison]:
    """Evaluate, judge and log all candidates; the run is logged also where none of them wins."""
    name = settings.dataset.name
    tracking.log_dataset(data.features, name=name, location=data.source.location, digest=data.source.digest)
    families = make_families(settings.candidates.model_dump(), limit=settings.evaluation.sample)
    evaluations, pictures = compare(inputs, families, settings.evaluation, seed=seed)
    verdicts = select(evaluations, **settings.selection.model_dump())
    board = leaderboard(evaluations, verdicts)
    places = {row["name"]: place for place, row in enumerate(ranked(board), start=1)}
    runs = [
        candidate_run(evaluation.candidate, row, files, rank=places[row["name"]], dataset=name)
        for evaluation, row, files in zip(evaluations, board, pictures, strict=True)
    ]
    tracking.log_candidates(run_id, runs)
    summary = summarise(
        dataset=name,
        title=settings.dataset.title,
        currency=settings.dataset.currency,
        location=data.source.location,
        digest=data.source.digest,
        as_of=data.as_of,
        ledger=data.ledger,
        customers=len(data.features),
        board=board,
    ) | {"link": tracking.share_leaderboard(run_id, settings.tracking.leaderboard)}
    echo(texts.leaderboard_text(ranked(board)))
    try:
        position = require_winner(evaluations, verdicts)
    except NoUsefulSegmentation:
        log_comparison(summary, settings, data.ledger, board)
        raise
    return summary | {"winner": board[position]}, Comparison(families, evaluations, board, position)


def _describe(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    data: Intake,
    inputs: Inputs,
    comparison: Comparison,
    *,
    seed: int,
    echo: Callable[[str], None],
) -> tuple[Segmentation, dict[str, Any]]:
    """The winner's clusters as segments, under the ids and names of the champion's where they continue them."""
    winner = comparison.winner
    labels, predictor = settle(inputs.present.matrix, winner.labels, winner.predictor)
    ids = order_by_value(labels, data.features["total_spend"].to_numpy())
    continued = _continued(settings, data, inputs, ids, echo=echo)
    ids = continued.ids if continued else ids
    # The look back left them as of an earlier date.
    make_net_lines(connection, as_of=data.as_of)
    segmentation = describe_segments(
        connection,
        data.features,
        ids,
        matrix=inputs.present.matrix,
        columns=inputs.columns,
        continued=continued,
        attributes=data.attributes,
        dataset=settings.dataset,
        naming=settings.segment_names,
        settings=settings.segments,
        seed=seed,
    )
    if segmentation.migration:
        echo(texts.migration_text(segmentation.migration, segmentation.segments))
    clustering = {
        "scaler": inputs.scaler,
        "predictor": predictor,
        "segment_id_of": dict(zip(labels.tolist(), ids.tolist(), strict=True)),
    }
    return segmentation, clustering


def _continued(
    settings: Settings, data: Intake, inputs: Inputs, ids: np.ndarray, *, echo: Callable[[str], None]
) -> Continued | None:
    try:
        champion = find_champion(settings.tracking.model, dataset=settings.dataset.name)
        if champion is None:
            return None
        return continue_segments(
            ids,
            data.features,
            inputs.scaler,
            previous=champion.version,
            number=champion.number,
            least_overlap=settings.segments.continuity.least_overlap,
        )
    except RegistryError as error:
        # A champion of another make must not stand in the way of its successor.
        echo(f"The segments cannot continue the champion's and are named afresh. {error}")
        return None


def _report(
    summary: Mapping[str, Any],
    settings: Settings,
    data: Intake,
    inputs: Inputs,
    comparison: Comparison,
    segmentation: Segmentation,
    proof: Mapping[str, Any] | None,
    churn: Mapping[int, Mapping[str, Any]] | None,
    language: str,
    *,
    seed: int,
) -> str:
    sample = sample_rows(len(data.features), size=settings.evaluation.sample, seed=seed)
    told = report(
        summary,
        homepage=settings.dataset.homepage,
        licence=settings.dataset.licence,
        period=data.period,
        ledger=data.ledger,
        board=comparison.board,
        choice=comparison.board[comparison.position],
        columns=inputs.columns,
        dropped=inputs.dropped,
        points=sample_points(
            data.features,
            inputs.present.matrix,
            segmentation.ids,
            sample=sample,
            seed=seed,
        ),
        grid=recency_frequency_grid(data.features, segmentation.ids),
        rules=segmentation.rules,
        proof=proof,
        churn=churn,
    )
    return render_report(told, language=language)
