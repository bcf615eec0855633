"""Addresses of pages in MLflow's UI, and its filters for runs."""

from urllib.parse import urlsplit, urlunsplit

import mlflow
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

UI = "http://127.0.0.1:5000"


def children_of(parent: str) -> str:
    """MLflow's filter for the nested runs of a run."""
    return f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{parent}'"


def run_filter(run_id: str) -> str:
    """MLflow's filter for one run."""
    return f"attributes.run_id = '{run_id}'"


def view_link(experiment: str, key: str, *, charts: bool = False) -> str:
    """The link that opens a saved view of an experiment in MLflow's view of models.

    Args:
        experiment: id of the experiment.
        key: key of the view.
        charts: whether the charts are shown instead of the table.
    """
    mode = "&compareRunsMode=CHART" if charts else ""
    query = f"workflowType=machine_learning{mode}&viewStateShareKey={key}"
    return f"{ui_address(mlflow.get_tracking_uri())}/#/experiments/{experiment}/runs?{query}"


def run_link(run: str) -> str:
    """The address of a run's page."""
    experiment = MlflowClient().get_run(run).info.experiment_id
    ui = ui_address(mlflow.get_tracking_uri())
    return f"{ui}/#/experiments/{experiment}/runs/{run}?workflowType=machine_learning"


def ui_address(store: str) -> str:
    """The address of the UI of a store: that of a tracking server, else that of a local `mlflow ui`."""
    if not store.startswith(("http://", "https://")):
        return UI
    parts = urlsplit(store.rstrip("/"))
    # Without the name and the password of the user, which would be kept in reports.
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
