"""The version that is served: followed in the registry, opened from its files, swapped as one reference."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import numpy as np

from clientela.lookup.customer_index import CustomerIndex

LONGEST_PAUSE = 300.0  # seconds between two attempts to open a version that failed to open


class Lookup(Protocol):
    """What the server needs of every model: the public side of `IdLookup`.

    Attributes:
        index: the version's customers.
        as_of: as-of date (ISO).
    """

    index: CustomerIndex
    as_of: str

    def find(self, values: list[Any]) -> tuple[list[str | None], list[int] | np.ndarray, int]:
        """As `IdLookup.find`."""

    def answers(self, ids: list[str | None], rows: list[int] | np.ndarray, *, detail: bool) -> list[dict[str, Any]]:
        """As `IdLookup.answers`.

        Args:
            ids: canonical ids.
            rows: row of each id in the index; -1 where it is not known.
            detail: whether the answers say what they are based on.
        """


@dataclass(frozen=True)
class Serving:
    """A version that answers.

    Attributes:
        number: version number.
        lookup: lookup on the version's data.
        as_of: as-of date (ISO).
        loaded_at: time of loading (ISO, UTC).
    """

    number: str
    lookup: Lookup
    as_of: str
    loaded_at: str


def utc_now() -> str:
    """The time in whole seconds (ISO, UTC)."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Watcher(Protocol):
    """What is notified of swaps: the metrics and the log."""

    def swapped(self, serving: Any) -> None:
        """Another version answers now."""

    def swap_failed(self, number: str | None, error: Exception) -> None:
        """The version could not be opened, so the old one still answers; None if the registry gave no number."""

    def up_to_date(self) -> None:
        """The version that answers is the champion."""


class VersionFiles(Protocol):
    """Where the files of versions come from."""

    def files(self, number: str) -> Path:
        """The folder of a version's files."""

    def forget(self, number: str) -> None:
        """Fetch the version's files again the next time."""

    def latest(self) -> str | None:
        """The version whose files were used last by a process of this server; None if there is none."""


class Follower:
    """Serves the champion: a thread asks the registry, opens a new champion, and swaps one reference.

    A request reads `serving` once, so its answer comes from one version. A replaced version is released with its last
    request. A version that fails to open is tried again after growing pauses. A worker that is restarted while the
    registry gives no champion serves the version that this server used last.

    Args:
        champion: returns the champion's version number, with its revision if its files were rewritten; None if there
            is no champion.
        versions: files of versions.
        poll_seconds: seconds between two checks of the registry.
        watcher: is notified of swaps.
        open_version: opens a version, given its number and the folder of its files.
        on_first_open: called once, when the first version answers.
        clock: returns seconds.

    Attributes:
        serving: the version that answers; None until one could be opened.
    """

    def __init__(
        self,
        champion: Callable[[], str | None],
        versions: VersionFiles,
        *,
        poll_seconds: float,
        watcher: Watcher,
        open_version: Callable[[str, Path], Any],
        on_first_open: Callable[[], None] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.serving: Any = None
        self._opened: str | None = None
        self._champion = champion
        self._versions = versions
        self._open_version = open_version
        self._poll_seconds = poll_seconds
        self._watcher = watcher
        self._on_first_open = on_first_open
        self._clock = clock
        self._failing, self._pause, self._again = "", poll_seconds, 0.0
        self._stop = threading.Event()
        self._checked = threading.Event()
        self._thread: threading.Thread | None = None

    def check(self) -> None:
        """Ask the registry once, and swap if the champion has changed."""
        try:
            self._follow()
        except Exception as error:  # the registry does not answer: the current version continues to answer
            if self.serving is None and (latest := self._versions.latest()) is not None:
                self._swap(latest)  # a worker that was restarted meanwhile answers as the others do
            self._watcher.swap_failed(None, error)

    def _follow(self) -> None:
        number = self._champion()
        if number is None and self.serving is None:
            number = self._versions.latest()
        if number is None or (self.serving is not None and self._opened == number):
            self._failing = ""
            self._watcher.up_to_date()
        elif number != self._failing or self._clock() >= self._again:
            self._swap(number)

    def _swap(self, number: str) -> None:
        try:
            serving = self._open_version(number, self._versions.files(number))
        except Exception as error:  # whatever is wrong with it, the current version continues to answer
            self._pause = min(2 * self._pause, LONGEST_PAUSE) if number == self._failing else self._poll_seconds
            self._failing, self._again = number, self._clock() + self._pause
            self._watcher.swap_failed(number, error)
            self._versions.forget(number)
            return
        is_first = self.serving is None
        self.serving, self._opened, self._failing = serving, number, ""
        self._watcher.swapped(serving)
        self._watcher.up_to_date()
        if is_first and self._on_first_open is not None:
            self._on_first_open()

    def start(self, *, wait_seconds: float) -> None:
        """Start to follow; returns after the first check, or after `wait_seconds`."""
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self._thread.start()
        self.wait(wait_seconds)

    def wait(self, seconds: float) -> None:
        """Wait for the first check, at most `seconds`."""
        self._checked.wait(seconds)

    def stop(self) -> None:
        """End the thread after its current check."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.check()
            self._checked.set()
            self._stop.wait(self._poll_seconds)


class Followers:
    """Several followers that start and stop together; `serving` is the version of the first one."""

    def __init__(self, first: Follower, *others: Follower) -> None:
        self._first, self._others = first, others

    @property
    def serving(self) -> Any:
        """The version of the first follower."""
        return self._first.serving

    def start(self, *, wait_seconds: float) -> None:
        """Start all; returns after their first checks, or after `wait_seconds` for all together."""
        share = wait_seconds / (1 + len(self._others))
        for other in self._others:
            other.start(wait_seconds=0)
        self._first.start(wait_seconds=share)
        for other in self._others:
            other.wait(share)

    def stop(self) -> None:
        """End all after their current check."""
        for one in (self._first, *self._others):
            one.stop()


def describe(serving: Serving, model: str) -> dict[str, Any]:
    """The answer of `GET /version`."""
    return {
        "model": model,
        "version": serving.number,
        "as_of": serving.as_of,
        "customers": len(serving.lookup.index),
        "loaded_at": serving.loaded_at,
    }
