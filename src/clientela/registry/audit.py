"""The audit: who changed which alias, when and why. Each entry is a tag of the registered model."""

import getpass
import json
import logging
import os
import textwrap
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from types import NoneType
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
LOG = logging.getLogger(__name__)
TYPES: Mapping[str, Any] = {
    **dict.fromkeys(("at", "who", "action", "alias", "to_version", "state"), str),
    **dict.fromkeys(("from_version", "reason"), (str, NoneType)),
    "forced": bool,
    "gates": list,
}


@dataclass(frozen=True)
class Change:
    """A change of an alias, before it is made.

    Attributes:
        action: register, promote or rollback.
        reason: reason that the user gave.
        forced: whether failed checks were overruled.
        gates: results of the checks that ran before the change.
    """

    action: str
    reason: str | None = None
    forced: bool = False
    gates: Sequence[CheckResult] = ()


@dataclass(frozen=True)
class Entry:
    """An entry of the audit.

    Attributes:
        at: time at which the change began (ISO 8601, UTC).
        who: name of the user.
        action: register, promote or rollback.
        alias: alias that was changed.
        from_version: version that had the alias; None if there was none.
        to_version: version that should get the alias.
        reason: reason that the user gave.
        forced: whether failed checks were overruled.
        state: done; refused if nothing was changed; begun if the change is in progress or its process was killed.
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
    """Write an entry of a change: as begun before the change, and as done or refused after it.

    A change therefore always has an entry, even if the process is killed in the middle.

    Args:
        model: name of the registered model.
        change: action, reason and results of the checks.
        alias: alias that changes.
        from_version: version that has the alias; None if there is none.
        to_version: version that gets the alias.

    Raises:
        RegistryError: the change inside the `with` block raised it; the entry is then marked as refused.
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
    """At most `limit` entries, newest first; empty if the model does not exist."""
    try:
        tags: Mapping[str, str] = MlflowClient().get_registered_model(model).tags
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return []
        raise
    entries: list[Entry] = []
    for key in sorted((key for key in tags if key.startswith(PREFIX)), reverse=True):
        if len(entries) == limit:
            break
        if (entry := _read(tags[key])) is None:
            LOG.warning("The entry %s of the audit of %s cannot be read. It is left out.", key[:80], model)
        else:
            entries.append(entry)
    return entries


def is_readable(text: str) -> bool:
    """Whether the text of a tag is an entry of the audit."""
    return _read(text) is not None


def _read(text: str) -> Entry | None:
    """The entry in a tag; None if the tag is not one that `audited` wrote."""
    try:
        values = json.loads(text)
        fits = values.keys() == TYPES.keys() and all(isinstance(values[name], TYPES[name]) for name in TYPES)
        return Entry(**values) if fits and all(_is_gate(gate) for gate in values["gates"]) else None
    except (ValueError, AttributeError, RecursionError):
        return None


def _is_gate(gate: object) -> bool:
    return isinstance(gate, dict) and {"name", "passed", "sentence"} <= gate.keys()


def check_reason(reason: str | None) -> str | None:
    """Check a reason; returns it without surrounding spaces, or None if it is empty.

    Raises:
        InvalidInput: the reason is not one line of at most 500 characters.
    """
    text = (reason or "").strip()
    if len(text) > LONGEST_REASON or not text.isprintable():
        raise InvalidInput(
            f"The reason parameter must be one line of at most {LONGEST_REASON} characters. Got {len(text):,} "
            f"characters{'' if text.isprintable() else ', some of which cannot be printed,'} instead."
        )
    return text or None


def _write(model: str, key: str, entry: Entry) -> None:
    text = json.dumps(asdict(entry), ensure_ascii=False)
    if len(text) > LONGEST_ENTRY:
        # Escapes can double the length of texts; without sentences the entry still says which checks failed.
        gates = [gate | {"sentence": ""} for gate in entry.gates]
        text = json.dumps(asdict(replace(entry, gates=gates)), ensure_ascii=False)
    MlflowClient().set_registered_model_tag(model, key, text)


def _user() -> str:
    # As MLflow does: the name for the tracking server if there is one, the name of the system's user otherwise.
    name = os.environ.get("MLFLOW_TRACKING_USERNAME")
    if not name:
        try:
            name = getpass.getuser()
        except (ImportError, KeyError, OSError):
            name = "unknown"
    return name[:100]
