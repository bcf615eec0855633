"""A lease in the registry: only one process on any machine changes the aliases of a model at a time."""

import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from mlflow.tracking import MlflowClient

from clientela.errors import RegistryError

PREFIX = "lease."
# A change is a handful of calls; a process that holds a lease for longer was killed.
SECONDS = 30.0
LONGEST_WAIT = 3 * SECONDS


@contextmanager
def hold_lease(model: str) -> Iterator[None]:
    """Hold the lease of a registered model; no other process changes its aliases meanwhile.

    Each process writes a tag of its own before it looks for the tags of others. Of two processes that start at once, at
    least one therefore sees the other, removes its tag and tries again. The lease of a killed process expires.

    Raises:
        RegistryError: other processes hold the lease for too long.
    """
    client = MlflowClient()
    key = f"{PREFIX}{uuid.uuid4().hex}"
    deadline = time.monotonic() + LONGEST_WAIT
    try:
        while not _take(client, model, key):
            client.delete_registered_model_tag(model, key)
            if time.monotonic() > deadline:
                raise RegistryError(
                    f"The aliases of {model} must be changed by one process at a time. Others changed them for "
                    f"{LONGEST_WAIT:.0f} s; try again later."
                )
            # At random, so that two processes do not collide again.
            time.sleep(random.uniform(0.05, 0.5))
        yield
    finally:
        client.delete_registered_model_tag(model, key)


def _take(client: MlflowClient, model: str, key: str) -> bool:
    now = datetime.now(UTC)
    client.set_registered_model_tag(model, key, (now + timedelta(seconds=SECONDS)).isoformat())
    free = True
    for other, ends in client.get_registered_model(model).tags.items():
        if other.startswith(PREFIX) and other != key:
            if datetime.fromisoformat(ends) < now:
                client.delete_registered_model_tag(model, other)
            else:
                free = False
    return free
