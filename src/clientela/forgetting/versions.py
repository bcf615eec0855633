"""Rewrites the files of MLflow's stores without forgotten customers; versions under the lease of their model."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pyarrow as pa
from mlflow.tracking import MlflowClient

from clientela.forgetting.files import names_customer, rewrite
from clientela.forgetting.stores import Tree
from clientela.forgetting.tables import read_arrow_table
from clientela.forgetting.wanted import Wanted
from clientela.lookup.index_file import write_index
from clientela.processes import folder_prefix
from clientela.registry.lease import hold_lease
from clientela.registry.revisions import REWRITING, rewriting

CUSTOMERS, INDEX = "customers.arrow", "index.arrow"


@dataclass
class Outcome:
    """What was done to the files of a store.

    Attributes:
        searched: number of files.
        rewritten, deleted: files that named a forgotten customer.
        versions: versions of each model whose files were rewritten.
    """

    searched: int = 0
    rewritten: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    versions: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Version:
    """A registered version, as far as its files are concerned.

    Attributes:
        model: name of the registered model.
        number: version number.
        is_marked: whether a process was killed while it rewrote the files.
    """

    model: str
    number: str
    is_marked: bool


def versions_by_folder(models: Sequence[str]) -> dict[str, Version]:
    """The versions of registered models by the id of their logged model, which is the name of a folder."""
    found = {}
    for model in models:
        for version in MlflowClient().search_model_versions(f"name = '{model}'"):
            folder = version.model_id or PurePosixPath(str(version.source)).name
            found[folder] = Version(model, str(version.version), REWRITING in version.tags)
    return found


def rewrite_tree(tree: Tree, wanted: Wanted, versions: Mapping[str, Version]) -> Outcome:
    """Rewrite or delete the files of a store that name a forgotten customer.

    Args:
        tree: the files.
        wanted: the ids.
        versions: registered versions by folder; their files are changed under the lease of their model.

    Returns:
        What was done.
    """
    outcome = Outcome()
    groups: dict[str | None, list[str]] = {}
    for name in tree.names():
        folder = next((part for part in PurePosixPath(name).parts if part in versions), None)
        groups.setdefault(folder, []).append(name)
    for folder, names in groups.items():
        outcome.searched += len(names)
        version = versions.get(folder or "")
        with tempfile.TemporaryDirectory(prefix=folder_prefix("checked")) as place:
            hits = [name for name in names if _is_hit(tree, name, names, wanted, Path(place))]
            if not hits and not (version and version.is_marked):
                continue
            with _leased(version):
                for name in hits:
                    _rewrite_file(tree, name, wanted, Path(place), outcome)
            if version:
                outcome.versions.setdefault(version.model, []).append(version.number)
    return outcome


@contextmanager
def _leased(version: Version | None) -> Iterator[None]:
    with ExitStack() as stack:
        if version:
            stack.enter_context(hold_lease(version.model))
            stack.enter_context(rewriting(version.model, version.number))
        yield


def _is_hit(tree: Tree, name: str, names: Sequence[str], wanted: Wanted, place: Path) -> bool:
    path = tree.fetch(name, place)
    if path.name == INDEX:
        # After a kill between the two files, the index has the customers of before.
        customers = name.removesuffix(INDEX) + CUSTOMERS
        return customers in names and not _belong_together(tree.fetch(customers, place), path)
    return names_customer(path, wanted)


def _belong_together(customers: Path, index: Path) -> bool:
    return bool(read_arrow_table(customers).num_rows == read_arrow_table(index).num_rows)


def _rewrite_file(tree: Tree, name: str, wanted: Wanted, place: Path, outcome: Outcome) -> None:
    path, new = tree.fetch(name, place), place / "new"
    if path.name == INDEX:
        _index_of(tree.fetch(name.removesuffix(INDEX) + CUSTOMERS, place), new)
    elif not rewrite(path, new, wanted) or names_customer(_named_like(new, path), wanted):
        tree.delete(name)
        outcome.deleted.append(f"{tree.root}/{name}")
        return
    else:
        new = _named_like(new, path)
    tree.replace(name, new)
    outcome.rewritten.append(f"{tree.root}/{name}")
    sibling = name.removesuffix(CUSTOMERS) + INDEX
    if path.name == CUSTOMERS and sibling in set(tree.names()):
        index = place / "index"
        _index_of(tree.fetch(name, place), index)
        tree.replace(sibling, index)
        outcome.rewritten.append(f"{tree.root}/{sibling}")


def _named_like(new: Path, old: Path) -> Path:
    """The new file under a name with the extension of the old one, by which its format is known."""
    target = new.parent / f"new-{old.name}"
    if new.exists():
        new.replace(target)
    return target


def _index_of(customers: Path, target: Path) -> None:
    ids = read_arrow_table(customers)["customer_id"]
    write_index(target, pa.chunked_array(ids).combine_chunks() if ids.num_chunks != 1 else ids.chunk(0))
