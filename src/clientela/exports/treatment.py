"""Assigns customers to the treatment or the control group of a campaign, from their ids alone."""

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
    """Assign every customer to "treatment" or "control", with the same share in each segment.

    The customers of a segment are ordered by a keyed hash of their ids, and the first of them are treated: share *
    customers, rounded up or down by a random number of the segment, so that rounding does not favour one group over
    many small segments. If 0 < share < 1, a segment of two or more has at least one customer in the control group.

    With the same seed and share:

    - the order of the rows and the other segments do not matter;
    - a customer who joins or leaves a segment changes the group of at most one other customer, of the same segment;
    - a larger share treats the same customers and more;
    - a customer who moves to another segment usually keeps the group.

    Use another seed for the next campaign; with the same one the same customers would be treated again.

    Args:
        customer_ids: canonical ids without repetition, length (customers,).
        segment_ids: segment of each customer; customers without one (None) form a segment of their own.
        share: share of the customers to treat, in [0, 1].
        seed: random seed of the campaign.

    Returns:
        "treatment" or "control" per customer, shape (customers,).

    Raises:
        InvalidInput: the share is outside [0, 1], the lengths differ, or an id is repeated.

    Example:
        >>> arms = assign_treatment([str(i) for i in range(10)], [1] * 10, share=0.8, seed=0)
        >>> int((arms == "treatment").sum())
        8
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
    """Segments as text; 1 and 1.0 are equal, because a column with missing values turns integers into floats."""
    texts = {segment: _text(segment) for segment in set(segment_ids)}
    return [texts.get(segment, "") for segment in segment_ids]  # NaN is not equal to itself


def _text(segment: Hashable) -> str:
    if pd.isna(segment):
        return ""
    return str(int(segment)) if isinstance(segment, float) and segment.is_integer() else str(segment)


def _count(size: int, share: float, draw: float) -> int:
    # Rounded first: 0.29 * 100 is slightly less than 29.
    wanted = math.floor(round(share * size, 9) + draw)
    most = size - 1 if size > 1 and share < 1 else size
    return min(wanted, most)


def _draw(segment: str, seed: int) -> float:
    """A pseudo-random number in [0, 1) of the segment."""
    digest = hashlib.blake2b(segment.encode(), key=_key(seed), person=b"segment", digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


def _order(customer_ids: Sequence[str], places: np.ndarray, seed: int) -> np.ndarray:
    """Positions of the rows, by segment and then by the hash of the customer id."""
    key = _key(seed)
    digests = [
        hashlib.blake2b(identifier.encode(), key=key, person=b"customer", digest_size=16).digest()
        for identifier in customer_ids
    ]
    high, low = np.frombuffer(b"".join(digests), dtype=">u8").reshape(-1, 2).T
    return np.lexsort((low, high, places))


def _key(seed: int) -> bytes:
    return str(int(seed)).encode()
