"""What a kill or a restored backup can leave in the registry: leases, audit entries, and aliases without a version."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from mlflow.tracking import MlflowClient

from clientela.errors import RegistryError
from clientela.registry.audit import PREFIX as AUDIT
from clientela.registry.audit import is_readable
from clientela.registry.lease import PREFIX as LEASE
from clientela.registry.lease import lease_problem
from clientela.registry.versions import fetch


@dataclass(frozen=True)
class Leftover:
    """Something that does not belong into the registry any more.

    Attributes:
        model: name of the registered model.
        tag: key of the tag; None if it is an alias.
        alias: name of the alias; None if it is a tag.
        problem: what is wrong with it.
    """

    model: str
    tag: str | None
    alias: str | None
    problem: str


def find_leftovers(model: str) -> Iterator[Leftover]:
    """Find the expired and unreadable tags of a registered model, and its aliases to versions that are gone."""
    client = MlflowClient()
    found = next(iter(client.search_registered_models(f"name = '{model}'")), None)
    if found is None:
        return
    full, now = client.get_registered_model(model), datetime.now(UTC)
    for key, text in full.tags.items():
        if key.startswith(LEASE) and (problem := lease_problem(text, now)):
            yield Leftover(model, key, None, f"The lease {key} {problem}.")
        if key.startswith(AUDIT) and not is_readable(text):
            yield Leftover(model, key, None, f"The entry {key} of the audit cannot be read.")
    for alias, version in full.aliases.items():
        if problem := _problem_of_version(model, str(version)):
            yield Leftover(model, None, alias, f"The alias {alias} names version {version}, {problem}.")


def remove(leftover: Leftover) -> None:
    """Remove a tag or an alias."""
    client = MlflowClient()
    if leftover.tag is not None:
        client.delete_registered_model_tag(leftover.model, leftover.tag)
    if leftover.alias is not None:
        client.delete_registered_model_alias(leftover.model, leftover.alias)


def _problem_of_version(model: str, version: str) -> str | None:
    try:
        return None if fetch(model, version=version) is not None else "which does not exist"
    except RegistryError:
        return "whose files cannot be read"
