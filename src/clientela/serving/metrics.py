"""Metrics for Prometheus, of all workers together: conf/gunicorn.py names the folder in which they share them."""

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
    """What the metrics need of a version that answers."""

    @property
    def number(self) -> str:
        """Version number."""

    @property
    def as_of(self) -> str:
        """As-of date (ISO)."""


class Followed:
    """Metrics of one model whose champion a worker follows.

    Args:
        registry: Prometheus registry of the metrics.
        prefix: prefix of their names.
    """

    def __init__(self, registry: CollectorRegistry, prefix: str) -> None:
        self._swaps = Counter(f"{prefix}_swaps", "Versions that were opened.", registry=registry)
        self._failures = Counter(
            f"{prefix}_swap_failures", "Failed attempts to follow the champion.", registry=registry
        )
        self._failed = Gauge(
            f"{prefix}_swap_failed", "1 while a worker cannot follow the champion.", multiprocess_mode="livemax",
            registry=registry,
        )  # fmt: skip
        # Lowest and highest differ while the workers swap.
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

    def up_to_date(self) -> None:
        """The version that answers is the champion."""
        self._failed.set(0)

    def update_age(self) -> None:
        """Set the age to the current one."""
        if self._midnight is not None:
            self._age.set((datetime.now(UTC) - self._midnight) / timedelta(days=1))


class Metrics:
    """Metrics of one worker, and the exposition of all workers.

    Args:
        churn: whether churn is served.

    Attributes:
        segments, churn: metrics of the models that are followed.
    """

    def __init__(self, *, churn: bool = False) -> None:
        self._own = own = CollectorRegistry()
        self._requests = Counter("clientela_requests", "Requests.", ["route", "status"], registry=own)
        self._latency = Histogram(
            "clientela_request_seconds", "Time from the head of a request to its answer.", ["route"], buckets=SECONDS,
            registry=own,
        )  # fmt: skip
        self._unknown = Counter("clientela_unknown_ids", "Ids that the version does not know.", registry=own)
        self._batch = Histogram(
            "clientela_ids_a_request",
            "Ids per request, of requests with ids.",
            buckets=IDS,
            registry=own,
        )
        self.segments = Followed(own, "clientela")
        self.churn = Followed(own, "clientela_churn") if churn else None
        self._probability = None
        if churn:
            self._probability = Histogram(
                "clientela_churn_probability", "Churn probabilities of answers.", buckets=PROBABILITIES,
                registry=own,
            )  # fmt: skip
        self._children: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def count(self, route: str, status: int, seconds: float, id_count: int, unknown: int) -> None:
        """Count an answered request.

        Args:
            route: route of the request.
            status: HTTP status of the answer.
            seconds: time to answer.
            id_count: number of ids in the request.
            unknown: number of unknown ids.
        """
        children = self._children.get((route, status))
        if children is None:
            children = self._requests.labels(route, str(status)), self._latency.labels(route)
            self._children[route, status] = children
        children[0].inc()
        children[1].observe(seconds)
        if id_count:
            self._batch.observe(id_count)
            if unknown:
                self._unknown.inc(unknown)

    def observe_probabilities(self, probabilities: Iterable[float]) -> None:
        """Count churn probabilities of answers, where churn is served."""
        if self._probability is not None:
            for probability in probabilities:
                self._probability.observe(probability)

    def text(self) -> bytes:
        """The exposition; of all workers where they share a folder."""
        for followed in filter(None, (self.segments, self.churn)):
            followed.update_age()
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._own)
        shared = CollectorRegistry()
        MultiProcessCollector(shared)
        return generate_latest(shared)
