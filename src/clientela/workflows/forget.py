"""Forgets customers: out of every version, artifact and export, with a search that shows that none is left."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from clientela.errors import InvalidInput
from clientela.exports.records import Records
from clientela.forgetting import written
from clientela.forgetting.search import Searched, search_stores
from clientela.forgetting.stores import (
    artifact_trees,
    clean_database,
    database_url,
)
from clientela.forgetting.versions import Outcome, rewrite_tree, versions_by_folder
from clientela.forgetting.wanted import Wanted
from clientela.lookup.ids import RequestError, canonical_ids
from clientela.processes import left_folders
from clientela.pseudonyms import SUPPRESSION, PseudonymKeyError, Pseudonyms
from clientela.registry.audit import Change, audited
from clientela.request import Echo
from clientela.settings import PrivacySettings, load_churn_model, load_insiders, load_privacy, load_tracking

ALL_VERSIONS = "all"


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
    done.searched = search_stores(wanted, done.exports, Path(settings.records))
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
