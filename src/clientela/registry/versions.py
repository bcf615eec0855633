"""The versions of a registered model: registers a version, and fetches a version with its files."""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.entities import Metric
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_MODEL_VERSIONS, MLFLOW_RUN_NOTE

from clientela.errors import RegistryError
from clientela.processes import folder_prefix
from clientela.registry.aliases import CHAMPION, assign_alias, read_aliases
from clientela.registry.contents import CODE

REQUIREMENTS = ("mlflow", "numpy", "pandas", "pyarrow")
# MLflow copies the run's metrics of this step to the model, without their data set; there are none.
OWN_STEP = -1


@dataclass(frozen=True)
class ModelSpec:
    """What MLflow needs to know about a product's model besides the data of a version.

    Attributes:
        about: description of the registered model (Markdown), written when the model is created.
        code: text of the version's only code file.
        signature: signature of requests and answers.
        requirements: packages that the code needs; their installed versions are pinned.
    """

    about: str
    code: str
    signature: ModelSignature
    requirements: Sequence[str] = REQUIREMENTS


def register(
    model: str,
    spec: ModelSpec,
    *,
    run_id: str,
    artifacts: Mapping[str, Path],
    example_ids: Sequence[str],
    note: str,
    tags: Mapping[str, str],
) -> tuple[str, str]:
    """Log the pyfunc to the active run and register it as a version.

    The first version becomes champion, a later one challenger. The alias is set last: a version without an alias is
    never served.

    Args:
        model: name of the registered model.
        spec: description, code, signature and requirements of the model.
        run_id: id of the active run.
        artifacts: name -> file of each artifact.
        example_ids: ids of the input example, which everyone who sees the model sees.
        note: description of the version (Markdown).
        tags: tags of the version.

    Returns:
        The version number and the alias.
    """
    client = MlflowClient()
    with _without_bytecode(), tempfile.TemporaryDirectory(prefix=folder_prefix("registering")) as folder:
        code = Path(folder) / CODE
        code.write_text(spec.code, encoding="utf-8")
        logged = mlflow.pyfunc.log_model(
            name=model,
            python_model=str(code),
            artifacts={name: str(path) for name, path in artifacts.items()},
            signature=spec.signature,
            input_example=pd.DataFrame({"customer_id": list(example_ids)}),
            pip_requirements=[f"{name}=={installed_version(name)}" for name in spec.requirements],
            step=OWN_STEP,
        )
    _log_metrics(client, run_id, logged.model_id)
    _require_model(client, model, spec.about)
    registered = client.create_model_version(
        model, logged.model_uri, run_id, tags=dict(tags), description=note, model_id=logged.model_id
    )
    number = str(registered.version)
    # What MLflow's own `register_model` writes; without it, the page of the logged model says "Not registered".
    link = json.dumps([{"name": model, "version": number}])
    client.set_logged_model_tags(logged.model_id, {MLFLOW_MODEL_VERSIONS: link, MLFLOW_RUN_NOTE: note})
    return number, assign_alias(model, number)


@dataclass(frozen=True)
class Registered:
    """A version in the registry.

    Attributes:
        number: version number.
        tags: tags of the version.
        files: folder of its files.
    """

    number: str
    tags: Mapping[str, str]
    files: Path


@contextmanager
def copied(model: str, version: str) -> Iterator[Registered]:
    """Copy a whole version with its code to a temporary folder, so that the files that are checked are those that run.

    Raises:
        RegistryError: the version or its files do not exist any more.
    """
    found = _find(model, version)
    if found is None:
        raise RegistryError(f"The registry must hold version {version} of {model}; it no longer does.")
    with tempfile.TemporaryDirectory(prefix=folder_prefix("checked")) as folder:
        try:
            files = mlflow.artifacts.download_artifacts(f"models:/{model}/{version}", dst_path=folder)
        except (MlflowException, OSError) as error:
            raise RegistryError(f"The files of version {version} of {model} cannot be read ({error}).") from error
        # Python may have compiled the code where it was loaded; the copy is checked and run without these files.
        for cache in list(Path(files).rglob("__pycache__")):
            shutil.rmtree(cache)
        yield Registered(version, dict(found.tags), Path(files))


