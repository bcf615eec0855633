"""Runs whose process was killed: they would stay RUNNING in MLflow for ever, with logged models that never finish."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlflow.entities import LoggedModel, LoggedModelStatus, Run, RunStatus
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NOTE

from clientela.processes import is_gone, owner

OWNER = "process"  # tag of a run: the process that writes it
STAGE = "stage"
NOTE = "The process of this run ended before the run did. It was closed afterwards; what it logged may be incomplete."
MOST = 1_000  # runs or models in one search


@dataclass(frozen=True)
class KilledRun:
    """A run whose process was killed.

    Attributes:
        run: the run.
        nested: its candidates that are still open.
        models: its logged models that never finished.
    """

    run: Run
    nested: Sequence[Run]
    models: Sequence[LoggedModel]


def owner_tags() -> dict[str, str]:
    """The tags that say which process writes a run."""
    return {OWNER: owner()}


def find_killed_runs(experiment: str, *, stage: str | None = None) -> list[KilledRun]:
    """Find the runs of an experiment that are open although their process has ended.

    Args:
        experiment: name of the experiment; without such an experiment, no run is found.
        stage: tag of the runs, such as "comparison"; None for all runs.

    Returns:
        The runs. Runs of other hosts, and of versions before 0.2.0, are not among them.
    """
    client = MlflowClient()
    if (found := client.get_experiment_by_name(experiment)) is None:
        return []
    running = client.search_runs([found.experiment_id], "attributes.status = 'RUNNING'", max_results=MOST)
    killed = [
        run for run in running if is_gone(run.data.tags.get(OWNER, "")) and stage in (None, run.data.tags.get(STAGE))
    ]
    return [KilledRun(run, _nested_in(run, running), _unfinished(client, run)) for run in killed]


def close(killed: KilledRun) -> None:
    """Mark a run and its candidates as KILLED, with a note, and delete the logged models that never finished."""
    client = MlflowClient()
    for model in killed.models:
        client.finalize_logged_model(model.model_id, LoggedModelStatus.FAILED)
        client.delete_logged_model(model.model_id)
    for run in (*killed.nested, killed.run):
        client.set_tag(run.info.run_id, MLFLOW_RUN_NOTE, NOTE)
        client.set_terminated(run.info.run_id, RunStatus.to_string(RunStatus.KILLED))


def close_killed_runs(experiment: str, *, stage: str) -> None:
    """Close the killed runs of a command; another process may close them at the same time."""
    for killed in find_killed_runs(experiment, stage=stage):
        try:
            close(killed)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise


def _nested_in(parent: Run, running: Sequence[Run]) -> list[Run]:
    return [run for run in running if run.data.tags.get(MLFLOW_PARENT_RUN_ID) == parent.info.run_id]


def _unfinished(client: MlflowClient, run: Run) -> list[LoggedModel]:
    models = client.search_logged_models(
        [run.info.experiment_id], f"source_run_id = '{run.info.run_id}'", max_results=50
    )
    return [model for model in models if model.status == LoggedModelStatus.PENDING]
