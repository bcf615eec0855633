"""Write every customer of a source with what the registered model gives (segment, churn), as one table."""

from pathlib import Path

import click

from console import told

CONF = Path(__file__).resolve().parents[1] / "conf"


@click.command(help=__doc__, context_settings={"show_default": True})
@click.option("--model", default="", help="The registered model, such as customer-churn; the segments' if empty.")
@click.option("--dataset", default="demo", help="The model's: a name in conf/datasets, or the path of a YAML file.")
@click.option("--source", default="", help="Path of the data (CSV, Parquet, Excel); the data set's own if empty.")
@click.option(
    "--output",
    required=True,
    help="A file (.csv, .csv.gz, .parquet, .xlsx), an SQLite file (.db) or postgresql://USER:PASSWORD@HOST/DATABASE; "
    "#NAME behind a database names the table.",
)
@click.option("--customers", default="", help="Churn: path of the table of customers; the data set's own if empty.")
@click.option("--as-of", default="", help="Date like 2011-12-10; the day after the last transaction if empty.")
@click.option("--version", default="", help="Number of the version in the registry; the champion if empty.")
@click.option("--treatment", default="", help="Share of each segment to treat, like 0.9: adds treatment or control.")
@click.option("--language", default="en", type=click.Choice(["en", "pt-BR"]), help="Of the segments' names.")
@click.option("--seed", default=0, type=click.IntRange(min=0), help="Of the demo shop and of the treatment's draw.")
@told
def main(
    model: str, dataset: str, source: str, customers: str, output: str, as_of: str, version: str, treatment: str,
    language: str, seed: int,
) -> None:  # fmt: skip
    """Run the workflow and say what was written."""
    from clientela.errors import InvalidInput
    from clientela.request import RunRequest
    from clientela.workflows.models import which_model

    request = RunRequest(
        dataset=dataset,
        conf=CONF,
        source=source or None,
        customers=customers or None,
        as_of=as_of or None,
        seed=seed,
        language=language,
        echo=click.echo,
    )
    name, is_churn = which_model(model or None, conf=CONF)
    if is_churn:
        if treatment:
            raise InvalidInput(f"The treatment parameter is for segments only. Got {treatment!r} with {name}.")
        from clientela.churn.report import texts as churn_texts
        from clientela.workflows.churn_score import score_churn

        click.echo(churn_texts.scored(score_churn(request, output=output, version=version or None)))
        return
    if customers:
        raise InvalidInput(f"The customers parameter is for the churn model only. Got {customers!r} with {name}.")
    from clientela.segmentation.report.console import scored
    from clientela.workflows.score import parse_share, score

    share = parse_share(treatment) if treatment else None
    click.echo(scored(score(request, output=output, version=version or None, treatment=share)))


if __name__ == "__main__":
    main()
