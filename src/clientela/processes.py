"""Which process something belongs to, and whether that process still runs: temporary folders, and the tags of runs."""

import os
import platform
import re
import secrets
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

KINDS = ("versions", "metrics", "registering", "checked", "logged", "sheet", "spill", "objects", "campaign")
# clientela-KIND-PID-STARTED-RANDOM
FOLDER = re.compile(rf"clientela-({'|'.join(KINDS)})-(\d+)-(\d+)-\w+")
# .clientela-HOST-PID-STARTED-RANDOM.tmp; a folder may be shared with other hosts.
FILE = re.compile(r"\.clientela-([0-9a-f]{8})-(\d+)-(\d+)-\w+\.tmp")


def owner() -> str:
    """The host, id and time of start of this process; an id alone may be given to another process later."""
    return f"{platform.node()} {_identity()}"


def is_gone(owner: str) -> bool:
    """Whether the process that `owner` named does not run any more. Processes of other hosts count as running."""
    host, _, identity = owner.rpartition(" ")
    pid, _, started = identity.partition("-")
    if host != platform.node() or not (pid.isdigit() and started.isdigit()):
        return False
    return _started(int(pid)) != int(started)


def folder_prefix(kind: str) -> str:
    """The beginning of the name of a temporary folder that belongs to this process."""
    return f"clientela-{kind}-{_identity()}-"


def left_folders(place: Path | None = None, *, kind: str = "") -> Iterator[Path]:
    """The temporary folders whose processes have ended without removing them.

    Args:
        place: folder in which they are; None for the system's folder of temporary files.
        kind: kind of the folders, as in `folder_prefix`; by default all.
    """
    for path in sorted((place or Path(tempfile.gettempdir())).glob("clientela-*")):
        found = FOLDER.fullmatch(path.name)
        if not found or kind not in ("", found[1]):
            continue
        if path.is_dir() and not path.is_symlink() and _started(int(found[2])) != int(found[3]):
            yield path


def used_folders() -> Iterator[Path]:
    """The temporary folders of running processes, this one among them."""
    for path in sorted(Path(tempfile.gettempdir()).glob("clientela-*")):
        found = FOLDER.fullmatch(path.name)
        if found and path.is_dir() and not path.is_symlink() and _started(int(found[2])) == int(found[3]):
            yield path


def temporary_name() -> str:
    """A new name for a temporary file of this process."""
    return f".clientela-{_host()}-{_identity()}-{secrets.token_hex(8)}.tmp"


def left_files(place: Path) -> Iterator[Path]:
    """The temporary files in a folder whose processes have ended without removing them."""
    for path in sorted(place.glob(".clientela-*.tmp")):
        found = FILE.fullmatch(path.name)
        if found and found[1] == _host() and path.is_file() and _started(int(found[2])) != int(found[3]):
            yield path


def _host() -> str:
    return sha256(platform.node().encode()).hexdigest()[:8]


def _identity() -> str:
    return f"{os.getpid()}-{_started(os.getpid())}"


def _started(pid: int) -> int | None:
    """When a process started, in ticks since the machine did; 0 where the system does not say, None if it has ended."""
    try:
        os.kill(pid, 0)
    except PermissionError:  # a process of another user
        pass
    except (OSError, OverflowError):
        return None
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return None if fields[0] == "Z" else int(fields[19])
