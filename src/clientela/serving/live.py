"""The version that is served: opened from its files, followed in the registry, swapped as one reference."""

import gc
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np

from clientela.segmentation.model import SegmentLookup

OBJECTS_BETWEEN_COLLECTIONS = 100_000
LONGEST_PAUSE = 300.0  # seconds between two tries to open a version that did not


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
        ids, rows, _ = lookup.find([first])
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


class Files(Protocol):
    """Where the files of a version come from."""

    def files(self, number: str) -> Path:
        """The folder of a version's files."""

    def forget(self, number: str) -> None:
        """Fetch them anew the next time."""


class Follower:
    """Keeps the champion open: a thread that asks the registry, opens what is new, and swaps one reference.

    A request takes `serving` once, so its answer belongs to one version; what is no longer used goes with its last
    request. A version that does not open is tried again ever more rarely.

    Args:
        champion: the version that is to be served; None where there is none.
        files: of versions.
        poll_seconds: between two looks.
        watcher: who is told.
        open_files: opens a version, given its number and the folder of its files.
        clock: seconds.

    Attributes:
        serving: the version that answers; None until one could be opened.
    """

    def __init__(
        self,
        champion: Callable[[], str | None],
        files: Files,
        *,
        poll_seconds: float,
        watcher: Watcher,
        open_files: Callable[[str, Path], Any] = open_version,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.serving: Any = None
        self._champion = champion
        self._files = files
        self._open = open_files
        self._poll_seconds = poll_seconds
        self._watcher = watcher
        self._clock = clock
        self._failing, self._pause, self._again = "", poll_seconds, 0.0
        self._stop = threading.Event()
        self._looked = threading.Event()
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Ask the registry once, and swap where the champion is another."""
        try:
            self._follow()
        except Exception as error:  # the registry does not answer: whoever is served is served on
            self._watcher.swap_failed(None, error)

    def _follow(self) -> None:
        number = self._champion()
        if number is None or (self.serving is not None and self.serving.number == number):
            self._failing = ""
            self._watcher.settled()
        elif number != self._failing or self._clock() >= self._again:
            self._try(number)

    def _try(self, number: str) -> None:
        try:
            serving = self._open(number, self._files.files(number))
        except Exception as error:  # whatever is wrong with it, the old one answers
            self._pause = min(2 * self._pause, LONGEST_PAUSE) if number == self._failing else self._poll_seconds
            self._failing, self._again = number, self._clock() + self._pause
            self._watcher.swap_failed(number, error)
            self._files.forget(number)
            return
        first = self.serving is None
        self.serving, self._failing = serving, ""
        self._watcher.swapped(serving)
        self._watcher.settled()
        if first:
            # What is there now stays, and answers are no cycles: the collector need not come at every large one.
            gc.collect()
            gc.freeze()
            gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)

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
