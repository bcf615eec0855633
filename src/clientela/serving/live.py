"""The version that is served: opened from its files, followed in the registry, swapped as one reference."""

import gc
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np

from clientela.serving.pyfunc import SegmentLookup


@dataclass(frozen=True)
class Serving:
    """A version that answers.

    Attributes:
        number: of the version.
        lookup: the pyfunc's own answers, on the version's data.
        as_of: ISO date.
        loaded_at: ISO time, UTC.
        counts: customers of each segment id.
    """

    number: str
    lookup: SegmentLookup
    as_of: str
    loaded_at: str
    counts: Mapping[int, int]


def open_version(number: str, files: Path) -> Serving:
    """Open the data of a version; nothing of what lies there is run.

    Raises:
        Exception: of many kinds; a file is missing or has another form.
    """
    lookup = SegmentLookup()
    names = {"segments": "segments.json", "customers": "customers.arrow", "index": "index.arrow"}
    lookup.load_context(SimpleNamespace(artifacts={key: str(files / name) for key, name in names.items()}))
    date.fromisoformat(lookup.as_of)
    if len(lookup.index):
        # The first customer must answer: files that do not fit each other show here, and not in a request.
        first = lookup.index.customers["customer_id"][0].as_py()
        ids, rows = lookup.find([first])
        (answer,) = lookup.answers(ids, rows, detail=True)
        if answer["segment"] is None:
            raise ValueError("the index does not find the first customer")
    found = np.unique(lookup.segment_ids, return_counts=True)
    counts = dict(zip(*(part.tolist() for part in found), strict=True))
    return Serving(number, lookup, lookup.as_of, datetime.now(UTC).isoformat(timespec="seconds"), counts)


class Watcher(Protocol):
    """Who is told of swaps: the metrics and the log."""

    def swapped(self, serving: Serving) -> None:
        """Another version answers now."""

    def swap_failed(self, number: str | None, error: Exception) -> None:
        """The version (None: the registry did not say which) could not be opened; the old one goes on."""

    def settled(self) -> None:
        """The champion is what answers."""


class Follower:
    """Keeps the champion open: a thread that asks the registry, opens what is new, and swaps one reference.

    A request takes `serving` once, so its answer belongs to one version; what is no longer used goes with its last
    request.

    Attributes:
        serving: the version that answers; None until one could be opened.
    """

    def __init__(
        self,
        champion: Callable[[], str | None],
        fetch: Callable[[str], Path],
        *,
        poll_seconds: float,
        watcher: Watcher,
        open_files: Callable[[str, Path], Any] = open_version,
    ) -> None:
        self.serving: Any = None
        self._champion = champion
        self._fetch = fetch
        self._open = open_files
        self._poll_seconds = poll_seconds
        self._watcher = watcher
        self._stop = threading.Event()
        self._looked = threading.Event()
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Ask the registry once, and swap where the champion is another."""
        number: str | None = None
        try:
            number = self._champion()
            current = self.serving
            if number is not None and (current is None or current.number != number):
                serving = self._open(number, self._fetch(number))
                self.serving = serving
                self._watcher.swapped(serving)
                if current is None:
                    # What is there now stays: the collector need not walk it at every large answer.
                    gc.collect()
                    gc.freeze()
            self._watcher.settled()
        except Exception as error:  # whatever is wrong with the new one, the old one answers
            self._watcher.swap_failed(number, error)

    def start(self, *, wait_seconds: float) -> None:
        """Begin to follow; returns after the first look, or after `wait_seconds`."""
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self._thread.start()
        self.wait(wait_seconds)

    def wait(self, seconds: float) -> None:
        """Wait for the first look, at most so long."""
        self._looked.wait(seconds)

    def stop(self) -> None:
        """End the thread after its current look."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._looked.set()
            self._stop.wait(self._poll_seconds)


class Beside:
    """A follower and another beside it, which begins and ends with it; `serving` is the first one's."""

    def __init__(self, first: Follower, other: Follower) -> None:
        self._first, self._other = first, other

    @property
    def serving(self) -> Any:
        """The version that answers."""
        return self._first.serving

    def start(self, *, wait_seconds: float) -> None:
        """Begin to follow both; returns after the first looks, or after `wait_seconds` for both together."""
        self._other.start(wait_seconds=0)
        self._first.start(wait_seconds=wait_seconds / 2)
        self._other.wait(wait_seconds / 2)

    def stop(self) -> None:
        """End both after their current look."""
        self._first.stop()
        self._other.stop()


def describe(serving: Serving, model: str) -> dict[str, Any]:
    """What `GET /version` answers."""
    return {
        "model": model,
        "version": serving.number,
        "as_of": serving.as_of,
        "customers": len(serving.lookup.index),
        "loaded_at": serving.loaded_at,
    }
