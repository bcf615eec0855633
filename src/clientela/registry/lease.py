"""One change of the aliases at a time, on whatever machine: a lease that is kept in the registry itself."""

import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from mlflow.tracking import MlflowClient

from clientela.errors import RegistryError

PREFIX = "lease."
# A change is a handful of calls; who holds a lease for so long was killed.
SECONDS = 30.0
PATIENCE = 3 * SECONDS


@contextmanager
def alone(model: str) -> Iterator[None]:
    """Hold the registered model's lease: nobody else changes its aliases meanwhile.

    Everybody writes a tag of their own and only then looks for others', so of two who come at once at least one sees
    the other, withdraws and asks again. The lease of a process that was killed ends by itself.

    Raises:
        RegistryError: others hold it all the time.
    """
    client = MlflowClient()
    key = f"{PREFIX}{uuid.uuid4().hex}"
    patience = time.monotonic() + PATIENCE
    try:
        while not _take(client, model, key):
            client.delete_registered_model_tag(model, key)
            if time.monotonic() > patience:
                raise RegistryError(
                    f"The aliases of {model} must be changed by one at a time; others did for {PATIENCE:.0f} s. "
                    "Ask again later."
                )
            # At random, so that two who met do not meet again.
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
