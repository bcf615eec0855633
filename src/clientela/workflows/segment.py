"""The comparison, from a source to a registered version: named steps in their order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np

from clientela import tracking
from clientela.errors import NoUsefulSegmentation, RegistryError
from clientela.exports.report_files import check_folder, write_whole
from clientela.features.build import make_net_lines
from clientela.features.profile import order_by_value
from clientela.loading import ShopData, load_transactions
from clientela.reporting.tables import inputs_text
from clientela.request import RunRequest
from clientela.segmentation.backtest import prove
from clientela.segmentation.build_version import find_champion, make_version, register_version
from clientela.segmentation.clustering.candidates import Family, make_families
from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.inductive import assign_noise
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
from clientela.segmentation.version import Version
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


@dataclass(frozen=True)
class Run:
    """What the steps of a comparison work on.

    Attributes:
        request: what the user asked for.
        settings: settings of the data set and of the comparison.
        data: cleaned source, ledger and customer features.
        inputs: scaled features that the candidates are fitted to.
    """

    request: RunRequest
    settings: Settings
    data: ShopData
    inputs: Inputs


@dataclass(frozen=True)
class Results:
    """What a comparison reports.

    Attributes:
        comparison: all candidates, evaluated and judged.
        segmentation: the winner's clusters as segments.
        proof: backtest of the segments; None where the history is too short.
        churn: churn risk by segment id; None where there is no churn model of this data set.
    """

    comparison: Comparison
    segmentation: Segmentation
    proof: Mapping[str, Any] | None
    churn: Mapping[int, Mapping[str, Any]] | None


def segment(request: RunRequest) -> dict[str, Any]:
    """Compare the candidates on a data set and register the winner; returns the comparison's summary.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`; a run that has begun is marked as failed.
    """
    settings = load_settings(request.dataset, conf=request.conf)
    if request.report:
        check_folder("report", request.report)
    with duckdb.connect() as connection:
        run = _load(connection, request, settings)
        name = f"{settings.dataset.name} {run.data.as_of}"
        with tracking.open_run(settings.tracking.experiment, name=name, stage="comparison") as run_id:
            summary, comparison = _compare(run, run_id=run_id)
            segmentation, clustering = _describe(connection, run, comparison)
            summary |= {"segments": segmentation.segments, "migration": segmentation.migration}
            version = _build_version(run, segmentation, clustering)
            proof = _backtest(connection, run, comparison, version)
            churn = _churn_risk(run, version, segmentation)
            page = _report(run, summary, Results(comparison, segmentation, proof, churn))
            log_comparison(summary, settings, run.data.ledger, comparison.board, page=page, proof=proof)
            number, alias, example_ids = register_version(
                version,
                model=settings.tracking.model,
                run_id=run_id,
                note=texts.version_note(summary),
                tags=version_tags(summary, params=comparison.winner.candidate.params, run_id=run_id),
            )
    if request.report:
        write_whole(request.report, page)
    return summary | {
        "model": settings.tracking.model,
        "version": number,
        "alias": alias,
        "example_ids": example_ids,
        "report": str(request.report) if request.report else None,
    }


def _load(connection: duckdb.DuckDBPyConnection, request: RunRequest, settings: Settings) -> Run:
    data = load_transactions(connection, settings.dataset, request)
    horizon = settings.evaluation.horizon_days
    inputs = prepare(connection, data.features, fit=settings.fit, as_of=data.as_of, horizon_days=horizon)
    request.echo(inputs_text(len(data.features), data.as_of, dropped=inputs.dropped, has_past=bool(inputs.past)))
    return Run(request, settings, data, inputs)


def _compare(run: Run, *, run_id: str) -> tuple[dict[str, Any], Comparison]:
    """Evaluate, judge and log all candidates; the run is logged also where none of them wins."""
    settings, data = run.settings, run.data
    name = settings.dataset.name
    tracking.log_dataset(data.features, name=name, location=data.source.location, digest=data.source.digest)
    families = make_families(settings.candidates.model_dump(), limit=settings.evaluation.sample)
    evaluations, pictures = compare(run.inputs, families, settings.evaluation, seed=run.request.seed)
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
    run.request.echo(texts.leaderboard_text(ranked(board)))
    try:
        position = require_winner(evaluations, verdicts)
    except NoUsefulSegmentation:
        log_comparison(summary, settings, data.ledger, board)
        raise
    return summary | {"winner": board[position]}, Comparison(families, evaluations, board, position)


def _describe(
    connection: duckdb.DuckDBPyConnection, run: Run, comparison: Comparison
) -> tuple[Segmentation, dict[str, Any]]:
    """The winner's clusters as segments, under the ids and names of the champion's where they continue them."""
    settings, data, inputs, winner = run.settings, run.data, run.inputs, comparison.winner
    labels, predictor = assign_noise(inputs.present.matrix, winner.labels, winner.predictor)
    ids = order_by_value(labels, data.features["total_spend"].to_numpy())
    continued = _continued(run, ids)
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
        seed=run.request.seed,
    )
    if segmentation.migration:
        run.request.echo(texts.migration_text(segmentation.migration, segmentation.segments))
    clustering = {
        "scaler": inputs.scaler,
        "predictor": predictor,
        "segment_id_of": dict(zip(labels.tolist(), ids.tolist(), strict=True)),
    }
    return segmentation, clustering


def _continued(run: Run, ids: np.ndarray) -> Continued | None:
    settings = run.settings
    try:
        champion = find_champion(settings.tracking.model, dataset=settings.dataset.name)
        if champion is None:
            return None
        return continue_segments(
            ids,
            run.data.features,
            run.inputs.scaler,
            previous=champion.version,
            number=champion.number,
            least_overlap=settings.segments.continuity.least_overlap,
        )
    except RegistryError as error:
        # A champion of another format must not block its successor.
        run.request.echo(f"The segments cannot continue the champion's and get new names. {error}")
        return None


def _build_version(run: Run, segmentation: Segmentation, clustering: dict[str, Any]) -> Version:
    dataset = run.settings.dataset
    return make_version(
        segmentation,
        run.data.features,
        clustering,
        as_of=run.data.as_of,
        currency=dataset.currency,
        members=find_members(run.settings.insiders.model, dataset=dataset.name),
    )


def _backtest(
    connection: duckdb.DuckDBPyConnection, run: Run, comparison: Comparison, version: Version
) -> Mapping[str, Any] | None:
    return prove(
        connection,
        run.data.features,
        comparison.families,
        comparison.winner.candidate,
        version.assign,
        fit=run.settings.fit,
        as_of=run.data.as_of,
        evaluation=run.settings.evaluation,
        settings=run.settings.segments.proof,
        seed=run.request.seed,
    )


def _churn_risk(run: Run, version: Version, segmentation: Segmentation) -> dict[int, dict[str, Any]] | None:
    return churn_of_segments(
        load_churn_model(conf=run.request.conf),
        version.customers.set_index("customer_id")["segment_id"],
        segmentation.segments,
        dataset=run.settings.dataset.name,
        echo=run.request.echo,
    )


def _report(run: Run, summary: Mapping[str, Any], results: Results) -> str:
    """The report as a page of HTML, in the request's language."""
    data, inputs, comparison, ids = run.data, run.inputs, results.comparison, results.segmentation.ids
    seed = run.request.seed
    sample = sample_rows(len(data.features), size=run.settings.evaluation.sample, seed=seed)
    told = report(
        summary,
        homepage=run.settings.dataset.homepage,
        licence=run.settings.dataset.licence,
        period=data.period,
        ledger=data.ledger,
        board=comparison.board,
        choice=comparison.board[comparison.position],
        columns=inputs.columns,
        dropped=inputs.dropped,
        points=sample_points(data.features, inputs.present.matrix, ids, sample=sample, seed=seed),
        grid=recency_frequency_grid(data.features, ids),
        rules=results.segmentation.rules,
        proof=results.proof,
        churn=results.churn,
    )
    return render_report(told, language=run.request.language)
