"""Opens a version in a fork of this process first, which takes milliseconds; `child.py` starts a new process."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from clientela.errors import RegistryError
from clientela.registry.child import BUDGET_FACTOR, LONGEST_PROBLEM, SECONDS, SMALLEST_BUDGET, check_signal
from clientela.registry.open_process import limit_memory

PAUSE = 0.01  # seconds between two looks at the fork


def open_in_fork(opener: Callable[[Path], Any], folder: Path, *, seconds: float = SECONDS) -> None:
    """Open a version in a fork of this process, with limited memory and time.

    Args:
        opener: opens the version, given the folder of its files. Its modules are imported already.
        folder: folder of the version's artifacts.
        seconds: time limit.

    Raises:
        VersionKilled: the fork was ended by a signal, as a damaged file can do.
        RegistryError: the version does not open, or not within the time limit.
    """
    budget = SMALLEST_BUDGET + BUDGET_FACTOR * sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    reads, writes = os.pipe()
    pid = os.fork()
    if not pid:
        _open_and_exit(opener, folder, budget, writes)
    os.close(writes)
    with os.fdopen(reads, encoding="utf-8", errors="replace") as problem:
        code = os.waitstatus_to_exitcode(_wait(pid, seconds))
        check_signal(code)
        if code:
            raise RegistryError(f"The version must open; it does not. {problem.read(LONGEST_PROBLEM)}")


def _open_and_exit(opener: Callable[[Path], Any], folder: Path, budget: int, writes: int) -> NoReturn:
    """What the fork does. It ends without the exit handlers, which are the parent's."""
    code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGABRT):
            signal.signal(number, signal.SIG_DFL)
        _close_all_but(writes)
        limit_memory(budget)
        opener(folder)
        code = 0
    except BaseException as error:
        os.write(writes, f"{type(error).__name__}: {error}".encode(errors="replace")[: 4 * LONGEST_PROBLEM])
    finally:
        os._exit(code)


def _close_all_but(kept: int) -> None:
    """Close the sockets of the parent: a connection that it closes must not stay open here."""
    for descriptor in [int(path.name) for path in Path("/dev/fd").iterdir()]:
        if descriptor > 2 and descriptor != kept:
            with suppress(OSError):
                os.close(descriptor)


def _wait(pid: int, seconds: float) -> int:
    """The status of the fork after its end.

    Raises:
        RegistryError: it was still running after `seconds`, and was ended.
    """
    until = time.monotonic() + seconds
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return status
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise RegistryError(f"The version must open within {seconds:g} s. It was still running.")
        time.sleep(PAUSE)
