"""What Prometheus reads, of all workers together: conf/gunicorn.py names the folder where they keep their figures."""

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
IDS = (1, 2, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000)
PROBABILITIES = tuple(tenth / 10 for tenth in range(1, 11))
CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


class Opened(Protocol):
    """What the figures take of a version that answers."""

    @property
    def number(self) -> str:
        """Of the version."""

    @property
    def as_of(self) -> str:
        """ISO date."""


class Followed:
    """Figures of one model whose champion a worker follows.

    Args:
        registry: that they are part of.
        prefix: of their names.
    """

    def __init__(self, registry: CollectorRegistry, prefix: str) -> None:
        self._swaps = Counter(f"{prefix}_swaps", "Versions that were opened.", registry=registry)
        self._failures = Counter(f"{prefix}_swap_failures", "Looks at the champion that failed.", registry=registry)
        self._failed = Gauge(
            f"{prefix}_swap_failed", "1 while a worker cannot follow the champion.", multiprocess_mode="livemax",
            registry=registry,
        )  # fmt: skip
        # Lowest and highest: they differ while the workers swap.
        self._oldest = Gauge(
            f"{prefix}_model_version_min", "Lowest version that a worker serves.", multiprocess_mode="livemin",
            registry=registry,
        )  # fmt: skip
        self._newest = Gauge(
            f"{prefix}_model_version_max", "Highest version that a worker serves.", multiprocess_mode="livemax",
            registry=registry,
        )  # fmt: skip
        self._age = Gauge(
            f"{prefix}_as_of_age_days", "Days since the as-of date of the version.", multiprocess_mode="livemostrecent",
            registry=registry,
        )  # fmt: skip
        self._midnight: datetime | None = None

    def swapped(self, serving: Opened) -> None:
        """Another version answers now."""
        self._swaps.inc()
        self._oldest.set(int(serving.number))
        self._newest.set(int(serving.number))
        self._midnight = datetime.combine(date.fromisoformat(serving.as_of), datetime.min.time(), UTC)

    def swap_failed(self) -> None:
        """The champion could not be opened."""
        self._failures.inc()
        self._failed.set(1)

    def settled(self) -> None:
        """The champion is what answers."""
        self._failed.set(0)

    def grow_older(self) -> None:
        """Tell the age as it is now."""
        if self._midnight is not None:
            self._age.set((datetime.now(UTC) - self._midnight) / timedelta(days=1))


class Metrics:
    """Counters of one worker, and the text of all of them.

    Args:
        churn: whether churn is served too.

    Attributes:
        segments, churn: figures of the models that are followed.
    """

    def __init__(self, *, churn: bool = False) -> None:
        self._own = own = CollectorRegistry()
        self._requests = Counter("clientela_requests", "Requests.", ["route", "status"], registry=own)
        self._latency = Histogram(
            "clientela_request_seconds", "From the request's head to its answer.", ["route"], buckets=SECONDS,
            registry=own,
        )  # fmt: skip
        self._unknown = Counter("clientela_unknown_ids", "Ids that the version does not know.", registry=own)
        self._batch = Histogram(
            "clientela_ids_a_request",
            "Ids of a request that has some; the sum is of all ids.",
            buckets=IDS,
            registry=own,
        )
        self.segments = Followed(own, "clientela")
        self.churn = Followed(own, "clientela_churn") if churn else None
        self._probability = None
        if churn:
            self._probability = Histogram(
                "clientela_churn_probability", "Probabilities to leave that were answered.", buckets=PROBABILITIES,
                registry=own,
            )  # fmt: skip
        self._of: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def count(self, route: str, status: int, seconds: float, asked: int, unknown: int) -> None:
        """Count a request that was answered."""
        children = self._of.get((route, status))
        if children is None:
            children = self._requests.labels(route, str(status)), self._latency.labels(route)
            self._of[route, status] = children
        children[0].inc()
        children[1].observe(seconds)
        if asked:
            self._batch.observe(asked)
            if unknown:
                self._unknown.inc(unknown)

    def foretold(self, probabilities: Iterable[float]) -> None:
        """Count probabilities that were answered, where churn is served."""
        if self._probability is not None:
            for probability in probabilities:
                self._probability.observe(probability)

    def text(self) -> bytes:
        """The exposition, of all workers where they share a folder."""
        for followed in filter(None, (self.segments, self.churn)):
            followed.grow_older()
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._own)
        shared = CollectorRegistry()
        MultiProcessCollector(shared)
        return generate_latest(shared)
