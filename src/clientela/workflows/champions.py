"""Data of one product's champion that another product's run uses."""

import pandas as pd

from clientela import registry
from clientela.errors import RegistryError
from clientela.insiders.version import read_key, read_members
from clientela.pseudonyms import PseudonymKeyError, Pseudonyms, ids_as_now


def find_members(model: str, *, dataset: str, pseudonyms: Pseudonyms | None = None) -> pd.Series | None:
    """Whether customers are members of the Insiders programme, by customer_id, as its champion says.

    The ids are those that customers have in a run with `pseudonyms`. None if there is no champion, where it was built
    from another data set, or where it cannot be read: segments do not need it.
    """
    try:
        found = registry.champion_of(model, dataset=dataset)
        if found is None:
            return None
        members = read_members(found.files)
        ids = ids_as_now(members.index.tolist(), read_key(found.files), pseudonyms)
        return members.set_axis(pd.Index(ids, name="customer_id"))
    except (RegistryError, PseudonymKeyError):
        return None
