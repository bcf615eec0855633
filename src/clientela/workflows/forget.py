"""Forgets customers: out of every version, artifact and export, with a search that shows that none is left."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from clientela.errors import InvalidInput
from clientela.exports.records import Records
from clientela.forgetting import written
from clientela.forgetting.files import names_customer
from clientela.forgetting.stores import (
    DATABASE_ERRORS,
    artifact_trees,
    clean_database,
    count_in_tracking_server,
    database_url,
)
from clientela.forgetting.versions import Outcome, rewrite_tree, versions_by_folder
from clientela.forgetting.wanted import Wanted
from clientela.lookup.ids import RequestError, canonical_ids
from clientela.processes import folder_prefix, left_folders, used_folders
from clientela.pseudonyms import SUPPRESSION, PseudonymKeyError, Pseudonyms
from clientela.registry.audit import Change, audited
from clientela.request import Echo
from clientela.settings import PrivacySettings, load_churn_model, load_insiders, load_privacy, load_tracking

ALL_VERSIONS = "all"


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


@dataclass
class Forgotten:
    """What was done, without any id.

    Attributes:
        customers: number of customers.
        rewritten, deleted: number of files in MLflow's stores.
        versions: versions that were rewritten, by model.
        exports: what was done to each file or table that a command had written.
        searched: the search afterwards, line by line.
    """

    customers: int
    rewritten: int = 0
    deleted: int = 0
    versions: dict[str, list[str]] = field(default_factory=dict)
    exports: list[tuple[str, str]] = field(default_factory=list)
    searched: list[Searched] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Number of places in which a customer was still found."""
        return sum(line.found for line in self.searched)


def forget(values: Sequence[str], *, conf: Path, echo: Echo) -> Forgotten:
    """Forget customers. A second call with the same ids changes nothing, and completes one that was killed.

    Args:
        values: ids of the customers, the shop's own or their pseudonyms.
        conf: settings folder.
        echo: function that prints what is being done.

    Returns:
        What was done and searched.

    Raises:
        InvalidInput: no id is given, the key is missing, or it is another one than that of the list of the forgotten.
        RegistryError: other processes hold the lease of a model for too long.
    """
    settings = load_privacy(conf=conf)
    ids, keyed, records = _checked(values), _key(settings), Records(Path(settings.records))
    _suppress(ids, keyed, records)
    wanted = Wanted.of(ids, keyed.of_many(ids))
    models = [load_tracking(conf=conf).model, load_insiders(conf=conf).model, load_churn_model(conf=conf)]
    done = Forgotten(len(ids))
    echo("Rewriting the versions and artifacts in MLflow.")
    for tree in artifact_trees():
        _add(done, rewrite_tree(tree, wanted, versions_by_folder(models)))
    echo("Rewriting the files and tables that commands have written.")
    done.exports = [(one, written.forget_in(one, wanted)) for one in records.written()]
    if url := database_url():
        clean_database(url, wanted, change=True)
    for folder in left_folders():
        shutil.rmtree(folder, ignore_errors=True)
    _audit(done)
    echo("Searching all stores.")
    done.searched = _search(wanted, done.exports, settings)
    return done


def _checked(values: Sequence[str]) -> list[str]:
    try:
        ids = [id_ for id_ in canonical_ids(list(values)) if id_]
    except RequestError as error:
        raise InvalidInput(error.sentence) from error
    if not ids:
        raise InvalidInput("At least one customer id must be given. Got none.")
    return list(dict.fromkeys(ids))


def _key(settings: PrivacySettings) -> Pseudonyms:
    try:
        return Pseudonyms.from_environment(settings.key)
    except PseudonymKeyError as error:
        raise InvalidInput(str(error)) from error


def _suppress(ids: Sequence[str], keyed: Pseudonyms, records: Records) -> None:
    """Put the customers on the list first: a run that begins meanwhile leaves them out already."""
    fingerprint = keyed.card["fingerprint"]
    known, _ = records.suppressed()
    if known not in (None, fingerprint):
        raise InvalidInput(
            f"The environment variable {keyed.variable} must hold the key of the list of forgotten customers, with the "
            f"fingerprint {known}. Got a key with the fingerprint {fingerprint} instead."
        )
    hashes = [keyed.of(id_, purpose=SUPPRESSION) for id_ in ids]
    records.suppress(hashes, fingerprint=fingerprint, day=datetime.now(UTC).date().isoformat())


def _add(done: Forgotten, outcome: Outcome) -> None:
    done.rewritten += len(outcome.rewritten)
    done.deleted += len(outcome.deleted)
    for model, numbers in outcome.versions.items():
        done.versions[model] = sorted({*done.versions.get(model, []), *numbers}, key=int)


def _audit(done: Forgotten) -> None:
    """An entry per model whose versions were rewritten: how many customers and versions, and no id."""
    for model, numbers in done.versions.items():
        customers = "1 customer" if done.customers == 1 else f"{done.customers:,} customers"
        reason = f"{customers} forgotten; rewritten: {', '.join(numbers)}"[:500]
        with audited(model, Change("forget", reason), alias="-", from_version=None, to_version=ALL_VERSIONS):
            pass


def _search(wanted: Wanted, exports: Sequence[tuple[str, str]], settings: PrivacySettings) -> list[Searched]:
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
    lines.append(_search_files(Path(settings.records), f"files in {settings.records}", wanted))
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
