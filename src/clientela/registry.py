"""The model registry: register a version, move the champion, bring the previous one back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.tracking import MlflowClient
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema

from clientela.errors import RegistryError

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"

MODEL_NOTE = """Maps customer ids to segments: `POST /invocations` with a column `customer_id`.

Aliases: `champion` is served, `challenger` is the newest version that is not, `previous` is what `rollback` brings
back."""

# The column is not required, so that a request without it reaches the model, which can say what to send.
SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec(DataType.string, "customer_id", required=False)]),
    outputs=Schema([ColSpec(DataType.string, "customer_id"), ColSpec(DataType.string, "segment", required=False)]),
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
    """
    client = MlflowClient()
    logged = mlflow.pyfunc.log_model(
        name="model",
        python_model=str(code),
        artifacts={name: str(path) for name, path in artifacts.items()},
        signature=SIGNATURE,
        input_example=pd.DataFrame({"customer_id": list(example_ids)}),
        pip_requirements=[f"{name}=={installed_version(name)}" for name in ("mlflow", "pandas", "pyarrow")],
    )
    if not _exists(client, model):
        client.create_registered_model(model, description=MODEL_NOTE)
    registered = client.create_model_version(
        model, logged.model_uri, run_id, tags=dict(tags), description=note, model_id=logged.model_id
    )
    alias = CHALLENGER if CHAMPION in _aliases(client, model) else CHAMPION
    client.set_registered_model_alias(model, alias, registered.version)
    return str(registered.version), alias


@dataclass(frozen=True)
class Registered:
    """A version of the registry: its number, its tags, and the folder of its files."""

    number: str
    tags: Mapping[str, str]
    files: Path


def fetch(model: str, *, alias: str = CHAMPION, version: str | None = None) -> Registered | None:
    """The version that an alias, or its number, names, with its files on this machine; None where there is none."""
    client = MlflowClient()
    number = version or (_aliases(client, model).get(alias) if _exists(client, model) else None)
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
    files = mlflow.artifacts.download_artifacts(f"models:/{model}/{found.version}/artifacts")
    return Registered(str(found.version), dict(found.tags), Path(files))


def promote(model: str, version: str) -> str | None:
    """Make `version` the champion and keep the old one as previous; returns the old one's version.

    Raises:
        RegistryError: no such model or version, or it is the champion already.
    """
    client = MlflowClient()
    if not _exists(client, model):
        raise RegistryError(f"The registry must hold the model {model!r}; it does not. Run a comparison first.")
    versions = sorted((str(v.version) for v in client.search_model_versions(f"name = '{model}'")), key=int)
    if version not in versions:
        raise RegistryError(
            f"The version parameter must be one of {', '.join(versions)} of {model}. Got {version!r} instead."
        )
    aliases = _aliases(client, model)
    champion = aliases.get(CHAMPION)
    if champion == version:
        raise RegistryError(f"Version {version} of {model} is the champion already.")
    if champion is not None:
        client.set_registered_model_alias(model, PREVIOUS, champion)
    client.set_registered_model_alias(model, CHAMPION, version)
    if aliases.get(CHALLENGER) == version:
        client.delete_registered_model_alias(model, CHALLENGER)
    return champion


def rollback(model: str) -> tuple[str, str]:
    """Make the previous version champion again, and the champion previous; returns both versions, the new one first.

    Raises:
        RegistryError: there is no previous version.
    """
    client = MlflowClient()
    previous = _aliases(client, model).get(PREVIOUS) if _exists(client, model) else None
    if previous is None:
        raise RegistryError(
            f"The model {model!r} must have the alias {PREVIOUS}; it does not. Nothing was promoted yet."
        )
    replaced = promote(model, previous)
    return previous, replaced or ""


def _exists(client: MlflowClient, model: str) -> bool:
    try:
        client.get_registered_model(model)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return False
        raise
    return True


def _aliases(client: MlflowClient, model: str) -> dict[str, str]:
    aliases: dict[str, str] = client.get_registered_model(model).aliases
    return {name: str(version) for name, version in aliases.items()}
