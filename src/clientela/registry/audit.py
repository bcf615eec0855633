"""Who changed which alias when and why: entries in the registry itself, one tag of the registered model an entry."""

import getpass
import json
import os
import textwrap
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from clientela.errors import InvalidInput, RegistryError
from clientela.registry.checks import CheckResult

PREFIX = "audit."
LONGEST_REASON = 500
# MLflow lets a tag have 100,000 characters, but the column of its databases holds 5,000.
LONGEST_ENTRY = 5000
LONGEST_SENTENCE = 250


@dataclass(frozen=True)
class Change:
    """What is done and why; `gates` are the results of the checks that ran before it."""

    action: str
    reason: str | None = None
    forced: bool = False
    gates: Sequence[CheckResult] = ()


@dataclass(frozen=True)
class Entry:
    """A change of an alias.

    Attributes:
        at: when it began, ISO 8601, UTC.
        who: the user.
        action: register, promote or rollback.
        alias: what moved.
        from_version, to_version: where it stood, if anywhere, and where it was to stand.
        reason: as it was given.
        forced: whether failed gates were overruled.
        state: done; refused, where nothing moved; begun, where the process ended in the middle (or is at it).
        gates: name, passed and sentence of each check that ran.
    """

    at: str
    who: str
    action: str
    alias: str
    from_version: str | None
    to_version: str
    reason: str | None
    forced: bool
    state: str
    gates: list[dict[str, Any]]


@contextmanager
def audited(model: str, change: Change, *, alias: str, from_version: str | None, to_version: str) -> Iterator[None]:
    """Write the entry before the change as begun, and after it as done; a RegistryError within makes it refused.

    So a change is never without an entry, even where the process is killed in between.
    """
    now = datetime.now(UTC)
    key = f"{PREFIX}{now:%Y%m%dT%H%M%S.%f}Z.{uuid.uuid4().hex[:8]}"
    entry = Entry(
        at=now.isoformat(timespec="microseconds"),
        who=_user(),
        action=change.action,
        alias=alias,
        from_version=from_version,
        to_version=to_version,
        reason=change.reason,
        forced=change.forced,
        state="begun",
        gates=[
            {"name": gate.name, "passed": gate.passed, "sentence": textwrap.shorten(gate.sentence, LONGEST_SENTENCE)}
            for gate in change.gates
        ],
    )
    _write(model, key, entry)
    try:
        yield
    except RegistryError:
        _write(model, key, replace(entry, state="refused"))
        raise
    _write(model, key, replace(entry, state="done"))


def history(model: str, *, limit: int | None = None) -> list[Entry]:
    """The entries, newest first, at most `limit`; none where there is no such model."""
    try:
        tags: Mapping[str, str] = MlflowClient().get_registered_model(model).tags
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return []
        raise
    keys = sorted((key for key in tags if key.startswith(PREFIX)), reverse=True)
    return [Entry(**json.loads(tags[key])) for key in keys[:limit]]


def check_reason(reason: str | None) -> str | None:
    """The reason parameter without spaces around it; None where there is none.

    Raises:
        InvalidInput: it is no line of at most 500 characters.
    """
    text = (reason or "").strip()
    if len(text) > LONGEST_REASON or not text.isprintable():
        raise InvalidInput(
            f"The reason parameter must be one line of at most {LONGEST_REASON} characters. Got {len(text):,} "
            f"characters{'' if text.isprintable() else ', of which some cannot be printed,'} instead."
        )
    return text or None


def _write(model: str, key: str, entry: Entry) -> None:
    text = json.dumps(asdict(entry), ensure_ascii=False)
    if len(text) > LONGEST_ENTRY:
        # Escapes can make texts twice as long; which gates failed is kept.
        gates = [gate | {"sentence": ""} for gate in entry.gates]
        text = json.dumps(asdict(replace(entry, gates=gates)), ensure_ascii=False)
    MlflowClient().set_registered_model_tag(model, key, text)


def _user() -> str:
    # As MLflow does: its own name where one signs in to a server, the system's otherwise.
    name = os.environ.get("MLFLOW_TRACKING_USERNAME")
    if not name:
        try:
            name = getpass.getuser()
        except (ImportError, KeyError, OSError):
            name = "unknown"
    return name[:100]
