"""A lease in the registry: only one process on any machine changes the aliases of a model at a time."""

import logging
import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mlflow.tracking import MlflowClient

from clientela.errors import RegistryError

PREFIX = "lease."
# A change is a handful of calls; a process that holds a lease for longer was killed.
SECONDS = 30.0
LONGEST_WAIT = 3 * SECONDS


# A lease that ends later than this was written by a clock that is wrong.
FARTHEST_END = 2 * SECONDS
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lease:
    """A lease that is held; its key is the token that every change of an alias checks.

    Attributes:
        model: name of the registered model.
        key: key of the tag, which no other process writes.
        since: time at which the lease was taken (seconds, monotonic).
    """

    model: str
    key: str
    since: float

    def require(self) -> None:
        """Check that no other process may hold the lease by now, as it may after this process was suspended.

        Raises:
            RegistryError: the lease has expired.
        """
        tags = MlflowClient().get_registered_model(self.model).tags
        if self.key not in tags or time.monotonic() - self.since > SECONDS:
            raise RegistryError(
                f"The lease on the aliases of {self.model} must not expire before they are changed; it did, after "
                f"{SECONDS:.0f} s. The alias was not changed; try again."
            )


@contextmanager
def hold_lease(model: str) -> Iterator[Lease]:
    """Hold the lease of a registered model; no other process changes its aliases meanwhile.

    Each process writes a tag of its own before it looks for the tags of others. Of two processes that start at once, at
    least one therefore sees the other, removes its tag and tries again. The lease of a killed process expires. A tag
    that cannot be read, or ends later than any lease can, is removed with a warning.

    Yields:
        The lease, for `Lease.require` before each change.

    Raises:
        RegistryError: other processes hold the lease for too long.
    """
    client = MlflowClient()
    key = f"{PREFIX}{uuid.uuid4().hex}"
    deadline = time.monotonic() + LONGEST_WAIT
    try:
        while True:
            since = time.monotonic()
            if _take(client, model, key):
                break
            client.delete_registered_model_tag(model, key)
            if time.monotonic() > deadline:
                raise RegistryError(
                    f"The aliases of {model} must be changed by one process at a time. Others changed them for "
                    f"{LONGEST_WAIT:.0f} s; try again later."
                )
            # At random, so that two processes do not collide again.
            time.sleep(random.uniform(0.05, 0.5))
        yield Lease(model, key, since)
    finally:
        client.delete_registered_model_tag(model, key)


def lease_problem(ends: str, now: datetime) -> str | None:
    """The problem of a lease's tag: unreadable, of a wrong clock, or expired; None if the lease is held."""
    try:
        end = datetime.fromisoformat(ends)
        if end > now + timedelta(seconds=FARTHEST_END):
            return f"ends at {end.isoformat(timespec='seconds')}, later than a lease can"
        return "has expired" if end < now else None
    except (TypeError, ValueError, OverflowError):
        return "cannot be read"


def _take(client: MlflowClient, model: str, key: str) -> bool:
    now = datetime.now(UTC)
    client.set_registered_model_tag(model, key, (now + timedelta(seconds=SECONDS)).isoformat())
    free = True
    for other, ends in client.get_registered_model(model).tags.items():
        if other.startswith(PREFIX) and other != key:
            problem = lease_problem(ends, now)
            if problem is None:
                free = False
                continue
            if problem != "has expired":
                LOG.warning("The lease %s of %s %s. It is removed.", other, model, problem)
            client.delete_registered_model_tag(model, other)
    return free
