"""Opens a version in a child process first: files that end the process that reads them cost only the child."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import clientela
from clientela.errors import RegistryError

SCRIPT = "clientela.registry.open_process"
SECONDS = 120.0
# Memory that the child may use: tables are mapped, but texts and fitted parts become Python objects.
SMALLEST_BUDGET, BUDGET_FACTOR = 1_000_000_000, 20
LONGEST_PROBLEM = 300
# By somebody who stops the server: it says nothing about the version.
STOPPED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


class VersionKilled(RegistryError):
    """A version ended the process that tried to open it."""


def open_in_child(
    opener: Callable[[Path], Any],
    folder: Path,
    *,
    ids: Sequence[str] = (),
    read: bool = False,
    seconds: float = SECONDS,
) -> dict[str, Any]:
    """Open a version in a process with limited memory and time.

    Args:
        opener: the function `open_lookup` of a product's module `version`.
        folder: folder of the version's artifacts.
        ids: customer ids to answer for, plain and with details.
        read: whether the child also calls `read_version` of the same module.
        seconds: time limit.

    Returns:
        `loaded`, and with ids `plain` and `detailed`: the lists of answers.

    Raises:
        VersionKilled: the process was ended by a signal, as a damaged file can do.
        RegistryError: the version does not open, or not within the time limit.
    """
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    asked = {
        "module": opener.__module__,
        "folder": str(folder),
        "ids": list(ids),
        "read": read,
        "memory": SMALLEST_BUDGET + BUDGET_FACTOR * size,
    }
    try:
        done = _run(json.dumps(asked), seconds)
    except subprocess.TimeoutExpired as error:
        raise RegistryError(f"The version must open within {seconds:g} s. It was still running.") from error
    check_signal(done.returncode)
    if done.returncode:
        last = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "no error was printed")
        raise RegistryError(f"The version must open; it does not. {last[:LONGEST_PROBLEM]}")
    lines = [line.removeprefix("result: ") for line in done.stdout.splitlines() if line.startswith("result: ")]
    return {key: value for line in lines for key, value in json.loads(line).items()}


def check_signal(code: int) -> None:
    """Check the exit code of a process that opened a version.

    Raises:
        VersionKilled: a signal ended it, as a damaged file can do.
        RegistryError: it was stopped, which says nothing about the version.
    """
    if -code in STOPPED:
        raise RegistryError(f"The version must open; the process that did it was stopped ({_name(-code)}).")
    if code < 0:
        raise VersionKilled(
            f"The version ended the process that tried to open it ({_name(-code)}). Its files are damaged."
        )


def _run(text: str, seconds: float) -> subprocess.CompletedProcess[str]:
    # The child imports the same installed code, from wherever this process has it.
    installed = str(Path(clientela.__file__).parents[1])
    path = os.pathsep.join(filter(None, (installed, os.environ.get("PYTHONPATH", ""))))
    return subprocess.run(
        [sys.executable, "-P", "-m", SCRIPT],
        input=text,
        env={**os.environ, "PYTHONPATH": path, "MLFLOW_DISABLE_TELEMETRY": "true", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=seconds,
        check=False,
    )


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
