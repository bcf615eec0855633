"""Compare clusterings on a data set and register the best one (the project's main entry point)."""

from pathlib import Path

import click

from console import told

CONF = Path(__file__).resolve().parents[1] / "conf"


@click.command(help=__doc__, context_settings={"show_default": True})
@click.option("--dataset", default="demo", help="A name in conf/datasets, or the path of a YAML file of your own.")
@click.option("--source", default="", help="Path of the data (CSV, Parquet, Excel); the data set's own if empty.")
@click.option("--as-of", default="", help="Date like 2011-12-10; the day after the last transaction if empty.")
@click.option("--seed", default=0, type=click.IntRange(min=0), help="Of everything random.")
@click.option("--language", default="en", type=click.Choice(["en", "pt-BR"]), help="Of the report.")
@click.option("--report", default="", help="Write the report to this HTML file too; the run keeps it in any case.")
@click.option("--rejected", default="", help="Write the rows that the cleaning rejects to this Parquet file.")
@told
def main(dataset: str, source: str, as_of: str, seed: int, language: str, report: str, rejected: str) -> None:
    """Run the workflow and say what comes next."""
    from clientela.request import RunRequest
    from clientela.segmentation.report.console import next_steps, segments_text
    from clientela.workflows.segment import segment

    request = RunRequest(
        dataset=dataset,
        conf=CONF,
        source=source or None,
        as_of=as_of or None,
        seed=seed,
        language=language,
        report=Path(report) if report else None,
        rejected=Path(rejected) if rejected else None,
        echo=click.echo,
    )
    summary = segment(request)
    click.echo(segments_text(summary["segments"], language=language) + "\n")
    click.echo(next_steps(summary))


if __name__ == "__main__":
    main()
