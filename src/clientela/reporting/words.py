"""Words, numbers, money, dates and lists in the language of a report.

The texts are in wording/*.yaml: those that all reports share here, those of one product in `clientela.<book>.report`.
A message is a sentence with named places: "{customers} customers". A countable noun has two forms, `one` and `other`.
Babel formats numbers, money, dates and lists as CLDR, the Unicode locale data, has them.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from math import isnan, log10
from typing import Any, Literal

import yaml
from babel import Locale
from babel.dates import format_date, get_day_names, get_month_names
from babel.lists import format_list
from babel.numbers import (
    format_compact_decimal,
    format_decimal,
    format_percent,
    get_currency_precision,
    get_currency_symbol,
)
from markupsafe import Markup

from clientela.contracts import LANGUAGES, MONEY_FEATURES, SHARE_FEATURES, WHOLE_FEATURES
from clientela.errors import InvalidInput

# British dates and lists in English. The symbol of a dollar is "$" there, and "US$" in Brazil.
LOCALES = {"en": Locale("en", "GB"), "pt-BR": Locale("pt", "BR")}
SYMBOL_LOCALES = {"en": Locale("en"), "pt-BR": Locale("pt", "BR")}
PACKAGES = {"": "clientela.reporting", "web": "clientela.serving.web"}  # those that are not the report of a product
NO_BREAK = "\u00a0"
MINUS = "\u2212"
UNKNOWN = "–"
PARTS = ("quality", "exploration", "dictionary")  # subjects whose shared messages are in files of their own
# The parser in C reads the same ten times as fast; PyYAML may be installed without it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Words:
    """The messages of one language, and its formats of numbers, money, dates and lists.

    Args:
        language: "en" or "pt-BR".
        currency: ISO 4217 code such as "GBP", or empty.
        book: product whose own messages are added: "segmentation", "insiders" or "churn", or "web" for the pages of
            the server. They come before shared messages of the same key.
        labels: labels of the data set's own features by language (attributes and event features); `unit: share` marks
            a share.

    Raises:
        InvalidInput: the language is not known.

    Example:
        >>> Words("pt-BR", currency="BRL").money_short(2.1e9)
        'R$\\xa02,1 bilhões'
    """

    def __init__(
        self,
        language: str,
        *,
        currency: str = "",
        book: str = "",
        labels: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        if language not in LANGUAGES:
            raise InvalidInput(f"The language of a report must be one of {', '.join(LANGUAGES)}. Got {language!r}.")
        self.language = language
        self.currency = currency
        self._locale = LOCALES[language]
        self._book = book
        self.labels = labels or {}
        self._messages = messages(language) | (messages(language, book) if book else {})

    def text(self, key: str, **values: Any) -> str:
        """The message with its places filled."""
        return self._message(key).format(**values)

    def html(self, key: str, **values: Any) -> Markup:
        """The message as markup: its own tags stay, values are escaped."""
        return Markup(self._message(key)).format(**values)

    def has(self, key: str) -> bool:
        """Whether the message exists."""
        return f"{self._book}.{key}" in self._messages or key in self._messages

    def _message(self, key: str) -> str:
        own = self._messages.get(f"{self._book}.{key}")
        return self._messages[key] if own is None else own

    def pick(self, texts: Mapping[str, str]) -> str:
        """The text in this language; in English if it is missing."""
        return texts.get(self.language) or texts.get("en") or next(iter(texts.values()), "")

    def count(self, key: str, number: float) -> str:
        """A number with its noun: "1 order", "4 orders"."""
        form = "one" if number == 1 else "other"
        return self.text(f"count.{key}.{form}", n=self.number(number))

    def number(self, value: float | None, digits: int = 0) -> str:
        """A number such as 1,234.5 (English) or 1.234,5 (Portuguese); a dash if it is unknown."""
        if value is None or isnan(value):
            return UNKNOWN
        rounded = round(float(value), digits) + 0.0  # no negative zero
        return _with_minus(format_decimal(rounded, format=_pattern(digits), locale=self._locale))

    def percent(self, share: float | None, digits: int | None = None) -> str:
        """A share as a percentage; by default with one decimal below 10%."""
        if share is None or isnan(share):
            return UNKNOWN
        if digits is None:
            digits = 0 if abs(share) >= 0.0995 or share == 0 else 1
        rounded = round(float(share), digits + 2) + 0.0
        return _with_minus(format_percent(rounded, format=f"{_pattern(digits)}%", locale=self._locale))

    def money(self, value: float | None) -> str:
        """An amount in the shop's currency; below 100 with cents."""
        if value is None or isnan(value):
            return UNKNOWN
        cents = get_currency_precision(self.currency) if self.currency else 2
        return self._amount(value, 0 if abs(value) >= 100 or value == 0 else cents)

    def money_short(self, value: float) -> str:
        """An amount without cents, from a million on in words: "£8.3 million", "R$ 2,1 bilhões"."""
        if abs(value) < 999_999.5:
            return self._amount(value, 0)
        return (MINUS if value < 0 else "") + self.amount(self._compact(abs(value)))

    def _amount(self, value: float, digits: int) -> str:
        written = self.number(value, digits)
        return MINUS + self.amount(written[1:]) if written.startswith(MINUS) else self.amount(written)

    def _compact(self, value: float) -> str:
        """A number from a million on: "8.3 million". Rounded first: Babel chooses the plural before it rounds."""
        step = 10 ** (3 * (int(log10(value)) // 3) - 1)
        rounded = round(value / step) * step
        return format_compact_decimal(rounded, format_type="long", locale=self._locale, fraction_digits=1)

    def amount(self, written: str) -> str:
        """A formatted number with the shop's currency."""
        if not self.currency:
            return written
        symbol = get_currency_symbol(self.currency, SYMBOL_LOCALES[self.language])
        pattern = self._locale.currency_formats["standard"].pattern
        # CLDR puts a space between a code such as CHF and the number; Babel leaves it out.
        spaced = re.sub(r"¤(?=[#0])", f"¤{NO_BREAK}", pattern) if symbol[-1].isalpha() else pattern
        return re.sub(r"[#0,.]+", lambda _: written, spaced).replace("¤", symbol)

    def date(self, iso: str) -> str:
        """A date such as 10 Dec 2011 or 10 de dez. de 2011, from ISO format."""
        written = format_date(date.fromisoformat(iso[:10]), "medium", locale=self._locale)
        return written.replace(" ", NO_BREAK)

    def month(self, iso: str) -> str:
        """Short name of a date's month: Dec, dez."""
        return format_date(date.fromisoformat(iso[:10]), "LLL", locale=self._locale).rstrip(".")

    def month_name(self, number: int) -> str:
        """Full name of a month from 1 to 12: December, dezembro."""
        return get_month_names("wide", context="stand-alone", locale=self._locale)[number]

    def weekdays(self, width: Literal["abbreviated", "wide"] = "abbreviated") -> list[str]:
        """Names of the days from Monday to Sunday."""
        names = get_day_names(width, locale=self._locale)
        return [names[day] for day in range(7)]

    def label(self, feature: str) -> str:
        """Plain name of a feature, such as "gender: Female" for a value; other columns keep their own name."""
        name, is_value, value = feature.partition("=")
        key = f"features.{name}.label"
        if self.has(key):
            label = self.text(key)
        else:
            label = self.pick(self.labels[name]) if name in self.labels else name.replace("_", " ")
        return f"{label}: {value}" if is_value else label

    def short_label(self, feature: str) -> str:
        """Short name of a feature, for the axis of a figure."""
        key = f"features.{feature}.short"
        return self.text(key) if self.has(key) else self.label(feature)

    def is_own(self, feature: str) -> bool:
        """Whether the feature is one of the data set's own: an attribute, its value, or a feature of events."""
        return feature.partition("=")[0] in self.labels

    def is_share(self, feature: str) -> bool:
        """Whether the values of a feature are shares, which are written as percentages."""
        return feature in SHARE_FEATURES or self.labels.get(feature, {}).get("unit") == "share"

    def value(self, feature: str, value: float | None, *, unit: bool = False) -> str:
        """A feature's value as text.

        Args:
            feature: column of the CustomerFeatures contract, or an attribute of the source.
            value: in the feature's unit; None or NaN where unknown.
            unit: whether to add the unit, where it has one.
        """
        if value is None or isnan(value):
            return UNKNOWN
        if feature in MONEY_FEATURES:
            return self.money(value)
        if self.is_share(feature):
            return self.percent(value)
        known = self.has(f"features.{feature}.label")  # an attribute of the source is whole where its value is
        whole = float(value).is_integer() and (feature in WHOLE_FEATURES or not known)
        written = self.number(value, 0 if whole or abs(value) >= 100 else 2 if feature == "spend_trend" else 1)
        noun = self.text(f"features.{feature}.unit") if unit and known else ""
        return f"{written}{NO_BREAK}{noun}" if noun else written

    def listed(self, parts: Sequence[str], style: Literal["standard", "or"] = "standard") -> str:
        """Parts in a sentence: "a, b and c", or "a, b or c"."""
        return format_list([str(part) for part in parts], style=style, locale=self._locale)


@cache
def messages(language: str, book: str = "") -> dict[str, str]:
    """All messages of a language, or those of a book in it; the levels of the files are joined by dots."""
    folder = files(PACKAGES.get(book, f"clientela.{book}.report")).joinpath("wording")
    found: dict[str, str] = {}
    for name in (f"{language}.yaml", *(() if book else (f"{part}.{language}.yaml" for part in PARTS))):
        tree = yaml.load(folder.joinpath(name).read_text(encoding="utf-8"), Loader=LOADER)
        found |= _flat(tree, f"{book}." if book else "")
    return found


def _flat(tree: Mapping[str, Any], above: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in tree.items():
        found |= _flat(value, f"{above}{key}.") if isinstance(value, dict) else {f"{above}{key}": str(value)}
    return found


def _pattern(digits: int) -> str:
    return f"#,##0.{'0' * digits}" if digits else "#,##0"


def _with_minus(written: str) -> str:
    """The number with a true minus sign instead of a hyphen."""
    return written.replace("-", MINUS)
