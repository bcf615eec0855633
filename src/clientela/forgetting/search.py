"""Searches all stores for forgotten customers: the proof that none is left."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clientela.forgetting import written
from clientela.forgetting.files import names_customer
from clientela.forgetting.stores import (
    DATABASE_ERRORS,
    artifact_trees,
    clean_database,
    count_in_tracking_server,
    database_url,
)
from clientela.forgetting.wanted import Wanted
from clientela.processes import folder_prefix, used_folders


@dataclass(frozen=True)
class Searched:
    """One line of the proof.

    Attributes:
        place: what was searched.
        count: number of files or texts that were read.
        found: number of those that name a forgotten customer.
        note: what cannot be said of it; empty for nothing.
    """

    place: str
    count: int
    found: int
    note: str = ""


def search_stores(wanted: Wanted, exports: Sequence[tuple[str, str]], records: Path) -> list[Searched]:
    """Search all stores for forgotten customers.

    Args:
        wanted: the forgotten customers.
        exports: files and tables that commands have written, with what was done to each.
        records: folder of the privacy records.

    Returns:
        One line per place.
    """
    lines = []
    for tree in artifact_trees():
        names, found = list(tree.names()), 0
        with tempfile.TemporaryDirectory(prefix=folder_prefix("checked")) as place:
            found = sum(names_customer(tree.fetch(name, Path(place)), wanted) for name in names)
        lines.append(Searched(f"files in {tree.root}", len(names), found))
    lines.append(_search_database(wanted))
    missed = sum(state == written.UNREACHABLE for _, state in exports)
    found = sum(written.still_named(one, wanted) for one, _ in exports)
    note = f"{missed} could not be reached" if missed else ""
    lines.append(Searched("files and tables that commands have written", len(exports), found, note))
    lines.append(_search_files(records, f"files in {records}", wanted))
    parts = [_search_files(folder, "", wanted) for folder in used_folders()]
    served = sum(part.found for part in parts)
    note = "a running server has copies and removes them within poll_seconds" if served else ""
    lines.append(Searched("temporary folders", sum(part.count for part in parts), 0, note))
    return lines


def _search_database(wanted: Wanted) -> Searched:
    url = database_url()
    try:
        read, found = clean_database(url, wanted, change=False) if url else count_in_tracking_server(wanted)
    except DATABASE_ERRORS as error:
        return Searched("MLflow's database", 0, 0, f"could not be read ({type(error).__name__})")
    if url and url.startswith("sqlite:///"):
        pattern = wanted.in_bytes(with_numbers=False)
        base = Path(url.removeprefix("sqlite:///"))
        files = [path for path in base.parent.glob(f"{base.name}*") if path.is_file()]
        found += sum(bool(pattern and pattern.search(path.read_bytes())) for path in files)
        return Searched("texts in MLflow's database, and the bytes of its files", read, found)
    return Searched("texts in MLflow's database", read, found)


def _search_files(folder: Path, place: str, wanted: Wanted) -> Searched:
    files = [path for path in folder.rglob("*") if path.is_file()]
    found = 0
    for path in files:
        try:
            found += names_customer(path, wanted)
        except OSError:  # removed meanwhile
            continue
    return Searched(place, len(files), found)
