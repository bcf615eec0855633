"""Keyed pseudonyms of ids: HMAC-SHA-256 (RFC 2104), with a key from the environment.

The code file of a registered version contains this module, so it imports nothing of clientela.
"""

import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TypedDict

LEAST_KEY, DIGITS = 16, 16
IS_PSEUDONYM = re.compile(r"[0-9a-f]{16}")
ORDERS, SUPPRESSION, FINGERPRINT = "order", "suppression", "fingerprint"  # purposes other than customer ids


class PseudonymKeyError(ValueError):
    """The key of the pseudonyms is missing or too short, or it is another key than the data were made with."""


class PseudonymCard(TypedDict):
    """What a version says about its pseudonyms.

    `variable` is the environment variable with the key; `fingerprint` recognises the key and does not reveal it.
    """

    variable: str
    fingerprint: str


class Pseudonyms:
    """Makes pseudonyms with one key.

    A pseudonym is the first 64 bits of the HMAC, in hexadecimal digits. Someone with the key can find a customer by
    trying all ids; without the key that is not feasible. Two of ten million customers share a pseudonym with a
    probability of 3 in a million.

    Args:
        key: the key.
        variable: environment variable from which the key was read.

    Raises:
        PseudonymKeyError: the key is shorter than 16 bytes.

    Example:
        >>> shop = Pseudonyms(b"k" * 16)
        >>> shop.of("17850") == shop.of("17850"), len(shop.of("17850"))
        (True, 16)
    """

    def __init__(self, key: bytes, variable: str = "") -> None:
        if len(key) < LEAST_KEY:
            raise PseudonymKeyError(
                f"The environment variable {variable} must hold the key of the pseudonyms, at least {LEAST_KEY} "
                f"bytes. Got {len(key)} instead."
            )
        self._base = hmac.new(key, digestmod=hashlib.sha256)
        self.variable = variable

    @classmethod
    def from_environment(cls, variable: str) -> "Pseudonyms":
        """The pseudonyms with the key in an environment variable.

        Raises:
            PseudonymKeyError: the variable is not set, or shorter than 16 bytes.
        """
        return cls(os.environ.get(variable, "").encode("utf-8", "surrogateescape"), variable)

    @classmethod
    def of_card(cls, card: PseudonymCard) -> "Pseudonyms":
        """The pseudonyms with which a version was made.

        Raises:
            PseudonymKeyError: the variable does not hold the version's key.
        """
        found = cls.from_environment(card["variable"])
        if found.card["fingerprint"] != card["fingerprint"]:
            raise PseudonymKeyError(
                f"The environment variable {card['variable']} must hold the key with which the pseudonyms were made, "
                f"with the fingerprint {card['fingerprint']}. Got a key with the fingerprint "
                f"{found.card['fingerprint']} instead."
            )
        return found

    @cached_property
    def card(self) -> PseudonymCard:
        """The name of the variable, and the key's fingerprint."""
        return {"variable": self.variable, "fingerprint": self.of("", purpose=FINGERPRINT)}

    def of(self, id_: str, *, purpose: str = "") -> str:
        """The pseudonym of an id; another purpose gives other pseudonyms."""
        text = f"{purpose}\0{id_}" if purpose else id_
        found = self._base.copy()
        found.update(text.encode("utf-8", "surrogatepass"))
        return found.hexdigest()[:DIGITS]

    def of_many(self, ids: Iterable[str | None], *, purpose: str = "") -> list[str | None]:
        """The pseudonyms of ids; None for a missing id."""
        return [None if id_ is None else self.of(id_, purpose=purpose) for id_ in ids]


def ids_as_now(
    ids: Sequence[str | None], made_with: PseudonymCard | None, now: Pseudonyms | None
) -> Sequence[str | None]:
    """The ids of earlier results as a run has them, so that both can be compared.

    Args:
        ids: ids of the earlier results.
        made_with: key of the earlier pseudonyms; None if the ids are the shop's own, which become pseudonyms.
        now: makes the ids of the run; None if they are the shop's own.

    Returns:
        The ids.

    Raises:
        PseudonymKeyError: the earlier results have pseudonyms, and the run has none, or those of another key.
    """
    if made_with is None:
        return ids if now is None else now.of_many(ids)
    if now is None or now.card["fingerprint"] != made_with["fingerprint"]:
        got = "no pseudonyms" if now is None else f"a key with the fingerprint {now.card['fingerprint']}"
        raise PseudonymKeyError(
            f"Its customers have pseudonyms of the key with the fingerprint {made_with['fingerprint']}, and the "
            f"settings (privacy.yaml) and the environment must have the same. Got {got} instead."
        )
    return ids


def is_pseudonym(id_: str | None) -> bool:
    """Whether an id has the form of a pseudonym."""
    return id_ is not None and IS_PSEUDONYM.fullmatch(id_) is not None
