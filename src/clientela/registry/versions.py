"""The versions of a registered model: register one, fetch one with its files."""

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
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.tracking import MlflowClient

from clientela.errors import RegistryError
from clientela.registry.aliases import CHAMPION, place, read_aliases
from clientela.registry.contents import CODE

REQUIREMENTS = ("mlflow", "numpy", "pandas", "pyarrow")


@dataclass(frozen=True)
class ModelSpec:
    """What MLflow needs to know of a product's model beside the data of a version.

    Attributes:
        about: description of the registered model, in Markdown; written when the model is created.
        code: text of the version's one file of code.
        signature: of requests and answers.
        requirements: packages that the code needs, at the versions that are installed here.
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
    """Log the pyfunc to the active run and register it; returns the version and the alias that it got.

    The first version becomes champion, a later one challenger. The alias is set last: a version without an alias is
    never served.

    Args:
        model: name of the registered model.
        spec: what kind of model it is.
        run_id: the active run.
        artifacts: name -> file of what it reads.
        example_ids: customers of the input example.
        note: description in Markdown.
        tags: of the version.
    """
    client = MlflowClient()
    with _without_bytecode(), tempfile.TemporaryDirectory() as folder:
        code = Path(folder) / CODE
        code.write_text(spec.code, encoding="utf-8")
        logged = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(code),
            artifacts={name: str(path) for name, path in artifacts.items()},
            signature=spec.signature,
            input_example=pd.DataFrame({"customer_id": list(example_ids)}),
            pip_requirements=[f"{name}=={installed_version(name)}" for name in spec.requirements],
        )
    _require_model(client, model, spec.about)
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


@contextmanager
def copied(model: str, version: str) -> Iterator[Registered]:
    """The whole version, with its code, as a copy that is gone in the end: what is judged is what is run then.

    Raises:
        RegistryError: the version or its files are gone.
    """
    found = _find(model, version)
    if found is None:
        raise RegistryError(f"The registry must hold version {version} of {model}; it does not any more.")
    with tempfile.TemporaryDirectory() as folder:
        try:
            files = mlflow.artifacts.download_artifacts(f"models:/{model}/{version}", dst_path=folder)
        except (MlflowException, OSError) as error:
            raise RegistryError(f"The files of version {version} of {model} cannot be read ({error}).") from error
        # What Python compiled of the code where it was loaded in its store: the copy is judged and run without.
        for cache in list(Path(files).rglob("__pycache__")):
            shutil.rmtree(cache)
        yield Registered(version, dict(found.tags), Path(files))


def fetch(
    model: str, *, alias: str = CHAMPION, version: str | None = None, into: Path | None = None
) -> Registered | None:
    """The version that an alias, or its number, names, with its files on this machine; None where there is none.

    Args:
        model: name of the registered model.
        alias: where no number is given.
        version: its number.
        into: a folder for a copy of them; the store's own files where it is on this machine, otherwise.

    Raises:
        RegistryError: its files are gone.
    """
    number = version or read_aliases(model).get(alias)
    found = _find(model, number) if number is not None else None
    if found is None:
        return None
    # Not the whole model: into its folder MLflow would write, in the store itself where that is a local one.
    try:
        files = mlflow.artifacts.download_artifacts(
            f"models:/{model}/{found.version}/artifacts", dst_path=None if into is None else str(into)
        )
    except (MlflowException, OSError) as error:
        raise RegistryError(f"The files of version {found.version} of {model} cannot be read ({error}).") from error
    return Registered(str(found.version), dict(found.tags), Path(files))


def champion_of(model: str, *, dataset: str) -> Registered | None:
    """The champion with its files on this machine; None where there is none, or it was made of another data set.

    Raises:
        RegistryError: its files are gone.
    """
    found = fetch(model)
    return found if found is not None and found.tags.get("dataset") == dataset else None


def require(model: str, *, dataset: str, number: str | None, otherwise: str) -> Registered:
    """A version by its number, the champion where None, with its files on this machine.

    Args:
        model: name of the registered model.
        dataset: that it was made of.
        number: in the registry.
        otherwise: what to do where there is none.

    Raises:
        RegistryError: there is none, it was made of another data set, or its files are gone.
    """
    found = fetch(model, version=number)
    if found is None:
        wanted = f"version {number}" if number else "a champion"
        raise RegistryError(f"The registry must hold {wanted} of {model}; it does not. {otherwise}")
    if found.tags.get("dataset") != dataset:
        raise RegistryError(
            f"The dataset parameter must be {found.tags.get('dataset')!r}, of which version {found.number} of {model} "
            f"is made. Got {dataset!r} instead."
        )
    return found


def run_metrics(run_id: str) -> dict[str, float]:
    """The metrics of a version's run; none where it was deleted."""
    try:
        return dict(MlflowClient().get_run(run_id).data.metrics)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return {}
        raise


@contextmanager
def _without_bytecode() -> Iterator[None]:
    """MLflow tries what it logs, and Python would leave what it compiled beside the code, in the version."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def _find(model: str, number: str) -> ModelVersion | None:
    try:
        return MlflowClient().get_model_version(model, number)
    except MlflowException as error:
        # The second: what is no number at all.
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def _require_model(client: MlflowClient, model: str, about: str) -> None:
    try:
        client.create_registered_model(model, description=about)
    except MlflowException as error:
        # Asking first would let two who register the first version at once both find none.
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
