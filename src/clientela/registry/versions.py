"""The versions of a registered model: register one, fetch one with its files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.tracking import MlflowClient
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema

from clientela.errors import RegistryError
from clientela.registry.aliases import CHAMPION, place, read_aliases

MODEL_NOTE = """Maps customer ids to segments: `POST /invocations` with a column `customer_id`.

Aliases: `champion` is served, `challenger` is the newest version that is not, `previous` is what `rollback` brings
back."""

# The column is not required, so that a request without it reaches the model, which can say what to send.
SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec(DataType.string, "customer_id", required=False)]),
    outputs=Schema([ColSpec(DataType.string, "customer_id"), ColSpec(DataType.string, "segment", required=False)]),
    params=ParamSchema([ParamSpec("detail", DataType.boolean, False)]),
)

REQUIREMENTS = ("mlflow", "numpy", "pandas", "pyarrow")


def churn_signature(columns: Sequence[Mapping[str, Any]]) -> ModelSignature:
    """The churn model's: an id, or its features; none is required, so that the model can say what to send.

    Args:
        columns: name and kind ("number" or "category") of each feature.
    """
    types = {"number": DataType.double, "category": DataType.string}
    features = [ColSpec(types[column["kind"]], column["name"], required=False) for column in columns]
    answer = (("customer_id", DataType.string), ("probability", DataType.double), ("band", DataType.string))
    return ModelSignature(
        inputs=Schema([ColSpec(DataType.string, "customer_id", required=False), *features]),
        outputs=Schema([ColSpec(kind, name, required=False) for name, kind in answer]),
        params=ParamSchema([ParamSpec("detail", DataType.boolean, False)]),
    )


def register(
    model: str,
    *,
    run_id: str,
    code: Path,
    artifacts: Mapping[str, Path],
    example_ids: Sequence[str],
    note: str,
    tags: Mapping[str, str],
    about: str = MODEL_NOTE,
    signature: ModelSignature = SIGNATURE,
    requirements: Sequence[str] = REQUIREMENTS,
) -> tuple[str, str]:
    """Log the pyfunc to the active run and register it; returns the version and the alias that it got.

    The first version becomes champion, a later one challenger. The alias is set last: a version without an alias is
    never served.

    Args:
        model: name of the registered model.
        run_id: the active run.
        code: the pyfunc's file.
        artifacts: name -> file of what it reads.
        example_ids: customers of the input example.
        note: description in Markdown.
        tags: of the version.
        about: description of the registered model, in Markdown.
        signature: of the pyfunc.
        requirements: packages that it needs, at the versions that are installed here.
    """
    client = MlflowClient()
    logged = mlflow.pyfunc.log_model(
        name="model",
        python_model=str(code),
        artifacts={name: str(path) for name, path in artifacts.items()},
        signature=signature,
        input_example=pd.DataFrame({"customer_id": list(example_ids)}),
        pip_requirements=[f"{name}=={installed_version(name)}" for name in requirements],
    )
    _require_model(client, model, about)
    registered = client.create_model_version(
        model, logged.model_uri, run_id, tags=dict(tags), description=note, model_id=logged.model_id
    )
    number = str(registered.version)
    return number, place(model, number)


@dataclass(frozen=True)
class Registered:
    """A version of the registry: its number, its tags, and the folder of its files."""

    number: str
    tags: Mapping[str, str]
    files: Path


def fetch(model: str, *, alias: str = CHAMPION, version: str | None = None) -> Registered | None:
    """The version that an alias, or its number, names, with its files on this machine; None where there is none.

    Raises:
        RegistryError: its files are gone.
    """
    client = MlflowClient()
    number = version or read_aliases(model).get(alias)
    if number is None:
        return None
    try:
        found = client.get_model_version(model, number)
    except MlflowException as error:
        # The second: what is no number at all.
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise
    # Not the whole model: into its folder MLflow would write, in the store itself where that is a local one.
    try:
        files = mlflow.artifacts.download_artifacts(f"models:/{model}/{found.version}/artifacts")
    except (MlflowException, OSError) as error:
        raise RegistryError(f"The files of version {found.version} of {model} cannot be read ({error}).") from error
    return Registered(str(found.version), dict(found.tags), Path(files))


def run_metrics(run_id: str) -> dict[str, float]:
    """The metrics of a version's run; none where it was deleted."""
    try:
        return dict(MlflowClient().get_run(run_id).data.metrics)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return {}
        raise


def _require_model(client: MlflowClient, model: str, about: str) -> None:
    try:
        client.create_registered_model(model, description=about)
    except MlflowException as error:
        # Asking first would let two who register the first version at once both find none.
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
