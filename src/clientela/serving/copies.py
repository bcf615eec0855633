"""The files of the versions that are served, copied once a machine: workers map the same copy."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

KEPT = 3  # versions, so that a worker that is a little behind still finds its own


class Copies:
    """Keeps the newest copies in a folder that the workers share.

    A copy cannot change under those who map it, whatever happens to the store.

    Args:
        folder: of the copies.
        fetch: copies the files of a version into a folder that is given, and says where in it they lie.
    """

    def __init__(self, folder: Path, fetch: Callable[[str, Path], Path]) -> None:
        self._folder = folder
        self._fetch = fetch

    def files(self, number: str) -> Path:
        """The folder of a version's files; they are fetched where no worker has done so before.

        Raises:
            RegistryError: they cannot be.
        """
        with self._alone():
            whole = self._folder / number
            if whole.exists():
                whole.touch()
            else:
                self._copy(number, whole)
            newest = sorted(self._versions(), key=lambda folder: folder.stat().st_mtime_ns, reverse=True)
            for old in newest[KEPT:]:
                shutil.rmtree(old)
        return whole

    def forget(self, number: str) -> None:
        """Remove the copy of a version that did not open: it may have been broken on its way."""
        with self._alone():
            shutil.rmtree(self._folder / number, ignore_errors=True)

    def _copy(self, number: str, whole: Path) -> None:
        part = self._folder / "part"
        shutil.rmtree(part, ignore_errors=True)  # of a worker that was killed
        part.mkdir()
        try:
            self._fetch(number, part).rename(whole)
            # Renamed with the store's own times, perhaps.
            whole.touch()
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _versions(self) -> Iterator[Path]:
        return (folder for folder in self._folder.iterdir() if folder.is_dir() and folder.name != "part")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
