"""What a column's values look like: dates, numbers, codes, e-mail addresses, words of states, names of countries."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from babel import Locale
from numpy.typing import NDArray

from clientela.data.inspection.date_formats import DateShape, formats_of
from clientela.data.inspection.numbers import evidence, is_float, number_core, parse_number
from clientela.data.inspection.table import SampledColumn

LOOKED_AT = 3_000  # distinct values
MOSTLY = 0.8
EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
PHONE = re.compile(r"^(?=(?:\D*\d){8,15}\D*$)(?:\+|00(?=[1-9])|\()[\d\s().\-/]+$|^\d{2,4}[ \-/]\d{3,5}[ \-]\d{3,5}$")
DOCUMENT = re.compile(
    r"^\d{3}\.\d{3}\.\d{3}-\d{2}$|^\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}$|^\d{3}-\d{2}-\d{4}$|^\d{8}-?[A-Z]$"
)
PERSON = re.compile(r"^(?:[^\W\d_]+[.'’\-]?)(?:[ \-'’][^\W\d_]+[.'’]?){1,4}$")
STREET = re.compile(r"^\d+\s+\D{4,}|^\D{4,}[ ,]+\d+\w?\b")
DATE_TYPES = ("DATE", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "TIMESTAMP WITH TIME ZONE")
NUMBER_TYPES = ("DOUBLE", "FLOAT", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "HUGEINT", "UBIGINT", "UINTEGER")
NO_SALE = re.compile(
    r"cancel|refund|void|return|fail|declin|expired|abandon|charge ?back|on.?hold|unpaid|pending payment|draft|"
    r"devolv|reembols|estorn|recusad|anulad|devuel|rechazad|storn|retour|erstattet|abgelehnt|fehlgeschlagen|"
    r"\bview|page.?view|\bclick|(?:add|remove).?(?:to|from).?cart|^cart\b|wish.?list|impression|"
    r"aguardando pagamento|nao pago|impag|unbezahlt|offen|ausstehend|pendente|pendiente",
)
PARTIAL = re.compile(r"partial|parcial|teil")
SALE = re.compile(
    r"purchas|\bsale\b|paid|complete|deliver|ship|approv|closed|invoiced|processing|fulfilled|sold|success|authorized|captured|active|"
    r"pago|paga|conclu|entreg|enviad|aprovad|faturad|process|pagad|complet|aprobad|facturad|"
    r"bezahlt|abgeschlossen|geliefert|versendet|versandt|bearbeitung|erledigt|berechnet",
)


@dataclass(frozen=True)
class Profile:
    """The look of a column, measured on the sample.

    Attributes:
        column: the sampled column.
        rows: number of sampled rows.
    """

    column: SampledColumn
    rows: int

    @property
    def name(self) -> str:
        """Header of the column."""
        return self.column.name

    @cached_property
    def _looked_at(self) -> list[int]:
        """The places of the most frequent values, at most LOOKED_AT of them."""
        counts = self.column.counts
        if len(counts) <= LOOKED_AT:
            return list(range(len(counts)))
        step = len(counts) / LOOKED_AT
        return [int(place * step) for place in range(LOOKED_AT)]

    def _share(self, matches: "re.Pattern[str]") -> float:
        return self._share_of([matches.search(self.column.values[place]) is not None for place in self._looked_at])

    def _share_of(self, flags: list[bool]) -> float:
        weights = self.column.counts[self._looked_at]
        return float(weights[np.asarray(flags, dtype=bool)].sum() / weights.sum()) if len(flags) else 0.0

    @cached_property
    def fill(self) -> float:
        """Share of rows with a value."""
        return self.column.filled / self.rows if self.rows else 0.0

    @cached_property
    def unique(self) -> float:
        """Distinct values per filled row."""
        return self.column.distinct / self.column.filled if self.column.filled else 0.0

    @cached_property
    def is_date(self) -> bool:
        """Whether most values have the shape of a date."""
        if self.column.type in DATE_TYPES:
            return self.column.filled > 0
        if self.column.type != "VARCHAR" or not self.column.filled:
            return False
        return self._share_of([looks_like_date(self.column.values[place]) for place in self._looked_at]) >= MOSTLY

    @cached_property
    def is_number(self) -> bool:
        """Whether most values are numbers."""
        if self.column.type in NUMBER_TYPES or self.column.type.startswith("DECIMAL"):
            return self.column.filled > 0
        if not self.column.filled or self.column.type != "VARCHAR":
            return False
        return (
            self._share_of([number_core(self.column.values[place]) is not None for place in self._looked_at]) >= MOSTLY
        )

    @cached_property
    def whole_share(self) -> float:
        """Share of the values that are whole numbers: without a decimal sign, or as a program writes a float (6.0)."""
        cores = [number_core(self.column.values[place]) for place in self._looked_at]
        return self._share_of([core is not None and _is_whole(core) for core in cores])

    @cached_property
    def fraction_share(self) -> float:
        """Share of the values that are numbers with a decimal or thousands sign, other than `7.0`."""
        cores = [number_core(self.column.values[place]) for place in self._looked_at]
        return self._share_of([core is not None and not _is_whole(core) for core in cores])

    @cached_property
    def has_currency(self) -> bool:
        """Whether values have a currency sign or code."""
        return self._share(re.compile(r"[$€£¥₹]|^\s*[A-Z]{3}\s*-?\d|\d\s*(?:EUR|USD|BRL|kr|zł)\s*$")) > 0.5

    @cached_property
    def leading_zeros(self) -> float:
        """Share of the values that are digits with leading zeros."""
        return self._share(re.compile(r"^0\d+$"))

    @cached_property
    def emails(self) -> float:
        """Share of e-mail addresses."""
        return self._share(EMAIL)

    @cached_property
    def phones(self) -> float:
        """Share of telephone numbers with their signs."""
        return self._share(PHONE)

    @cached_property
    def documents(self) -> float:
        """Share of numbers of identity documents, written with their signs."""
        return self._share(DOCUMENT)

    @cached_property
    def persons(self) -> float:
        """Share of texts that look like a person's name: two to five words without digits."""
        return self._share(PERSON)

    @cached_property
    def streets(self) -> float:
        """Share of texts with words and a house number."""
        return self._share(STREET)

    @cached_property
    def codes(self) -> float:
        """Share of values without white space that have a digit, or are capital letters only."""
        return self._share(re.compile(r"^[^\s@]*\d[^\s@]*$|^[A-Z]{1,6}$"))

    @cached_property
    def spaced(self) -> float:
        """Share of values with a space between words."""
        return self._share(re.compile(r"[^\W\d_]{2,}.*\s.*[^\W\d_]{2,}"))

    @cached_property
    def mean_length(self) -> float:
        """Mean number of characters."""
        lengths = np.array([len(self.column.values[place]) for place in self._looked_at])
        return float(np.average(lengths, weights=self.column.counts[self._looked_at])) if len(lengths) else 0.0

    @cached_property
    def countries(self) -> float:
        """Share of names of countries in one of four languages."""
        names = country_names()
        return self._share_of([self.column.values[place].lower() in names for place in self._looked_at])

    @cached_property
    def statuses(self) -> float:
        """Share of values with a word that orders' states have; 0 if there are too many different values."""
        if self.column.distinct > 40:
            return 0.0
        words = [self.column.values[place].lower() for place in self._looked_at]
        return self._share_of([bool(NO_SALE.search(word) or SALE.search(word)) for word in words])

    def numbers(self, decimal: str) -> NDArray[np.float64]:
        """The values as numbers, shape (sampled rows,); NaN for what is no number."""
        if self.column.type == "VARCHAR":
            parsed = [parse_number(value, decimal) for value in self.column.values]
        else:
            parsed = [parse_number(value, ".") for value in self.column.values]
        known = np.array([np.nan if value is None else value for value in parsed] + [np.nan])
        return known[self.column.codes]


def _is_whole(core: str) -> bool:
    return evidence(core) == "neutral" or is_float(core)


def looks_like_date(value: str) -> bool:
    """Whether a text has the shape of a date."""
    if not 6 <= len(value) <= 40:
        return False
    digits = re.sub(r"\d", "9", value)
    shape = re.sub(r"[^\W\d_]+", "A", digits)
    words = tuple(word.lower() for word in re.findall(r"[^\W\d_]{3,}", value))
    if formats_of(DateShape(shape, 1, 0, 0, value, words)) is None:
        return False
    if re.match(r"^\d{8}", value):
        return 1900 <= int(value[:4]) <= 2100 and 1 <= int(value[4:6]) <= 12 and 1 <= int(value[6:8]) <= 31
    return True


@lru_cache(maxsize=1)
def country_names() -> frozenset[str]:
    """Names of countries in lower case, in English, Portuguese, Spanish and German."""
    names = {
        name.lower()
        for language in ("en", "pt", "es", "de")
        for code, name in Locale(language).territories.items()
        if len(code) == 2
    }
    return frozenset(
        names | {"usa", "uk", "eire", "england", "scotland", "rsa", "channel islands", "korea", "great britain"}
    )
