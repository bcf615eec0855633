"""Data of one product's champion that another product's run uses."""

import pandas as pd

from clientela import registry
from clientela.errors import RegistryError
from clientela.insiders.version import read_members


def find_members(model: str, *, dataset: str) -> pd.Series | None:
    """Whether customers are members of the Insiders programme, by customer_id, as its champion says.

    None if there is no champion, where it was built from another data set, or where it cannot be read: segments do
    not need it.
    """
    try:
        found = registry.champion_of(model, dataset=dataset)
        return read_members(found.files) if found is not None else None
    except RegistryError:
        return None
