"""Command lines that reports and next steps show."""

import os
import shlex

# MLflow sets the variable for the entry points of a project, and removes it when the run begins.
STARTED_BY_MLFLOW_RUN = "MLFLOW_RUN_ID" in os.environ


def ui_command() -> str:
    """The command line that starts MLflow's UI; with mlflow run, clientela need not be installed."""
    return "mlflow ui" if STARTED_BY_MLFLOW_RUN else "clientela ui"


def verb_command(verb: str, **options: object) -> str:
    """The command line of a command, in the form that started this process: clientela, or mlflow run.

    Args:
        verb: name of the verb, such as "promote".
        options: its options by name.

    Returns:
        One line for a terminal, such as "clientela promote --version 2".
    """
    if STARTED_BY_MLFLOW_RUN:
        given = "".join(f" -P {name}={shlex.quote(str(value))}" for name, value in options.items())
        return f"mlflow run . -e {verb}{given} --env-manager local"
    given = "".join(f" --{name.replace('_', '-')} {shlex.quote(str(value))}" for name, value in options.items())
    return f"clientela {verb.replace('_', '-')}{given}"
