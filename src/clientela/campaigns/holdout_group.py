"""The global hold-out: customers whom no campaign contacts, so that the effect of all campaigns together shows."""

import hashlib
from collections.abc import Sequence

import numpy as np

from clientela.settings import HoldoutSettings

BITS = 64


def in_holdout(customer_ids: Sequence[str], holdout: HoldoutSettings) -> np.ndarray:
    """Whether each customer is in the global hold-out.

    It follows from the key and the id alone: a keyed BLAKE2b hash, as a number in [0, 1), is below the share. So it
    does not depend on other customers, segments, refits or dates, and a larger share keeps the customers of a smaller
    one.

    Args:
        customer_ids: canonical ids; (customers,).
        holdout: share and key.

    Returns:
        Boolean; (customers,).

    Example:
        >>> everybody = [str(number) for number in range(10_000)]
        >>> round(float(in_holdout(everybody, HoldoutSettings(share=0.05, key="shop")).mean()), 2)
        0.05
    """
    limit, key = round(holdout.share * 2**BITS), holdout.key.encode()
    return np.array([_number(identifier, key) < limit for identifier in customer_ids], dtype=bool)


def _number(identifier: str, key: bytes) -> int:
    digest = hashlib.blake2b(identifier.encode(), key=key, person=b"holdout", digest_size=BITS // 8).digest()
    return int.from_bytes(digest, "big")
