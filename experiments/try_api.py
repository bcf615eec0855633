"""Send every request of the API to a server at URL, here or in the cloud, and print a table of what held.

It asks which server that is: the production server, or mlflow models serve. Exits with 1 if anything failed.
"""

import sys
from collections.abc import Sequence
from dataclasses import asdict

import click

from console import told

COLUMNS = ("request", "tried", "status", "ms", "result", "why")


@click.command(help=__doc__)
@click.argument("url")
@click.option("--key", default="", envvar="CLIENTELA_KEY", help="API key; CLIENTELA_KEY in the environment if empty.")
@click.option("--id", "ids", multiple=True, help="A customer that the server knows; looked for if none is given.")
@told
def main(url: str, key: str, ids: Sequence[str]) -> None:
    """Try the API and print what came of it."""
    from clientela.reporting.tables import plain_table
    from clientela.serving.trial import try_api

    server, results = try_api(url, key=key, ids=[id_ for id_ in ids if id_])
    click.echo(f"{server}\n\n{plain_table([asdict(result) for result in results], COLUMNS)}\n")
    counts = [sum(result.result == name for result in results) for name in ("passed", "failed", "not tried")]
    click.echo("{} passed, {} failed, {} not tried.".format(*counts))
    sys.exit(1 if counts[1] else 0)


if __name__ == "__main__":
    main()
