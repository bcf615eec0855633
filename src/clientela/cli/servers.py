"""The commands about servers: serve starts one, try-api tests one."""

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec

import click

from clientela.cli.options import SETTINGS, conf_option, exit_on_error, settings_folder

# Modules of the extra "server".
EXTRA = ("orjson", "prometheus_client")
APP = "clientela.serving.app:app"
COLUMNS = ("request", "tried", "status", "ms", "result", "why")


@click.command(context_settings=SETTINGS | {"ignore_unknown_options": True})
@conf_option
@click.argument("gunicorn_options", nargs=-1, type=click.UNPROCESSED)
@exit_on_error
def serve(conf: str, gunicorn_options: Sequence[str]) -> None:
    """Start the production server on the champion, with gunicorn.

    The settings are in server.yaml and gunicorn.py of the settings folder. GUNICORN_OPTIONS take precedence, such as
    --bind 0.0.0.0:8000 --workers 4.
    """
    from clientela.errors import InvalidInput
    from clientela.settings import load_server

    missing = [name for name in EXTRA if find_spec(name) is None]
    if missing:
        raise InvalidInput(
            f"The production server needs {', '.join(missing)}. Install them with pip install 'clientela[server]'."
        )
    settings = settings_folder(conf) / "gunicorn.py"
    if not settings.is_file():
        raise InvalidInput(f"The settings folder must hold gunicorn.py; {settings.parent} does not.")
    load_server(conf=settings.parent)  # a mistake ends the command in one sentence, before gunicorn starts
    # gunicorn replaces this process, so that it receives signals itself.
    command = [sys.executable, "-m", "gunicorn", "-c", str(settings), *gunicorn_options, APP]
    os.execv(sys.executable, command)


@click.command(context_settings=SETTINGS | {"ignore_unknown_options": True})
@click.argument("mlflow_options", nargs=-1, type=click.UNPROCESSED)
@exit_on_error
def ui(mlflow_options: Sequence[str]) -> None:
    """Start MLflow's UI, opened in its view of models.

    The same as mlflow ui --app-name clientela. MLFLOW_OPTIONS are passed on, such as --port 5001.
    """
    # MLflow replaces this process, so that it receives signals itself.
    os.execv(sys.executable, [sys.executable, "-m", "mlflow", "ui", "--app-name", "clientela", *mlflow_options])


@click.command("try-api", context_settings=SETTINGS)
@click.argument("url")
@click.option(
    "--key",
    default="",
    show_default=False,
    envvar="CLIENTELA_KEY",
    help="API key; CLIENTELA_KEY in the environment if empty.",
)
@click.option("--id", "ids", multiple=True, help="Customer id that the server knows; looked up if none is given.")
@exit_on_error
def try_api(url: str, key: str, ids: Sequence[str]) -> None:
    """Send every request of the API to the server at URL.

    Prints a table of the results. The server may be the production server or mlflow models serve, here or in the
    cloud. Exits with 1 if a request failed.
    """
    from clientela.reporting.tables import plain_table
    from clientela.serving.trial import try_api

    server, results = try_api(url, key=key, ids=[id_ for id_ in ids if id_])
    click.echo(f"{server}\n\n{plain_table([asdict(result) for result in results], COLUMNS)}\n")
    counts = [sum(result.result == name for result in results) for name in ("passed", "failed", "not tried")]
    click.echo("{} passed, {} failed, {} not tried.".format(*counts))
    sys.exit(1 if counts[1] else 0)
