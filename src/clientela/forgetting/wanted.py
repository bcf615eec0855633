"""The ids that are searched for, and how they are recognised in tables, texts and bytes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

SHORTEST = 5  # characters of an id that is searched for in running text and in bytes; shorter ones are any number
COLUMNS = ("customer_id", "hashed_customer_id", "raw_id", "pseudonym")  # columns of customers in tables made here
GONE = "[forgotten]"
NUMBER = re.compile(r"[-+]?[\d.,\s]+(?:e[-+]?\d+)?%?")


@dataclass(frozen=True)
class Wanted:
    """The ids of customers who are forgotten, each as the shop's own id and as its pseudonym.

    Attributes:
        terms: the ids.
    """

    terms: frozenset[str]

    @classmethod
    def of(cls, ids: Iterable[str], pseudonyms: Iterable[str | None]) -> "Wanted":
        """The ids and their pseudonyms."""
        return cls(frozenset([*ids, *(one for one in pseudonyms if one)]))

    def is_id(self, value: object) -> bool:
        """Whether a value is one of the ids."""
        return isinstance(value, str) and value in self.terms

    @cached_property
    def in_text(self) -> re.Pattern[str] | None:
        """The ids as words of a text; None if all are too short to be told from other numbers."""
        long = sorted((term for term in self.terms if len(term) >= SHORTEST), key=len, reverse=True)
        if not long:
            return None
        return re.compile(rf"(?<![\w])(?<!\d[.,])(?:{'|'.join(map(re.escape, long))})(?![\w])(?![.,]\d)")

    def in_bytes(self, *, with_numbers: bool) -> re.Pattern[bytes] | None:
        """The ids as words in bytes of UTF-8; None if there are none.

        Args:
            with_numbers: whether ids of digits alone are searched for, too; in a table or page they may be figures.
        """
        long = [term for term in self.terms if len(term) >= SHORTEST and (with_numbers or not term.isdigit())]
        if not long:
            return None
        any_of = b"|".join(re.escape(term.encode()) for term in sorted(long, key=len, reverse=True))
        return re.compile(rb"(?<![0-9A-Za-z_])(?<![0-9][.,])(?:" + any_of + rb")(?![0-9A-Za-z_])")

    def in_a_text(self, text: str) -> bool:
        """Whether a text, which is no number, holds an id as a word."""
        return self.in_text is not None and not NUMBER.fullmatch(text) and self.in_text.search(text) is not None

    def without(self, text: str) -> str:
        """A text without the ids."""
        if text in self.terms:
            return GONE
        return text if self.in_text is None else self.in_text.sub(GONE, text)
