"""The commands about personal data: forget, and the vault of pseudonyms."""

import sys
from collections.abc import Sequence

import click

from clientela.cli.options import SETTINGS, conf_option, dataset_option, exit_on_error, settings_folder, source_option

from_option = click.option(
    "--from", "ids_from", default="", show_default=False,
    help="Read ids from this file, one per line; - reads the standard input, which keeps them out of shell histories.",
)  # fmt: skip


@click.command(context_settings=SETTINGS)
@click.argument("customers", nargs=-1)
@from_option
@conf_option
@exit_on_error
def forget(customers: Sequence[str], ids_from: str, conf: str) -> None:
    """Forget customers: rewrite every version, artifact and export without them.

    Later runs leave them out. Prints what was searched afterwards, and exits with 1 if a customer is still found.
    """
    from clientela.reporting.tables import plain_table
    from clientela.workflows.forget import forget

    done = forget([*customers, *_lines(ids_from)], conf=settings_folder(conf), echo=click.echo)
    rows = [
        {"searched": line.place, "read": f"{line.count:,}", "found": str(line.found), "note": line.note}
        for line in done.searched
    ]
    click.echo(f"\n{plain_table(rows, ['searched', 'read', 'found', 'note'])}\n")
    for destination, state in done.exports:
        click.echo(f"{destination}: {state}")
    versions = "; ".join(f"{model} {', '.join(numbers)}" for model, numbers in sorted(done.versions.items()))
    click.echo(
        f"Customers forgotten: {done.customers:,}. Files rewritten: {done.rewritten:,}; deleted: {done.deleted:,}. "
        f"Versions rewritten: {versions or 'none'}. Restart mlflow models serve; the production server follows."
    )
    if done.left:
        click.echo(f"Error: {done.left} places still name a customer.", err=True)
        sys.exit(1)


@click.group(context_settings=SETTINGS)
def vault() -> None:
    """The vault of pseudonyms: a file that leads back to customer ids."""


@vault.command("write", context_settings=SETTINGS)
@click.option("--output", required=True, help="Path of the vault (.parquet); only its owner can read it.")
@dataset_option("demo")
@source_option
@conf_option
@exit_on_error
def write_vault(output: str, dataset: str, source: str, conf: str) -> None:
    """Write the customer ids of a data set with their pseudonyms."""
    from clientela.workflows.vault import write_vault

    count = write_vault(output, dataset=dataset, source=source or None, conf=settings_folder(conf))
    click.echo(f"{count:,} customers in {output}. Keep it apart from MLflow and from the key.")


@vault.command("look-up", context_settings=SETTINGS)
@click.option("--vault", "path", required=True, help="Path of the vault.")
@click.argument("pseudonyms", nargs=-1)
@from_option
@exit_on_error
def look_up(path: str, pseudonyms: Sequence[str], ids_from: str) -> None:
    """Print the customer id of each pseudonym, or a dash."""
    from clientela.workflows.vault import look_up

    for pseudonym, id_ in look_up(path, [*pseudonyms, *_lines(ids_from)]):
        click.echo(f"{pseudonym}  {id_ or '-'}")


@vault.command("reidentify", context_settings=SETTINGS)
@click.option("--vault", "path", required=True, help="Path of the vault.")
@click.option("--list", "list_from", required=True, help="A list with pseudonyms in the column customer_id.")
@click.option("--output", required=True, help="File for the same list with customer ids (.csv, .parquet, .xlsx).")
@conf_option
@exit_on_error
def reidentify(path: str, list_from: str, output: str, conf: str) -> None:
    """Write a list with customer ids instead of pseudonyms."""
    from clientela.workflows.vault import reidentify

    rows, unknown = reidentify(path, list_from=list_from, output=output, conf=settings_folder(conf))
    click.echo(f"{rows:,} rows in {output}; {unknown:,} pseudonyms are not in the vault and stay as they are.")


def _lines(path: str) -> list[str]:
    from clientela.errors import InvalidInput

    if not path:
        return []
    try:
        with click.open_file(path, encoding="utf-8") as file:
            return [line.strip() for line in file if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InvalidInput(
            f"The from parameter must be a text file that can be read. Got {path!r}: {reason}."
        ) from error
