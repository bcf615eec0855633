"""Opens a registered model's data without MLflow, as the production server does."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

from clientela.lookup.id_lookup import IdLookup

L = TypeVar("L", bound=IdLookup)


def open_lookup(lookup: L, artifacts: Mapping[str, Path]) -> L:
    """Load a version's data into a lookup and check that its files belong together.

    The installed class reads the files; no code of the version is run.

    Args:
        lookup: a new lookup of the product.
        artifacts: name of each artifact that the lookup reads, and its file.

    Returns:
        The same lookup, ready to answer.

    Raises:
        Exception: of many kinds; a file is missing or has another form.
    """
    lookup.load_context(SimpleNamespace(artifacts={name: str(path) for name, path in artifacts.items()}))
    date.fromisoformat(lookup.as_of)
    if len(lookup.index):
        # The first customer must be answered: files that do not belong together fail here and not in a request.
        ids, rows, unknown = lookup.find([lookup.index.customers["customer_id"][0].as_py()])
        lookup.answers(ids, rows, detail=True)
        if unknown:
            raise ValueError("The index must find the first customer. It does not.")
    return lookup
