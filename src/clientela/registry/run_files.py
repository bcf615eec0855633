"""Files of the runs that versions come from."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from clientela.errors import RegistryError
from clientela.processes import folder_prefix

REPORT = "report.html"
MOST_VERSIONS = 50  # that one version continues, directly or not


@dataclass(frozen=True)
class Report:
    """The report of a run.

    Attributes:
        version: version that the run registered.
        content: the page.
    """

    version: str
    content: bytes


def read_report(model: str, version: str, *, largest: int) -> Report | None:
    """The report of the run of a version, or of the nearest one that it continues: a refresh writes no report.

    Args:
        model: name of the registered model.
        version: version number.
        largest: largest size in bytes; a larger report counts as none.

    Returns:
        The report; None if there is none.

    Raises:
        RegistryError: the registry or its files cannot be read.
    """
    client = MlflowClient()
    try:
        for found in _continued(client, model, version):
            if (content := _read(client, found.run_id, largest)) is not None:
                return Report(str(found.version), content)
    except (MlflowException, OSError) as error:
        raise RegistryError(f"The report of version {version} of {model} cannot be read ({error}).") from error
    return None


def _continued(client: MlflowClient, model: str, version: str) -> Iterator[ModelVersion]:
    """A version and those that it continues, which are older; a version that was deleted ends the row."""
    number = version
    for _ in range(MOST_VERSIONS):
        try:
            found = client.get_model_version(model, number)
        except MlflowException as error:
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                return
            raise
        yield found
        before = found.tags.get("continues", "")
        if not (before.isascii() and before.isdigit() and int(before) < int(found.version)):
            return
        number = before


def _read(client: MlflowClient, run_id: str | None, largest: int) -> bytes | None:
    """The report of a run; None if it has none, or was deleted."""
    if not run_id:
        return None
    try:
        files = {file.path: file for file in client.list_artifacts(run_id)}
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise
    file = files.get(REPORT)
    if file is None or file.is_dir or (file.file_size or 0) > largest:
        return None
    with tempfile.TemporaryDirectory(prefix=folder_prefix("report")) as folder:
        content = Path(client.download_artifacts(run_id, REPORT, folder)).read_bytes()
    return content if len(content) <= largest else None
