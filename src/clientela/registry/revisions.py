"""The revision of a version: its files are rewritten when a customer is forgotten, and servers open them again."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from clientela.registry.aliases import CHAMPION

REVISION, REWRITING = "clientela.revision", "clientela.rewriting"
MARK = "@"


@contextmanager
def rewriting(model: str, number: str) -> Iterator[None]:
    """Mark a version while its files are rewritten, and give it a new revision afterwards.

    The mark of a killed process stays, so that the next one gives the version a new revision even if no file is left
    to be rewritten.
    """
    client = MlflowClient()
    client.set_model_version_tag(model, number, REWRITING, "true")
    yield
    client.set_model_version_tag(model, number, REVISION, uuid.uuid4().hex[:8])
    client.delete_model_version_tag(model, number, REWRITING)


def champion_identity(model: str) -> str | None:
    """The champion's number, and its revision if it was rewritten, such as "3" or "3@5f0c2a9e"; None without one."""
    try:
        found = MlflowClient().get_model_version_by_alias(model, CHAMPION)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise
    revision = found.tags.get(REVISION)
    return f"{found.version}{MARK}{revision}" if revision else str(found.version)


def number_of(identity: str) -> str:
    """The number of a version from its identity.

    >>> number_of("3@5f0c2a9e")
    '3'
    """
    return identity.partition(MARK)[0]
