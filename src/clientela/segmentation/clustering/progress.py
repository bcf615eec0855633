"""A progress bar that moves while worker processes fit: they count their fits in a file that the parent reads."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

SECONDS_BETWEEN_LOOKS = 0.2
# The time that is left follows from the mean time of all fits so far (smoothing=0), because algorithms differ in speed.
BAR = "{desc}: {percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt} {unit}s in {elapsed}, about {remaining} left"


@dataclass(frozen=True)
class FitCounter:
    """Counts finished fits across processes; each fit is one byte of the file."""

    path: Path

    def add(self, fits: int) -> None:
        """Count finished fits."""
        with self.path.open("ab") as file:
            file.write(b"." * fits)

    @property
    def count(self) -> int:
        """Number of fits counted so far."""
        return self.path.stat().st_size


@contextmanager
def fit_progress(total: int, name: str = "Candidates") -> Iterator[FitCounter]:
    """Show a progress bar of `total` fits during the context; yields the counter that workers add to."""
    done = threading.Event()
    with (
        tempfile.TemporaryDirectory() as folder,
        tqdm(total=total, desc=name, unit="fit", bar_format=BAR, smoothing=0) as bar,
    ):
        counter = FitCounter(Path(folder) / "fits")
        counter.path.touch()

        def follow() -> None:
            while not done.wait(SECONDS_BETWEEN_LOOKS):
                bar.update(counter.count - bar.n)

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        try:
            yield counter
        finally:
            done.set()
            thread.join()
            bar.update(counter.count - bar.n)
