"""Shared parts of the commands: options, quiet libraries, and errors in one line without a stack trace."""

import functools
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from clientela.cli.failures import failure_text

if TYPE_CHECKING:
    from clientela.request import RunRequest

Command = TypeVar("Command", bound=Callable[..., Any])

SETTINGS = {"show_default": True, "max_content_width": 100}
# Set before mlflow is imported: no telemetry, and no log messages among the output of the commands.
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}


def text_option(name: str, help_: str, *, dest: str | None = None) -> Callable[[Command], Command]:
    """An option with an empty text as default, which the MLproject passes for options that are not given."""
    names = (name, dest) if dest else (name,)
    return click.option(*names, default="", show_default=False, help=help_)


source_option = text_option("--source", "Path or address of the data; the data set's own if empty.")
as_of_option = text_option("--as-of", "Date like 2011-12-10; the day after the last transaction if empty.")
seed_option = click.option("--seed", default=0, type=click.IntRange(min=0), help="Random seed.")
report_option = text_option("--report", "Write the report to this HTML file, too; the run keeps it in any case.")
rejected_option = text_option("--rejected", "Write the rows that the cleaning rejects to this Parquet file.")
customers_option = text_option("--customers", "Path of the customer table (churn only); the data set's own if empty.")
model_option = text_option("--model", "Name of the registered model; the segmentation's if empty.")
conf_option = text_option(
    "--conf", "Settings folder; if empty, ./conf where it is one of Clientela's, else the defaults of the package."
)


def dataset_option(default: str) -> Callable[[Command], Command]:
    """The option --dataset with a command's own default."""
    return click.option(
        "--dataset",
        default=default,
        help="Name of a file in datasets/ of the settings folder, or path of a YAML file of your own.",
    )


def language_option(of: str) -> Callable[[Command], Command]:
    """The option --language; `of` names the text in the help."""
    return click.option("--language", default="en", type=click.Choice(["en", "pt-BR"]), help=f"Language of {of}.")


def exit_on_error(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command with quiet libraries; print a ClientelaError as `Error: ...` and exit with 2."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        from clientela.credentials import refuse_passwords
        from clientela.errors import ClientelaError

        silence_libraries()
        try:
            refuse_passwords(kwargs)
            return command(*args, **kwargs)
        except ClientelaError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(2)
        except Exception as error:
            if (text := failure_text(error)) is None:
                raise
            click.echo(f"Error: {text}", err=True)
            sys.exit(2)

    return wrapper


def silence_libraries() -> None:
    """Turn off messages of other libraries; environment variables that the user has set are kept."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    # It logs the stack trace of every error of the database, which the command reports in one sentence.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    if not sys.warnoptions:
        # Warnings go to a log without a handler. A filter would not do: libraries add their own when they are imported.
        logging.captureWarnings(True)


def run_request(options: Mapping[str, Any]) -> "RunRequest":
    """The request with a command's options; an empty text means that the option was not given."""
    from clientela.request import RunRequest

    given = {name: value for name, value in options.items() if value != ""}
    for name in ("report", "rejected"):
        if name in given:
            given[name] = Path(given[name])
    return RunRequest(**{**given, "conf": settings_folder(given.get("conf", "")), "echo": click.echo})


def data_options(request: "RunRequest") -> dict[str, str]:
    """The options with which another command reads the same data."""
    named = {"dataset": request.dataset, "source": request.source, "customers": request.customers}
    return {name: value for name, value in named.items() if value and (name, value) != ("dataset", "demo")}


def settings_folder(conf: str) -> Path:
    """The settings folder that the option --conf means."""
    from clientela.settings.folder import find_conf

    return find_conf(Path(conf) if conf else None)
