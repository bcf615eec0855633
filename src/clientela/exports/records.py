"""What must not be in MLflow: the list of forgotten customers, and the list of files and tables that were written."""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clientela.errors import InvalidInput
from clientela.exports.files import whole_file

SUPPRESSED, WRITTEN = "forgotten.json", "written.json"
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


@dataclass(frozen=True)
class Records:
    """The folder of the records; only its owner can read it.

    Attributes:
        folder: path of the folder, which need not exist yet.
    """

    folder: Path

    def suppressed(self) -> tuple[str | None, dict[str, str]]:
        """The fingerprint of the key, and hash -> day of each forgotten customer; None and empty without a list.

        Raises:
            InvalidInput: the list cannot be read.
        """
        found = self._read(SUPPRESSED)
        if found is None:
            return None, {}
        try:
            customers = {str(name): str(day) for name, day in found["customers"].items()}
            return str(found["fingerprint"]), customers
        except (TypeError, KeyError, AttributeError) as error:
            raise InvalidInput(f"The list of forgotten customers in {self._shown(SUPPRESSED)} is damaged.") from error

    def suppress(self, hashes: Iterable[str], *, fingerprint: str, day: str) -> None:
        """Add hashes to the list of forgotten customers; those that are there keep their day."""
        _, known = self.suppressed()
        customers = dict(sorted({**dict.fromkeys(hashes, day), **known}.items()))
        self._write(SUPPRESSED, {"fingerprint": fingerprint, "customers": customers})

    def written(self) -> list[str]:
        """The files and tables that commands have written, without passwords."""
        found = self._read(WRITTEN)
        return [str(one) for one in found] if isinstance(found, list) else []

    def note_written(self, *destinations: object) -> None:
        """Add files and tables to the list of what was written; None is left out."""
        known = self.written()
        new = [str(one) for one in destinations if one is not None and str(one) not in known]
        if new:
            self._write(WRITTEN, sorted({*known, *new}))

    def _read(self, name: str) -> Any:
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise InvalidInput(f"The file {self._shown(name)} cannot be read ({type(error).__name__}).") from error

    def _write(self, name: str, content: object) -> None:
        try:
            self.folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            with whole_file(self.folder / name) as temporary:
                temporary.chmod(PRIVATE_FILE)
                temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise InvalidInput(f"The file {self._shown(name)} cannot be written: {error.strerror}.") from error
        with suppress(OSError):
            self.folder.chmod(PRIVATE_FOLDER)

    def _shown(self, name: str) -> str:
        return repr(str(self.folder / name))
