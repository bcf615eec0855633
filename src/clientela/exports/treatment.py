"""Who gets the campaign and who is left out of it to compare with, decided by the customer's id alone."""

import hashlib
import math
from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from clientela.errors import InvalidInput

TREATMENT, CONTROL = "treatment", "control"


def assign_treatment(
    customer_ids: Sequence[str], segment_ids: Sequence[Hashable], *, share: float, seed: int
) -> np.ndarray:
    """Give every customer "treatment" or "control", in the order of the ids, the same share in each segment.

    In each segment the customers stand in the order of a keyed hash of their ids, and the first of them are treated:
    share * customers, rounded up or down by a draw that belongs to the segment, so that many small segments do not
    lean to one side. Where 0 < share < 1, a segment of two or more leaves at least one customer as control.

    How stable it is, with the same seed and share:

    - the order of the rows does not matter, nor do the other segments;
    - a customer who joins or leaves a segment changes the group of at most one other customer, of the same segment;
    - a larger share treats the same customers and more;
    - a customer who moves to another segment keeps the place in the order, and so the group but for those near the
      share's edge.

    The next campaign takes another seed; with the same one the same customers would be treated again.

    Args:
        customer_ids: canonical ids, each once.
        segment_ids: the segment of each; customers without one (None) are a segment of their own.
        share: of the customers to treat, 0 to 1.
        seed: of the campaign.

    Raises:
        InvalidInput: a share outside of 0 to 1, lists of different lengths, or an id that comes twice.
    """
    _check(customer_ids, segment_ids, share)
    places, names = pd.factorize(np.asarray(_texts(segment_ids), dtype=object))
    sizes = np.bincount(places, minlength=len(names))
    treated = np.array([_count(size, share, _draw(name, seed)) for size, name in zip(sizes, names, strict=True)])
    order = _order(customer_ids, places, seed)
    ranks = np.empty(len(places), dtype=np.int64)
    ranks[order] = np.arange(len(places)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.where(ranks < treated[places], TREATMENT, CONTROL) if len(places) else np.array([], dtype="<U9")


def _check(customer_ids: Sequence[str], segment_ids: Sequence[Hashable], share: float) -> None:
    if not 0 <= share <= 1:
        raise InvalidInput(f"The share parameter of assign_treatment must lie in 0 to 1. Got {share!r} instead.")
    if len(customer_ids) != len(segment_ids):
        raise InvalidInput(
            "The customer_ids and segment_ids of assign_treatment must be of one length. "
            f"Got {len(customer_ids)} and {len(segment_ids)} instead."
        )
    repeated = len(customer_ids) - len(set(customer_ids))
    if repeated:
        raise InvalidInput(f"The customer_ids of assign_treatment must be unique. Got {repeated} repeated instead.")


def _texts(segment_ids: Sequence[Hashable]) -> list[str]:
    """Segments as text; 1 and 1.0 are the same, as a column with gaps turns whole numbers into floats."""
    texts = {segment: _text(segment) for segment in set(segment_ids)}
    return [texts.get(segment, "") for segment in segment_ids]  # one NaN is not found by another


def _text(segment: Hashable) -> str:
    if pd.isna(segment):
        return ""
    return str(int(segment)) if isinstance(segment, float) and segment.is_integer() else str(segment)


def _count(size: int, share: float, draw: float) -> int:
    # Rounded first: 0.29 * 100 is a hair below 29.
    wanted = math.floor(round(share * size, 9) + draw)
    most = size - 1 if size > 1 and share < 1 else size
    return min(wanted, most)


def _draw(segment: str, seed: int) -> float:
    """A number in [0, 1) that belongs to the segment."""
    digest = hashlib.blake2b(segment.encode(), key=_key(seed), person=b"segment", digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


def _order(customer_ids: Sequence[str], places: np.ndarray, seed: int) -> np.ndarray:
    """Rows by segment, and in each by the hash of the customer's id."""
    key = _key(seed)
    digests = [
        hashlib.blake2b(identifier.encode(), key=key, person=b"customer", digest_size=16).digest()
        for identifier in customer_ids
    ]
    high, low = np.frombuffer(b"".join(digests), dtype=">u8").reshape(-1, 2).T
    return np.lexsort((low, high, places))


def _key(seed: int) -> bytes:
    return str(int(seed)).encode()
