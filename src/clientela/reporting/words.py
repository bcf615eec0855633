"""Words, numbers and dates in the report's language; the texts themselves stand in wording/*.yaml.

A message is a sentence with named places, "{customers} customers". A countable thing has two forms, `one` and `other`.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from math import isnan
from typing import Any

import yaml
from markupsafe import Markup

from clientela.contracts import LANGUAGES, MONEY_FEATURES, SHARE_FEATURES, WHOLE_FEATURES
from clientela.errors import InvalidInput

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "BRL": "R$"}
NO_BREAK = "\u00a0"


class Words:
    """One language: its messages, and how it writes figures.

    Args:
        language: "en" or "pt-BR".
        currency: code such as "GBP", or empty.
        book: further messages, of one kind of report: "insiders.title" is `title` of wording/insiders.*.yaml.
    """

    def __init__(self, language: str, *, currency: str = "", book: str = "") -> None:
        if language not in LANGUAGES:
            raise InvalidInput(f"The language of a report must be one of {', '.join(LANGUAGES)}. Got {language!r}.")
        self.language = language
        self.currency = currency
        self._book = book
        self._messages = messages(language) | (messages(language, book) if book else {})

    def text(self, key: str, **values: Any) -> str:
        """The message, its places filled."""
        return self._messages[key].format(**values)

    def html(self, key: str, **values: Any) -> Markup:
        """The message as markup: its own tags stay, values are escaped."""
        return Markup(self._messages[key]).format(**values)

    def has(self, key: str) -> bool:
        """Whether there is such a message."""
        return key in self._messages

    def pick(self, texts: Mapping[str, str]) -> str:
        """The text in this language, or in English where there is none."""
        return texts.get(self.language) or texts.get("en") or next(iter(texts.values()), "")

    def count(self, key: str, number: float) -> str:
        """A number with its noun: "1 order", "4 orders"."""
        form = "one" if number == 1 else "other"
        return self.text(f"count.{key}.{form}", n=self.number(number))

    def number(self, value: float | None, digits: int = 0) -> str:
        """A number with the language's signs: 1,234.5 or 1.234,5; a dash where it is not known."""
        if value is None or isnan(value):
            return "–"
        written = f"{value:,.{digits}f}".replace("-", "−")
        if float(written.replace(",", "").replace("−", "-")) == 0:
            written = written.replace("−", "")
        return written if self.language == "en" else written.translate(str.maketrans(",.", ".,"))

    def percent(self, share: float | None, digits: int | None = None) -> str:
        """A share as a percentage; below 10 % with one digit behind the point, unless told otherwise."""
        if share is None or isnan(share):
            return "–"
        if digits is None:
            digits = 0 if abs(share) >= 0.0995 or share == 0 else 1
        return f"{self.number(100 * share, digits)}%"

    def money(self, value: float | None) -> str:
        """An amount in the shop's currency, small ones with cents."""
        if value is None or isnan(value):
            return "–"
        written = self.number(abs(value), 0 if abs(value) >= 100 or value == 0 else 2)
        return ("−" if value < 0 else "") + self.amount(written)

    def money_short(self, value: float) -> str:
        """An amount in a few characters, without cents: "£8.3 million"."""
        if abs(value) < 1e6:
            return self.money(value) if abs(value) >= 100 else self.amount(self.number(value, 0))
        return self.text("million", amount=self.amount(self.number(value / 1e6, 1)))

    def date(self, iso: str) -> str:
        """A date such as 10 Dec 2011."""
        year, month, day = iso[:10].split("-")
        return f"{int(day)} {self.text('months').split()[int(month) - 1]} {year}".replace(" ", NO_BREAK)

    def label(self, feature: str) -> str:
        """A feature's name in plain words; other figures keep their own."""
        return self._of_feature(feature, "label") or feature.replace("_", " ")

    def value(self, feature: str, value: float | None, *, unit: bool = False) -> str:
        """A feature's value as people write it, with its unit where that is not in the label already."""
        if value is None or isnan(value):
            return "–"
        if feature in MONEY_FEATURES:
            return self.money(value)
        if feature in SHARE_FEATURES:
            return self.percent(value)
        of_ours = self._of_feature(feature, "label") is not None  # an attribute may be whole or not, its values tell
        whole = float(value).is_integer() and (feature in WHOLE_FEATURES or not of_ours)
        written = self.number(value, 0 if whole or abs(value) >= 100 else 2 if feature == "spend_trend" else 1)
        noun = self._of_feature(feature, "unit") if unit else ""
        return f"{written}{NO_BREAK}{noun}" if noun else written

    def _of_feature(self, feature: str, part: str) -> str | None:
        """What the book, or else what all reports say of a feature; None for one that is not ours."""
        keys = (f"{self._book}.features.{feature}.{part}", f"features.{feature}.{part}")
        return next((self.text(key) for key in keys if self.has(key)), None)

    def listed(self, parts: Sequence[str]) -> str:
        """Parts in a sentence: "a, b and c"."""
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self.text('and')} {parts[-1]}"

    def amount(self, written: str) -> str:
        """A number that is written already, with the shop's currency."""
        if not self.currency:
            return written
        symbol = SYMBOLS.get(self.currency, self.currency)
        near = self.language == "en" and len(symbol) == 1
        return f"{symbol}{'' if near else NO_BREAK}{written}"


@cache
def messages(language: str, book: str = "") -> dict[str, str]:
    """All messages of a language, or those of a book in it, the levels of the file joined by dots."""
    path = files(f"clientela.{book}.report" if book else "clientela.reporting").joinpath("wording", f"{language}.yaml")
    return _flat(yaml.safe_load(path.read_text(encoding="utf-8")), f"{book}." if book else "")


def _flat(tree: Mapping[str, Any], above: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in tree.items():
        found |= _flat(value, f"{above}{key}.") if isinstance(value, dict) else {f"{above}{key}": str(value)}
    return found
