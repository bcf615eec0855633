"""Files that a user asks for, such as reports: checked before the long work, and written atomically."""

import os
from pathlib import Path

from clientela.errors import InvalidInput
from clientela.exports import whole_file


def check_folder(parameter: str, path: Path) -> None:
    """Check that a file can be written.

    Args:
        parameter: name of the parameter, for the message.
        path: value of the parameter.

    Raises:
        InvalidInput: `path` is not a file, or its folder is missing or read-only.
    """
    if path.exists() and not path.is_file():
        # A device or a pipe would be replaced by a file of its name.
        kind = "folder" if path.is_dir() else "device"
        raise InvalidInput(
            f"The {parameter} parameter must be the path of a file. Got the {kind} {str(path)!r} instead."
        )
    if not path.parent.is_dir():
        hint = "" if path.parent.exists() else f"; create the folder {str(path.parent)!r} first"
        raise InvalidInput(
            f"The {parameter} parameter must be a path in a folder that exists. Got {str(path)!r} instead{hint}."
        )
    if not os.access(path.parent, os.W_OK):
        raise InvalidInput(f"The {parameter} parameter must be a path that can be written. Got {str(path)!r} instead.")


def write_whole(path: Path, text: str) -> None:
    """Write UTF-8 text atomically: a reader sees the old file or the whole new one."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
