"""The commands that read a data set: demo, segment, refresh, score, insiders, churn."""

from typing import Any

import click

from clientela.cli.options import (
    SETTINGS,
    as_of_option,
    conf_option,
    customers_option,
    data_options,
    dataset_option,
    exit_on_error,
    language_option,
    model_option,
    rejected_option,
    report_option,
    run_request,
    seed_option,
    source_option,
    text_option,
)


@click.command(context_settings=SETTINGS)
@as_of_option
@seed_option
@language_option("the report")
@report_option
@rejected_option
@conf_option
@exit_on_error
def demo(**options: Any) -> None:
    """Generate a demo shop and compare clusterings on it."""
    _segment(options | {"dataset": "demo"})


@click.command(context_settings=SETTINGS)
@dataset_option("demo")
@source_option
@as_of_option
@seed_option
@language_option("the report")
@report_option
@rejected_option
@conf_option
@exit_on_error
def segment(**options: Any) -> None:
    """Compare clusterings on a data set and register the best one."""
    _segment(options)


def _segment(options: dict[str, Any]) -> None:
    from clientela.segmentation.report.texts import next_steps, segments_text
    from clientela.workflows.segment import segment

    request = run_request(options)
    summary = segment(request)
    click.echo(segments_text(summary["segments"], language=request.language) + "\n")
    click.echo(next_steps(summary, data=data_options(request)))


@click.command(context_settings=SETTINGS)
@dataset_option("demo")
@source_option
@as_of_option
@seed_option
@conf_option
@exit_on_error
def refresh(**options: Any) -> None:
    """Assign the customers of newer data to the champion's segments.

    Registers a version with the same segments and a later as-of date.
    """
    from clientela.segmentation.report.texts import refreshed, segments_text
    from clientela.workflows.refresh import refresh

    summary = refresh(run_request(options))
    click.echo(segments_text(summary["segments"]) + "\n")
    click.echo(refreshed(summary))


@click.command(context_settings=SETTINGS)
@click.option(
    "--output",
    required=True,
    help="A file (.csv, .csv.gz, .parquet, .xlsx), an SQLite file (.db) or postgresql://USER@HOST/DATABASE, with the "
    "password in PGPASSWORD, in ~/.pgpass, or as ${NAME} in the URL; #NAME behind a database names the table.",
)
@dataset_option("demo")
@source_option
@as_of_option
@text_option("--version", "Number of the version in the registry; the champion if empty.")
@text_option("--treatment", "Share of each segment to treat, like 0.9: adds treatment or control.")
@language_option("the segments' names")
@seed_option
@model_option
@customers_option
@conf_option
@exit_on_error
def score(output: str, version: str, treatment: str, model: str, **options: Any) -> None:
    """Write a registered model's answer for every customer to a table.

    The table has one row per customer: the segment and key figures, or with --model customer-churn the churn
    probability and its reasons.
    """
    from clientela.errors import InvalidInput
    from clientela.workflows.models import which_model

    request = run_request(options)
    name, is_churn = which_model(model or None, conf=request.conf)
    if is_churn:
        if treatment:
            raise InvalidInput(f"The treatment parameter is for segments only. Got {treatment!r} with {name}.")
        from clientela.churn.report import texts as churn_texts
        from clientela.workflows.churn_score import score_churn

        click.echo(churn_texts.scored(score_churn(request, output=output, version=version or None)))
        return
    if request.customers:
        raise InvalidInput(
            f"The customers parameter is for the churn model only. Got {request.customers!r} with {name}."
        )
    from clientela.cli.parameters import parse_share
    from clientela.segmentation.report.texts import scored
    from clientela.workflows.score import score

    share = parse_share("treatment", treatment)
    click.echo(scored(score(request, output=output, version=version or None, treatment=share)))


@click.command(context_settings=SETTINGS)
@dataset_option("demo")
@source_option
@as_of_option
@text_option("--size", "Members: a number, a share such as 0.1, or auto; the settings' if empty.")
@seed_option
@language_option("the report")
@report_option
@text_option(
    "--list",
    "Write the members to this file (.csv, .csv.gz, .parquet, .xlsx), SQLite file (.db) or Postgres URL.",
    dest="list_to",
)
@conf_option
@exit_on_error
def insiders(size: str, list_to: str, **options: Any) -> None:
    """Set up a loyalty programme for the best customers.

    Finds the rules of the programme, lists the members, writes a report, and registers a model of the members.
    """
    from clientela.insiders.report.texts import next_steps
    from clientela.workflows.insiders import insiders

    summary = insiders(run_request(options), size=size or None, list_to=list_to or None)
    click.echo(next_steps(summary))


@click.command(context_settings=SETTINGS)
@dataset_option("telecom")
@text_option("--source", "Path of the transactions; the data set's own if empty.")
@text_option("--transactions", "The same as --source.")
@customers_option
@as_of_option
@seed_option
@language_option("the report")
@report_option
@rejected_option
@conf_option
@exit_on_error
def churn(source: str, transactions: str, **options: Any) -> None:
    """Compare churn models, register the best one, list whom to call."""
    from clientela.churn.report.texts import next_steps
    from clientela.errors import InvalidInput
    from clientela.workflows.churn import churn

    if source and transactions and source != transactions:
        raise InvalidInput(
            f"The source and transactions parameters are the same thing. Got {source!r} and {transactions!r}."
        )
    request = run_request(options | {"source": source or transactions})
    click.echo(next_steps(churn(request), data=data_options(request)))
