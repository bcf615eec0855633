"""The settings folder that a command uses, and the default files of the package."""

import shutil
from importlib.resources import files
from pathlib import Path

from clientela.errors import InvalidInput

# A folder without these is some other program's conf.
MARKS = ("tracking.yaml", "datasets")


def find_conf(given: Path | None = None) -> Path:
    """The settings folder: `given`, else `./conf` if it is Clientela's, else the defaults of the package.

    Raises:
        InvalidInput: `given` is not a settings folder.
    """
    if given is not None:
        if not _is_conf(given):
            raise InvalidInput(
                f"The conf parameter must be a settings folder, with {' and '.join(MARKS)} in it. Got {str(given)!r} "
                "instead. The command clientela init writes one."
            )
        return given.resolve()
    own = Path("conf").resolve()
    return own if _is_conf(own) else shipped_files() / "conf"


def shipped_files() -> Path:
    """The folder with the package's default conf/ and MLproject; in a checkout, its top folder."""
    package = Path(str(files("clientela")))
    installed = package / "shipped"
    return installed if installed.is_dir() else package.parents[1]


def copy_conf(target: Path) -> None:
    """Copy the default settings to `target`, a folder that does not exist yet."""
    shutil.copytree(shipped_files() / "conf", target, ignore=shutil.ignore_patterns("__pycache__"))


def _is_conf(folder: Path) -> bool:
    return all((folder / mark).exists() for mark in MARKS)
