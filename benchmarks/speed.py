"""Time and memory of `clientela segment` on Online Retail, against PyCaret's candidates alone, in alternating turns.

python benchmarks/speed.py SOURCE.parquet [--pycaret PYTHON] [--turns 3] [--json FILE]

`clientela segment` reads the file, compares all candidates, and writes the report and the registered version. PyCaret's
part is the fit of 14 candidates on a table that is ready, in an environment of its own (benchmarks/pycaret_labels.py).
Quote ratios of one run: machines differ, and so do the hours of a shared one.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import psutil

from clientela.contracts import RFM
from clientela.features.build import build_features, default_as_of
from clientela.loading import read_transactions
from clientela.settings import load_settings

ROOT = Path(__file__).resolve().parents[1]
PYCARET = Path(__file__).with_name("pycaret_labels.py")
SEGMENT = "from clientela.cli import main; main()"
OURS, THEIRS = "clientela segment", "PyCaret, 14 candidates"
POLL = 0.1  # seconds between two looks at the memory


@dataclass(frozen=True)
class Measured:
    """One turn of a command.

    Attributes:
        seconds: wall time (s).
        cpu_seconds: CPU time of the whole process tree (s).
        peak_mb: largest memory of the whole process tree, shared pages counted once per process (MB).
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float


def measure(command: Sequence[str], folder: Path) -> Measured:
    """Run a command in a folder.

    Args:
        command: program with its arguments.
        folder: working folder.

    Returns:
        Its time and memory.

    Raises:
        subprocess.CalledProcessError: the command failed.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "MLFLOW_DISABLE_TELEMETRY": "true"}
    start, cpu, peak = time.perf_counter(), dict[int, float](), 0
    with (folder / "output.txt").open("w") as output:
        process = psutil.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        while process.poll() is None:
            memory = 0
            with suppress(psutil.Error):
                for one in (process, *process.children(recursive=True)):
                    with suppress(psutil.Error):
                        memory += one.memory_info().rss
                        times = one.cpu_times()
                        cpu[one.pid] = times.user + times.system
            peak = max(peak, memory)
            time.sleep(POLL)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command), (folder / "output.txt").read_text())
    return Measured(time.perf_counter() - start, sum(cpu.values()), peak / 1e6)


def write_table(source: Path, path: Path) -> None:
    """Write recency, frequency and monetary value of the customers, for PyCaret."""
    settings = load_settings("online_retail", conf=ROOT / "conf")
    with duckdb.connect() as connection:
        read_transactions(connection, settings.dataset, source=str(source), seed=0)
        build_features(connection, as_of=default_as_of(connection))[RFM].to_csv(path, index=False)


def run_turns(commands: Mapping[str, Sequence[str]], place: Path, *, turns: int) -> dict[str, list[Measured]]:
    """Run each command once per turn, each time in a new folder in `place`; the measurements by name of the command."""
    found: dict[str, list[Measured]] = {name: [] for name in commands}
    for turn in range(turns):
        for number, (name, command) in enumerate(commands.items()):
            folder = place / f"{turn}-{number}"
            folder.mkdir()
            one = measure(command, folder)
            found[name].append(one)
            print(f"{name:24s} {one.seconds:6.1f} s {one.cpu_seconds:6.1f} CPU-s {one.peak_mb:7,.0f} MB", flush=True)
    return found


def main() -> None:
    """Measure, print and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="Online Retail as a Parquet file")
    parser.add_argument("--pycaret", type=Path, metavar="PYTHON", help="interpreter with PyCaret")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures are written")
    options = parser.parse_args()
    segment = ("segment", "--dataset", "online_retail", "--source", str(options.source.resolve()))
    commands: dict[str, Sequence[str]] = {OURS: (sys.executable, "-c", SEGMENT, *segment, "--conf", str(ROOT / "conf"))}
    with tempfile.TemporaryDirectory() as place:
        if options.pycaret:
            write_table(options.source, Path(place) / "table.csv")
            # The path of an environment's interpreter is a link, which must not be followed.
            commands[THEIRS] = (str(options.pycaret.absolute()), str(PYCARET), f"{place}/table.csv", "labels.json", "0")
        found = run_turns(commands, Path(place), turns=options.turns)
    median = {name: statistics.median(one.seconds for one in turns) for name, turns in found.items()}
    ratio = median[OURS] / median[THEIRS] if options.pycaret else None
    if ratio:
        print(f"{OURS} / {THEIRS}: {ratio:.2f}")
    result = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "turns": {name: [asdict(one) for one in turns] for name, turns in found.items()},
        "ratio": ratio,
    }
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
