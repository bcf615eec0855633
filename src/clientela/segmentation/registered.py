"""Read versions of the segments' model from the registry."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from clientela import registry
from clientela.errors import RegistryError
from clientela.pseudonyms import PseudonymKeyError, Pseudonyms, ids_as_now
from clientela.segmentation.version import SegmentsVersion, read_version


@dataclass(frozen=True)
class RegisteredVersion:
    """A version with its number and tags in the registry."""

    number: str
    tags: Mapping[str, str]
    version: SegmentsVersion

    @property
    def clusters(self) -> str:
        """The algorithm of the clusters, and the version that was fitted with it."""
        k = self.tags.get("k", len(self.version.segments))
        found_by = self.tags.get("clusters_of", self.number)
        return f"{self.tags.get('algorithm', 'clusters')} k={k} of version {found_by}"


def find_champion(model: str, *, dataset: str) -> RegisteredVersion | None:
    """The champion; None if there is no champion, or if it was built from another data set.

    Raises:
        RegistryError: the champion cannot be read.
    """
    found = registry.champion_of(model, dataset=dataset)
    return _read(found) if found is not None else None


def require_version(model: str, *, dataset: str, number: str | None = None) -> RegisteredVersion:
    """Read a version.

    Args:
        model: name of the registered model.
        dataset: name of the data set that the version must be built from.
        number: number of the version; None for the champion.

    Returns:
        The version.

    Raises:
        RegistryError: there is no such version, it was built from another data set, or it cannot be read.
    """
    return _read(registry.require(model, dataset=dataset, number=number, otherwise="Run a comparison first."))


def with_ids_as_now(found: RegisteredVersion, pseudonyms: Pseudonyms | None) -> RegisteredVersion:
    """A version whose customers have the ids of a run, so that both can be compared.

    Args:
        found: the version.
        pseudonyms: makes the ids of the run; None if they are the shop's own.

    Returns:
        The version; the shop's own ids in it become pseudonyms if the run has pseudonyms.

    Raises:
        RegistryError: the version has pseudonyms, and the run has none, or those of another key.
    """
    version = found.version
    try:
        ids = ids_as_now(version.customers["customer_id"].tolist(), version.pseudonyms, pseudonyms)
    except PseudonymKeyError as error:
        raise RegistryError(f"Version {found.number} cannot be compared. {error}") from error
    if version.pseudonyms is not None or pseudonyms is None:
        return found
    named = version.customers.assign(customer_id=ids)
    return replace(found, version=replace(version, customers=named, pseudonyms=pseudonyms.card))


def _read(found: registry.Registered) -> RegisteredVersion:
    return RegisteredVersion(found.number, found.tags, read_version(found.files))