def fetch(
    model: str, *, alias: str = CHAMPION, version: str | None = None, into: Path | None = None
) -> Registered | None:
    """Fetch a version by its number or alias.

    Args:
        model: name of the registered model.
        alias: alias of the version, used if there is no number.
        version: version number.
        into: folder for a copy of the files; without it, the files of a store on this machine are used in place.

    Returns:
        The version with its files on this machine; None if it does not exist.

    Raises:
        RegistryError: the files do not exist any more.
    """
    number = version or read_aliases(model).get(alias)
    found = _find(model, number) if number is not None else None
    if found is None:
        return None
    # Only the artifacts: MLflow would write into the folder of a whole model, even in a local store.
    try:
        files = mlflow.artifacts.download_artifacts(
            f"models:/{model}/{found.version}/artifacts", dst_path=None if into is None else str(into)
        )
    except (MlflowException, OSError) as error:
        raise RegistryError(f"The files of version {found.version} of {model} cannot be read ({error}).") from error
    return Registered(str(found.version), dict(found.tags), Path(files))


def champion_of(model: str, *, dataset: str) -> Registered | None:
    """The champion with its files on this machine; None without a champion, or if its data set is another one.

    Raises:
        RegistryError: the files do not exist any more.
    """
    found = fetch(model)
    return found if found is not None and found.tags.get("dataset") == dataset else None


def require(model: str, *, dataset: str, number: str | None, otherwise: str) -> Registered:
    """Fetch a version of a data set, or raise an error that says what to do.

    Args:
        model: name of the registered model.
        dataset: name of the data set.
        number: version number; None for the champion.
        otherwise: sentence that says what to do if the version does not exist.

    Returns:
        The version with its files on this machine.

    Raises:
        RegistryError: the version does not exist, has another data set, or its files do not exist any more.
    """
    found = fetch(model, version=number)
    if found is None:
        wanted = f"version {number}" if number else "a champion"
        raise RegistryError(f"The registry must hold {wanted} of {model}; it does not. {otherwise}")
    if found.tags.get("dataset") != dataset:
        raise RegistryError(
            f"The dataset parameter must be {found.tags.get('dataset')!r}, the data set of version {found.number} of "
            f"{model}. Got {dataset!r} instead."
        )
    return found


def tags_of(model: str, number: str) -> dict[str, str]:
    """The tags of a version; none if it does not exist."""
    found = _find(model, number)
    return dict(found.tags) if found is not None else {}


def run_metrics(run_id: str) -> dict[str, float]:
    """The metrics of a version's run; empty if the run was deleted."""
    try:
        return dict(MlflowClient().get_run(run_id).data.metrics)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return {}
        raise


def _log_metrics(client: MlflowClient, run_id: str, model_id: str) -> None:
    """Show the run's metrics, with its data set, on the page of the logged model."""
    run = client.get_run(run_id)
    inputs = run.inputs.dataset_inputs if run.inputs else []
    dataset = inputs[0].dataset if inputs else None
    found = [metric for name in run.data.metrics for metric in client.get_metric_history(run_id, name)]
    metrics = [
        Metric(
            metric.key,
            metric.value,
            metric.timestamp,
            metric.step,
            model_id=model_id,
            dataset_name=dataset.name if dataset else None,
            dataset_digest=dataset.digest if dataset else None,
        )
        for metric in found
        if metric.step == 0  # others are curves over the step
    ]
    if metrics:
        client.log_batch(run_id, metrics=metrics)


@contextmanager
def _without_bytecode() -> Iterator[None]:
    """Keep compiled files out of the version: MLflow runs the code that it logs, and Python would compile it there."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def _find(model: str, number: str) -> ModelVersion | None:
    try:
        return MlflowClient().get_model_version(model, number)
    except MlflowException as error:
        # INVALID_PARAMETER_VALUE: the text is not a number.
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def _require_model(client: MlflowClient, model: str, about: str) -> None:
    try:
        client.create_registered_model(model, description=about)
    except MlflowException as error:
        # Looking first would fail for two processes that register the first version at the same time.
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
