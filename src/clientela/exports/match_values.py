"""Values of customer-match files that Google and Meta write alike: SHA-256, countries, telephone numbers, dates."""

import hashlib
import re
from functools import lru_cache

import phonenumbers
from babel import Locale
from babel.core import get_global

NAMES_OF_COUNTRIES = ("en", "pt")  # languages in which countries are recognised
YEARS = range(1900, 2101)


def sha256(text: str | None) -> str:
    """SHA-256 of a text in UTF-8, in lower-case hexadecimal digits; empty for an empty text or None.

    Example:
        >>> sha256("us")
        '79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621'
    """
    return hashlib.sha256(text.encode("utf-8")).hexdigest() if text else ""


def country_code(text: str, default: str | None = None) -> str | None:
    """The two letters of ISO 3166 of a country, from its two or three letters or its name in English or Portuguese.

    Args:
        text: code or name, in any case.
        default: code of an empty text.

    Returns:
        The code in upper case; None for an unknown country.

    Example:
        >>> country_code("United States"), country_code("bra"), country_code("", "BR")
        ('US', 'BR', 'BR')
    """
    wanted = " ".join(text.split()).casefold()
    return _countries().get(wanted) if wanted else default


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in NAMES_OF_COUNTRIES:
        names = Locale.parse(language).territories
        found |= {name.casefold(): code for code, name in names.items() if len(code) == 2 and code.isalpha()}
    codes = set(found.values())
    aliases = {alias: new[0] for alias, new in get_global("territory_aliases").items() if new[0] in codes}
    found |= {alias.casefold(): code for alias, code in aliases.items() if alias.isalpha()}
    return found | {code.casefold(): code for code in codes}


def phone_e164(text: str, country: str | None) -> str | None:
    """A telephone number in the format E.164, such as +18005550100.

    Args:
        text: the number, with `+` and the country's code, or as it is dialled in its country.
        country: ISO 3166 code of the country; None for numbers with `+` only.

    Returns:
        The number; None if it is no possible number, or if its country is not known.

    Example:
        >>> phone_e164("(800) 555-0100", "US"), phone_e164("555-0100", None)
        ('+18005550100', None)
    """
    if text.strip().startswith("00"):
        text = "+" + text.strip()[2:]
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if _possible(number) else None


def _possible(number: phonenumbers.PhoneNumber) -> bool:
    possible: bool = phonenumbers.is_possible_number(number)
    return possible


DATE_PARTS = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})(?:[ T].*)?")


def date_digits(text: str, *, day_first: bool | None) -> str | None:
    """A date as YYYYMMDD; None for another text, or for one whose order of day and month is not known.

    Args:
        text: an ISO date, eight digits YYYYMMDD, or day, month and year in either order with the year last.
        day_first: whether the day precedes the month; None decides by numbers above 12 only.

    Example:
        >>> date_digits("2/16/1997", day_first=None), date_digits("2/6/1997", day_first=None)
        ('19970216', None)
    """
    text = text.strip()
    if re.fullmatch(r"\d{8}", text):
        return _digits(int(text[:4]), int(text[4:6]), int(text[6:]))
    if (found := DATE_PARTS.fullmatch(text)) is None:
        return None
    first, second, third = (int(part) for part in found.groups())
    if len(found[1]) == 4:
        return _digits(first, second, third)
    if len(found[3]) != 4:
        return None
    first_is_day = first > 12 if max(first, second) > 12 else day_first
    if first_is_day is None:
        return _digits(third, first, second) if first == second else None
    day, month = (first, second) if first_is_day else (second, first)
    return _digits(third, month, day)


def days_come_first(texts: list[str]) -> bool | None:
    """Whether a column of dates writes the day before the month; None if its values do not say, or contradict."""
    parts = [found for text in texts if (found := DATE_PARTS.fullmatch(text.strip())) and len(found[3]) == 4]
    day_first = any(12 < int(found[1]) <= 31 for found in parts)
    month_first = any(12 < int(found[2]) <= 31 for found in parts)
    return None if day_first == month_first else day_first


def _digits(year: int, month: int, day: int) -> str | None:
    valid = year in YEARS and 1 <= month <= 12 and 1 <= day <= 31
    return f"{year:04}{month:02}{day:02}" if valid else None
