"""The command that says which sources can be read, and finds and mends what a kill or a restored backup has left."""

import sys

import click

from clientela.cli.options import SETTINGS, conf_option, exit_on_error, settings_folder


@click.command(context_settings=SETTINGS)
@click.option(
    "--mend", default="false", type=click.BOOL, is_flag=False, flag_value="true",
    help="Close the runs, and remove the leases, aliases, folders and files.",
)  # fmt: skip
@conf_option
@exit_on_error
def doctor(mend: bool, conf: str) -> None:
    """List which sources can be read, and what a killed process or a restored backup has left.

    The latter are runs that stay open, expired leases, aliases of versions that are gone, temporary folders, and
    temporary files in the current folder. Exits with 1 if something was found and not mended.
    """
    from clientela.data.sources.installed import sources_text
    from clientela.workflows.doctor import find_leftovers_of_all

    click.echo(sources_text())
    findings = find_leftovers_of_all(settings_folder(conf))
    for finding in findings:
        click.echo(finding.sentence)
        if mend:
            finding.mend()
    if not findings:
        click.echo("Nothing was left.")
    elif mend:
        click.echo(f"Mended: {len(findings)}.")
    else:
        click.echo(f"Found: {len(findings)}. clientela doctor --mend true mends them.")
        sys.exit(1)
