"""Reads versions of the churn model from the registry."""

from collections.abc import Mapping
from dataclasses import dataclass

from clientela import registry
from clientela.churn.version import ChurnVersion, read_version


@dataclass(frozen=True)
class RegisteredVersion:
    """A registered version with its content."""

    number: str
    tags: Mapping[str, str]
    version: ChurnVersion


def require_version(model: str, *, dataset: str, number: str | None = None) -> RegisteredVersion:
    """Read a registered version.

    Args:
        model: name of the registered model.
        dataset: name of the data set that the version must be of.
        number: number of the version; None means the champion.

    Returns:
        The version with its number and tags.

    Raises:
        RegistryError: the version does not exist, is of another data set, or cannot be read.
    """
    found = registry.require(model, dataset=dataset, number=number, otherwise="Run -e churn first.")
    return RegisteredVersion(found.number, found.tags, read_version(found.files))
