"""Copies of the versions that are served: one per machine, which all workers map into memory."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from clientela.registry.child import VersionKilled
from clientela.registry.revisions import MARK

KEPT = 3  # versions; a worker that has not swapped yet still finds its own


class Copies:
    """Keeps the most recently used copies in a folder that the workers share.

    A copy does not change while a worker maps it, whatever happens to the store.

    Args:
        folder: folder of the copies.
        fetch: copies the files of a version into a given folder and returns their folder inside it.
        try_open: opens a version from its folder in a child process, before a worker does; it raises an error if the
            version does not open. None for no such test.
    """

    def __init__(
        self, folder: Path, fetch: Callable[[str, Path], Path], *, try_open: Callable[[Path], object] | None = None
    ) -> None:
        self._folder = folder
        self._fetch = fetch
        self._try_open = try_open

    def files(self, number: str) -> Path:
        """The folder of a version's files; the first worker that needs them fetches them.

        Raises:
            RegistryError: the files cannot be fetched, or the version does not open in a child process. A version that
                ended the child is not tried again while the server runs.
        """
        # Opening a version in a child takes seconds: only workers that need this version wait for it.
        with self._locked(f"{number}.lock"):
            if (killed := self._folder / f"{number}.killed").exists():
                raise VersionKilled(f"{killed.read_text()} It is not tried again until the server is restarted.")
            copy = self._folder / number
            if not self._touched(copy):
                self._copy(number, copy)
        return copy

    def forget(self, number: str) -> None:
        """Remove the copy of a version that did not open: the copy itself may be broken."""
        with self._locked():
            shutil.rmtree(self._folder / number, ignore_errors=True)

    def latest(self) -> str | None:
        """The version whose copy was used last; None if there is no copy."""
        with self._locked():
            return next((copy.name for copy in self._newest_first()), None)

    def _touched(self, copy: Path) -> bool:
        """Whether the copy exists; it is the most recently used one then."""
        with self._locked():
            if found := copy.exists():
                copy.touch()
        return found

    def _copy(self, number: str, copy: Path) -> None:
        part = self._folder / f"{number}.part"
        shutil.rmtree(part, ignore_errors=True)  # left by a worker that was killed
        part.mkdir()
        try:
            files = self._fetch(number, part)
            if self._try_open is not None:
                self._try_open(files)
            with self._locked():
                files.rename(copy)
                # The files may have the times of the store.
                copy.touch()
                self._remove_old(copy)
        except VersionKilled as error:
            (self._folder / f"{number}.killed").write_text(str(error))
            raise
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _remove_old(self, new: Path) -> None:
        # The files of a version were rewritten because customers were forgotten: other copies still have them.
        kept = [] if MARK in new.name else self._newest_first()[:KEPT]
        for old in self._newest_first():
            if old != new and old not in kept:
                shutil.rmtree(old)

    def _newest_first(self) -> list[Path]:
        copies = [folder for folder in self._folder.iterdir() if folder.is_dir() and not folder.suffix]
        return sorted(copies, key=lambda folder: folder.stat().st_mtime_ns, reverse=True)

    @contextmanager
    def _locked(self, name: str = "lock") -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / name).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
