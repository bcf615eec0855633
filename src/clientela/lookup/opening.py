"""Opens a registered model's data without MLflow, as the production server does."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import pyarrow as pa

from clientela.lookup.id_lookup import IdLookup

L = TypeVar("L", bound=IdLookup)
SAMPLE = 100  # customers that are answered when a version is opened


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
        _answer_sample(lookup)
    return lookup


def _answer_sample(lookup: IdLookup) -> None:
    """Answer for customers from all parts of the table: files that do not belong together fail here, not in a request.

    Raises:
        ValueError: the index does not find one of them.
    """
    count = len(lookup.index)
    chosen = sorted({(count - 1) * step // SAMPLE for step in range(SAMPLE + 1)})
    ids = lookup.index.customers["customer_id"].take(pa.array(chosen, pa.int64())).to_pylist()
    if lookup.index.rows(ids).tolist() != chosen:
        raise ValueError("The index must find each customer in its row. It does not.")
    lookup.answers(ids, chosen, detail=True)
