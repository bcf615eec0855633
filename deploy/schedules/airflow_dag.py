"""Clientela in Airflow 3: a refresh every day, monitoring every week, a renewal every month.

Copy this file into Airflow's folder of DAGs. Each task runs the project's own command in the project's own environment,
so Airflow needs nothing of Clientela. Between tasks there is only the number of a version. The variables of Airflow's
process are passed on to the command: credentials stay in the environment.

Variables of the environment:
    CLIENTELA_COMMAND: the command, such as /opt/clientela/.venv/bin/clientela
    CLIENTELA_FOLDER: the folder that has conf/, such as /opt/clientela
"""

import logging
import os
import re
import subprocess
from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

COMMAND = os.environ.get("CLIENTELA_COMMAND", "clientela")
FOLDER = os.environ.get("CLIENTELA_FOLDER", ".")
LOG = logging.getLogger(__name__)
PARAMS = {
    "dataset": Param("demo", type="string", pattern=r"^[\w./-]+$", description="Data set, or path of its YAML file."),
    "source": Param("", type="string", description="Path or address of the data; the data set's own if empty."),
    "as_of": Param("", type="string", pattern=r"^(\d{4}-\d{2}-\d{2})?$", description="As-of date, or empty."),
}
SHARED: dict[str, Any] = {
    "start_date": datetime(2026, 1, 1),
    "catchup": False,
    "max_active_runs": 1,
    "params": PARAMS,
    "default_args": {"retries": 2, "retry_delay": timedelta(minutes=10), "execution_timeout": timedelta(hours=6)},
    "tags": ["clientela"],
}


def run(*words: str) -> str:
    """Run a command of the project; returns what it printed."""
    done = subprocess.run([COMMAND, *words], cwd=FOLDER, capture_output=True, text=True, check=False)
    LOG.info("%s\n%s", done.stdout, done.stderr)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RuntimeError(f"clientela {words[0]} ended with the code {done.returncode}: {reason}")
    return done.stdout


def data() -> list[str]:
    """The options for the data, from the parameters of the run."""
    params = get_current_context()["params"]
    return [f"--{name.replace('_', '-')}={params[name]}" for name in PARAMS if params[name]]


@task
def refresh() -> str:
    """Assign all customers to the champion's segments; returns the number of the new version."""
    return re.findall(r"version (\d+) is registered", run("refresh", *data()))[-1]


@task
def promote(version: str) -> None:
    """Promote the version if it passes the gate."""
    run("promote", f"--version={version}", "--reason=daily refresh")


@task
def monitor() -> None:
    """Compare the last period with those before; the command sends the alerts."""
    run("monitor", *data())


@task
def renew() -> None:
    """Bring all products up to date."""
    run("renew", *data())


@dag(dag_id="clientela_daily", schedule="30 3 * * *", **SHARED)
def daily() -> None:
    """Every day: new figures, the same segments."""
    promote(refresh())


@dag(dag_id="clientela_weekly", schedule="30 5 * * 1", **SHARED)
def weekly() -> None:
    """Every Monday: do the customers still fit the segments?"""
    monitor()


@dag(dag_id="clientela_monthly", schedule="30 6 1 * *", **SHARED)
def monthly() -> None:
    """Every month: refresh or refit, Insiders and churn, through the gate."""
    renew()


daily()
weekly()
monthly()
