"""Run in a process of its own: open a version with the installed code, and answer for ids.

A version whose files end the process that opens them ends this one. `registry/child.py` starts it and reads the lines
that it prints.
"""

import contextlib
import importlib
import json
import resource
import sys
from pathlib import Path


def main() -> None:
    """Open the version that the standard input names; print what was done line by line."""
    asked = json.load(sys.stdin)
    module = importlib.import_module(asked["module"])
    limit_memory(asked["memory"])
    folder = Path(asked["folder"])
    if asked["read"]:
        module.read_version(folder)
    lookup = module.open_lookup(folder)
    _say({"loaded": True})
    for name, detail in (("plain", False), ("detailed", True)) if asked["ids"] else ():
        ids, rows, _ = lookup.find(asked["ids"])
        _say({name: lookup.answers(ids, rows, detail=detail)})


def limit_memory(budget: int) -> None:
    """Allow `budget` bytes more than are in use, and no core files."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Not every system counts it: there, only the time is limited.
    with contextlib.suppress(OSError, ValueError):
        words = Path("/proc/self/status").read_text().partition("VmData:")[2].split()
        most = int(words[0]) * 1024 + budget
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _say(result: object) -> None:
    sys.stdout.write(f"result: {json.dumps(result)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
