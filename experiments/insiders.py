"""Found a loyalty programme for the best customers: rules, list, report, and a model that knows the members."""

from pathlib import Path

import click

from console import told

CONF = Path(__file__).resolve().parents[1] / "conf"


@click.command(help=__doc__, context_settings={"show_default": True})
@click.option("--dataset", default="demo", help="A name in conf/datasets, or the path of a YAML file of your own.")
@click.option("--source", default="", help="Path of the data (CSV, Parquet, Excel); the data set's own if empty.")
@click.option("--as-of", default="", help="Date like 2011-12-10; the day after the last transaction if empty.")
@click.option("--size", default="", help="Members: a number, a share such as 0.1, or auto; the settings' if empty.")
@click.option("--seed", default=0, type=click.IntRange(min=0), help="Of everything random.")
@click.option("--language", default="en", type=click.Choice(["en", "pt-BR"]), help="Of the report.")
@click.option("--report", default="", help="Write the report to this HTML file too; the run keeps it in any case.")
@click.option(
    "--list",
    "list_to",
    default="",
    help="Write the members to this file (.csv, .csv.gz, .parquet, .xlsx), SQLite file (.db) or Postgres URL.",
)
@told
def main(dataset: str, source: str, as_of: str, size: str, seed: int, language: str, report: str, list_to: str) -> None:
    """Run the workflow and say what comes next."""
    from clientela.insiders.report.texts import insiders_next_steps
    from clientela.request import RunRequest
    from clientela.workflows.insiders import insiders

    request = RunRequest(
        dataset=dataset,
        conf=CONF,
        source=source or None,
        as_of=as_of or None,
        seed=seed,
        language=language,
        report=Path(report) if report else None,
        echo=click.echo,
    )
    summary = insiders(request, size=size or None, list_to=list_to or None)
    click.echo(insiders_next_steps(summary))


if __name__ == "__main__":
    main()
