"""A folder for the user's shop: settings to edit, an MLproject that runs the installed package, and a .gitignore."""

import re
import tempfile
from pathlib import Path

from clientela.errors import InvalidInput
from clientela.settings.folder import copy_conf, shipped_files

PARTS = ("conf", "MLproject", ".gitignore")
GITIGNORE = "/mlflow.db*\n/mlruns/\n__pycache__/\n"
# Parts of the project's MLproject that only work in a checkout: the command of an entry point, and some lines.
SCRIPT = re.compile(r"PYTHONPATH=src python experiments/(\w+)\.py")
GROUPS = ("campaign",)  # commands with commands of their own
OF_A_CHECKOUT = ("conda_env:", "# PYTHONPATH")


def init(folder: Path) -> list[Path]:
    """Write the default settings, an MLproject and a .gitignore to `folder`; returns the paths.

    Raises:
        InvalidInput: one of them exists already, or the folder cannot be written; nothing is overwritten.
    """
    there = [name for name in PARTS if (folder / name).exists()]
    if there:
        raise InvalidInput(
            f"The folder must not hold {', '.join(PARTS[:-1])} or {PARTS[-1]}: nothing is overwritten. "
            f"{folder} holds {', '.join(there)}."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Moved into place when everything is written: a full disk or a kill leaves no half of it.
        with tempfile.TemporaryDirectory(prefix=".clientela-", dir=folder) as written:
            copy_conf(Path(written) / "conf")
            (Path(written) / "MLproject").write_text(project_file(), encoding="utf-8")
            (Path(written) / ".gitignore").write_text(GITIGNORE, encoding="utf-8")
            for name in PARTS:
                (Path(written) / name).rename(folder / name)
    except OSError as error:
        raise InvalidInput(f"The folder must be writable; {folder} is not ({error.strerror}).") from error
    return [folder / name for name in PARTS]


def project_file() -> str:
    """The MLproject of such a folder: the same entry points, run by the installed command."""
    lines = (shipped_files() / "MLproject").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(OF_A_CHECKOUT)]
    return SCRIPT.sub(lambda found: f"clientela {_command(found[1])}", "\n".join(kept)) + "\n"


def _command(script: str) -> str:
    """The command that an entry script runs."""
    name = script.strip("_")
    group, _, own = name.partition("_")
    return f"{group} {own}" if group in GROUPS else name.replace("_", "-")
