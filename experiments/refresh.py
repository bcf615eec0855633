"""Re-assign customers with the champion's clusters on newer data and register a version with the same segments."""

from pathlib import Path

import click

from console import told

CONF = Path(__file__).resolve().parents[1] / "conf"


@click.command(help=__doc__, context_settings={"show_default": True})
@click.option("--dataset", default="demo", help="The champion's: a name in conf/datasets, or the path of a YAML file.")
@click.option("--source", default="", help="Path of the data (CSV, Parquet, Excel); the data set's own if empty.")
@click.option("--as-of", default="", help="Date like 2011-12-10; the day after the last transaction if empty.")
@click.option("--seed", default=0, type=click.IntRange(min=0), help="Of the demo shop and of the readable rules.")
@told
def main(dataset: str, source: str, as_of: str, seed: int) -> None:
    """Run the workflow and say what comes next."""
    from clientela.request import RunRequest
    from clientela.segmentation.report.console import refreshed, segments_text
    from clientela.workflows.refresh import refresh

    request = RunRequest(
        dataset=dataset, conf=CONF, source=source or None, as_of=as_of or None, seed=seed, echo=click.echo
    )
    summary = refresh(request)
    click.echo(segments_text(summary["segments"]) + "\n")
    click.echo(refreshed(summary))


if __name__ == "__main__":
    main()
