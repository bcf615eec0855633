"""What becomes of customer ids right after they are read: pseudonyms, and customers who are left out."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from clientela.pseudonyms import SUPPRESSION, Pseudonyms, is_pseudonym

FORGOTTEN, SILENT = "forgotten_customer", "silent_customer"
LEFT_OUT = (FORGOTTEN, SILENT)  # rules whose rows are in no list of rejected rows


@dataclass(frozen=True)
class Suppression:
    """The list of forgotten customers: keyed hashes of their ids.

    Attributes:
        keyed: makes the hashes.
        hashes: hash of each forgotten customer.
    """

    keyed: Pseudonyms
    hashes: frozenset[str]

    def holds(self, id_: str | None) -> bool:
        """Whether a customer, by the canonical id of the source, was forgotten."""
        if id_ is None:
            return False
        named = self.keyed.of(id_)  # someone may have asked by the pseudonym
        return any(self.keyed.of(one, purpose=SUPPRESSION) in self.hashes for one in (id_, named))


@dataclass(frozen=True)
class Privacy:
    """What becomes of customer ids. The defaults change nothing.

    Attributes:
        pseudonyms: makes the pseudonyms that replace ids of customers and orders; None keeps the ids.
        suppression: forgotten customers; None if there are none.
        retention_months: customers without a purchase for so many months before the end of the data are left out; None
            keeps all.
    """

    pseudonyms: Pseudonyms | None = None
    suppression: Suppression | None = None
    retention_months: int | None = None

    @property
    def is_off(self) -> bool:
        """Whether ids stay as they are, and no customer was forgotten."""
        return self.pseudonyms is None and self.suppression is None

    def names(self, ids: Sequence[str | None], *, purpose: str = "") -> list[str | None]:
        """The ids that replace canonical ids of the source."""
        return list(ids) if self.pseudonyms is None else self.pseudonyms.of_many(ids, purpose=purpose)

    def names_of_list(self, ids: Sequence[str | None]) -> list[str | None]:
        """The ids of a list that someone brings: pseudonyms stay, ids of the shop are replaced."""
        return [id_ if is_pseudonym(id_) else name for id_, name in zip(ids, self.names(ids), strict=True)]

    def forgotten(self, ids: Sequence[str | None]) -> list[bool]:
        """Whether each customer was forgotten, by the canonical ids of the source."""
        return [self.suppression is not None and self.suppression.holds(id_) for id_ in ids]

    def rename(self, ids: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
        """The names of many canonical ids, of which each is computed once, and whether each was forgotten."""
        coded = pa.chunked_array(ids).combine_chunks().dictionary_encode()
        known = coded.dictionary.to_pylist()
        names, forgotten = pa.array(self.names(known), pa.string()), pa.array(self.forgotten(known), pa.bool_())
        return names.take(coded.indices), forgotten.take(coded.indices).fill_null(False)


def silent_text(months: int) -> str:
    """The definition of a silent customer, for a ledger."""
    return f"customer without a purchase for {months} months before the end of the data"
