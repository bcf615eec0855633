"""Pseudonyms of customer ids: the same for the same customer and key, and useless without the key."""

import hashlib
import hmac
import os
from collections.abc import Sequence

from clientela.errors import InvalidInput

LEAST_KEY, DIGITS = 16, 16


def pseudonym_key(variable: str) -> bytes:
    """Read the key from an environment variable.

    Raises:
        InvalidInput: the variable is not set, or shorter than 16 bytes.
    """
    key = os.environ.get(variable, "").encode("utf-8")
    if len(key) < LEAST_KEY:
        raise InvalidInput(
            f"The environment variable {variable} must hold the key of the pseudonyms, at least {LEAST_KEY} bytes. "
            f"Got {len(key)} instead."
        )
    return key


def pseudonyms(ids: Sequence[str], key: bytes) -> list[str]:
    """One pseudonym per id: the first 64 bits of the HMAC-SHA256 (RFC 2104), in hexadecimal digits.

    Someone with the key can find the customer by trying all ids; without the key that is not feasible.

    Raises:
        InvalidInput: two ids have the same pseudonym, which is very unlikely below a billion customers.

    Example:
        >>> first, again = pseudonyms(["17850"], b"k" * 16), pseudonyms(["17850"], b"k" * 16)
        >>> first == again, len(first[0])
        (True, 16)
    """
    found = {id_: hmac.new(key, id_.encode("utf-8"), hashlib.sha256).hexdigest()[:DIGITS] for id_ in ids}
    if len(set(found.values())) < len(found):
        raise InvalidInput("Two customers have the same pseudonym. Choose another key.")
    return [found[id_] for id_ in ids]
