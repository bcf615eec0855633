"""What the entry scripts share: a user's mistake is told in one line, without a stack trace."""

import functools
import os
import sys
from collections.abc import Callable
from typing import Any

import click

# Set before mlflow is imported: nothing is sent to anybody, and its chatter does not bury what the scripts say.
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
RESTART = "Restart mlflow models serve; the production server follows by itself."

for name, value in QUIET.items():
    os.environ.setdefault(name, value)


def told(command: Callable[..., Any]) -> Callable[..., Any]:
    """Print a ClientelaError as `Error: ...` and exit with 2."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        from clientela.errors import ClientelaError

        try:
            return command(*args, **kwargs)
        except ClientelaError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(2)

    return wrapper
