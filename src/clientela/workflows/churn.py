"""Churn, from transactions and customers to a registered model and its report: named steps in their order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
from threadpoolctl import threadpool_limits

from clientela import tracking
from clientela.churn.build_version import build_version, register_version
from clientela.churn.compare import Comparison, compare, importances
from clientela.churn.features import service_columns
from clientela.churn.loading import ChurnData, Rows, build_rows, load_churn_data
from clientela.churn.log import call_table, log_churn, log_models, version_tags
from clientela.churn.panel import folds_of
from clientela.churn.profit import Costs
from clientela.churn.reasons import reasons_of
from clientela.churn.report import summary as churn_summary
from clientela.churn.report import texts as churn_texts
from clientela.churn.report.html import render_churn_report
from clientela.churn.scorer import ChurnScorer, band_of
from clientela.churn.tuning import fit
from clientela.churn.version import ChurnVersion
from clientela.exports.report_files import check_folder, write_whole
from clientela.request import RunRequest
from clientela.settings import ChurnSettings, DatasetSettings, load_churn, load_tracking
from clientela.workflows.churn_segments import risk_of_segments


@dataclass(frozen=True)
class Told:
    """What the version says of the present customers.

    Attributes:
        answers: the pyfunc's own, one a customer.
        families: mean absolute effect of each.
    """

    answers: list[dict[str, Any]]
    families: list[dict[str, Any]]


@dataclass(frozen=True)
class Run:
    """What the steps of a churn run work on.

    Attributes:
        request: what the user asked for.
        dataset: settings of the data set.
        settings: churn settings.
        costs: costs and success rate of a call.
        data: cleaned sources, ledgers and the churn window.
        rows: rows that the models learn from, are tested on, and are asked about.
    """

    request: RunRequest
    dataset: DatasetSettings
    settings: ChurnSettings
    costs: Costs
    data: ChurnData
    rows: Rows


def churn(request: RunRequest) -> dict[str, Any]:
    """Compare models of which customers leave, register the chosen one, and report; returns the run's summary.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`; a run that has begun is marked as failed.
    """
    run = _load(request)
    settings, dataset = run.settings, run.dataset
    name = f"{dataset.name} {run.data.as_of} churn"
    with tracking.open_run(settings.experiment, name=name, stage="churn") as run_id:
        # Fits run in parallel; threads within them would wait for each other.
        with threadpool_limits(1):
            comparison = _compare(run)
            version = _final(run, comparison)
            told = _tell(version)
            model = load_tracking(conf=request.conf).model
            segments = risk_of_segments(model, version, dataset=dataset.name, echo=request.echo)
            report = _report(run, comparison, version, told, segments)
        link = log_models(run_id, report, comparison, settings.leaderboard)
        page = render_churn_report(report, language=request.language)
        segment_of = segments["segment_of"] if segments else None
        calls = call_table(version, told.answers, segment_of, language=request.language)
        log_churn(report, settings, run.data, run.rows, page=page, calls=calls, link=link)
        number, alias, example_ids = register_version(
            version,
            model=settings.model,
            run_id=run_id,
            note=churn_texts.version_note(report),
            tags=version_tags(report, run_id=run_id),
        )
    if request.report:
        write_whole(request.report, page)
    return report | {
        "model": settings.model,
        "version": number,
        "alias": alias,
        "example_ids": example_ids,
        "link": link,
        "report": str(request.report) if request.report else None,
    }


def _load(request: RunRequest) -> Run:
    dataset, settings = load_churn(request.dataset, conf=request.conf)
    if request.report:
        check_folder("report", request.report)
    costs = Costs(**settings.costs.model_dump())
    with duckdb.connect() as connection:
        data = load_churn_data(connection, dataset, settings, request)
        rows = build_rows(connection, data, settings, seed=request.seed)
    request.echo(churn_texts.rows_text(rows.splits, days=data.days, columns=len(rows.columns)))
    return Run(request, dataset, settings, costs, data, rows)


def _compare(run: Run) -> Comparison:
    settings = run.settings
    comparison = compare(
        run.rows.splits,
        run.rows.columns,
        grids={name: (values.grid, values.draws) for name, values in settings.models.grids.items()},
        folds=settings.folds,
        costs=run.costs,
        interval=settings.choice.interval,
        draws=settings.choice.draws,
        most_auc=settings.leakage.model_auc,
        seed=run.request.seed,
        jobs=settings.jobs,
    )
    run.request.echo(churn_texts.leaderboard_text(churn_summary.leaderboard(comparison)))
    return comparison


def _final(run: Run, comparison: Comparison) -> ChurnVersion:
    """The chosen model, fitted again to all rows whose outcome is known by now, with its present customers."""
    rows, settings, seed = run.rows, run.settings, run.request.seed
    folds = folds_of(rows.known, folds=settings.folds, seed=seed)
    tuned = comparison.tuned[comparison.winner]
    fitted = fit(tuned, rows.known, rows.columns, folds=folds, seed=seed, jobs=settings.jobs)
    return build_version(
        fitted,
        rows.known,
        rows.present,
        services=rows.services,
        bands=settings.bands,
        costs=settings.costs,
        window_days=run.data.days,
        as_of=run.data.as_of.isoformat(),
        currency=run.dataset.currency,
    )


def _tell(version: ChurnVersion) -> Told:
    card, customers = version.card, version.customers
    scorer = ChurnScorer(card, version.pipeline)
    answers = [
        {
            "customer_id": row["customer_id"],
            "probability": row["probability"],
            "band": band_of(row["probability"], card["bands"]),
            "reasons": reasons_of(row, card),
        }
        for row in customers.to_dict("records")
    ]
    matrix = scorer.matrix(customers)
    effects = scorer.effects(matrix, scorer.odds(matrix))
    return Told(answers, churn_summary.family_effects(effects, [family["name"] for family in card["families"]]))


def _report(
    run: Run, comparison: Comparison, version: ChurnVersion, told: Told, segments: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The content of the report, as plain data."""
    dataset, settings, data, rows, costs = run.dataset, run.settings, run.data, run.rows, run.costs
    board = churn_summary.leaderboard(comparison)
    winner, split = comparison.tested[comparison.winner][0], comparison.splits[0]
    strongest = max(rows.separation, key=lambda name: rows.separation[name])
    return {
        "shop": {
            **{key: getattr(dataset, key) for key in ("title", "currency", "homepage", "licence")},
            "dataset": dataset.name,
            "as_of": data.as_of.isoformat(),
            "location": data.source.location,
            "digest": data.source.digest,
        },
        "label": {
            "labelled": data.labelled,
            "days": data.days,
            "auto": settings.label.window_days == "auto",
            "gap_quantile": settings.label.gap_quantile,
            "active_days": settings.label.active_days,
            "cutoff": split.cutoff.isoformat(),
            "by_time": split.by_time,
        },
        "data": {
            "rows_in": int(data.ledger["rows_left"].iloc[0]),
            "rows_kept": int(data.ledger["rows_left"].iloc[-1]),
            "ledger": churn_summary.ledger_rows(data.ledger),
            "customer_ledger": churn_summary.ledger_rows(data.customer_ledger),
            **churn_summary.period(data.period),
            "trained": len(split.train),
            "tested": len(split.test),
            "known": len(split.test) if split.by_time else len(rows.known),
            "churn_rate": float((split.test if split.by_time else rows.known)["churn"].mean()),
            "scored": len(version.customers),
            "gone": rows.gone,
            "features": len(rows.columns),
            "separation": {"feature": strongest, "auc": rows.separation[strongest]},
            "age_missing": float(rows.present["age"].isna().mean()) if "age" in rows.columns else None,
        },
        "columns": version.card["columns"],
        "services": {column: service for service, column in service_columns(rows.services).items()},
        "winner": next(row for row in board if row["verdict"] == "winner"),
        "board": board,
        "choice": {"interval": settings.choice.interval, "draws": settings.choice.draws, "folds": settings.folds},
        "cutoffs": churn_summary.cutoffs(comparison),
        "curves": churn_summary.curves(comparison),
        "outcome": churn_summary.outcome(winner, split, costs),
        "importances": importances(winner, split, seed=run.request.seed, jobs=settings.jobs),
        "families": told.families,
        "costs": churn_summary.costs_of(costs, rows.present["spend_per_month"]),
        "risk": churn_summary.risk(version.customers, version.card["bands"], told.answers, most=settings.call_list),
        "segments": {key: segments[key] for key in ("rows", "unjoined", "model", "version")} if segments else None,
    }
