"""A limit of time for calls of libraries that have none."""

import atexit
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

Answer = TypeVar("Answer")


def within(seconds: float, call: Callable[[], Answer]) -> Answer:
    """The answer of a call that is given up after a time.

    The call goes on in its thread, which does not keep the process from ending.

    Args:
        seconds: longest time to wait.
        call: function without arguments.

    Raises:
        TimeoutError: there is no answer in time.
    """
    found: dict[str, Any] = {}

    def run() -> None:
        try:
            found["answer"] = call()
        except BaseException as error:
            found["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        atexit.register(_silence)
        raise TimeoutError(f"no answer within {seconds:g} seconds (timed out)")
    if "error" in found:
        raise found["error"]
    answer: Answer = found["answer"]
    return answer


def _silence() -> None:
    """Drop what libraries write while the process ends: what the thread still holds, they report as a leak."""
    sys.stderr.flush()
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 2)
