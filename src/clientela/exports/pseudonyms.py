"""Ids that a list may show: the same for the same customer and key, and of no use without the key."""

import hashlib
import hmac
import os
from collections.abc import Sequence

from clientela.errors import InvalidInput

LEAST_KEY, DIGITS = 16, 16


def pseudonym_key(variable: str) -> bytes:
    """The key in an environment variable.

    Raises:
        InvalidInput: it is not set, or shorter than 16 bytes.
    """
    key = os.environ.get(variable, "").encode("utf-8")
    if len(key) < LEAST_KEY:
        raise InvalidInput(
            f"The environment variable {variable} must hold the key of the pseudonyms, at least {LEAST_KEY} bytes. "
            f"Got {len(key)} instead."
        )
    return key


def pseudonyms(ids: Sequence[str], key: bytes) -> list[str]:
    """One pseudonym an id: the first 64 bits of the HMAC-SHA256 (RFC 2104), in hexadecimal digits.

    Whoever has the key can tell whose it is by trying all ids; without it nobody can.

    Raises:
        InvalidInput: two ids have the same pseudonym, which is next to impossible below a billion customers.
    """
    found = {id_: hmac.new(key, id_.encode("utf-8"), hashlib.sha256).hexdigest()[:DIGITS] for id_ in ids}
    if len(set(found.values())) < len(found):
        raise InvalidInput("Two customers have the same pseudonym. Choose another key.")
    return [found[id_] for id_ in ids]
