"""What Prometheus reads, of all workers together: conf/gunicorn.py names the folder where they keep their figures."""

import os
from datetime import UTC, date, datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from clientela.serving.live import Serving

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
IDS = (1, 2, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000)
CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters of one worker, and the text of all of them."""

    def __init__(self) -> None:
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
        self._swaps = Counter("clientela_swaps", "Versions that were opened.", registry=own)
        self._failures = Counter("clientela_swap_failures", "Looks at the champion that failed.", registry=own)
        self._failed = Gauge(
            "clientela_swap_failed", "1 while a worker cannot follow the champion.", multiprocess_mode="livemax",
            registry=own,
        )  # fmt: skip
        # Lowest and highest: they differ while the workers swap.
        self._oldest = Gauge(
            "clientela_model_version_min", "Lowest version that a worker serves.", multiprocess_mode="livemin",
            registry=own,
        )  # fmt: skip
        self._newest = Gauge(
            "clientela_model_version_max", "Highest version that a worker serves.", multiprocess_mode="livemax",
            registry=own,
        )  # fmt: skip
        self._age = Gauge(
            "clientela_as_of_age_days", "Days since the as-of date of the version.", multiprocess_mode="livemostrecent",
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

    def swapped(self, serving: Serving) -> None:
        """Another version answers now."""
        self._swaps.inc()
        self._oldest.set(int(serving.number))
        self._newest.set(int(serving.number))

    def swap_failed(self) -> None:
        """The champion could not be opened."""
        self._failures.inc()
        self._failed.set(1)

    def settled(self) -> None:
        """The champion is what answers."""
        self._failed.set(0)

    def text(self, serving: Serving | None) -> bytes:
        """The exposition, of all workers where they share a folder."""
        if serving is not None:
            midnight = datetime.combine(date.fromisoformat(serving.as_of), datetime.min.time(), UTC)
            self._age.set((datetime.now(UTC) - midnight) / timedelta(days=1))
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._own)
        shared = CollectorRegistry()
        MultiProcessCollector(shared)
        return generate_latest(shared)
