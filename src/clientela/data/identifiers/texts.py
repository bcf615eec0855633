"""Masks direct identifiers within free text, such as a note or the name of a product."""

import re
from collections.abc import Callable

from clientela.data.identifiers.kinds import EMAIL, is_card, is_cnpj, is_cpf, is_iban, is_phone

MASKS = {
    "email": "[e-mail]",
    "phone": "[phone]",
    "card": "[card]",
    "cpf": "[CPF]",
    "cnpj": "[CNPJ]",
    "iban": "[IBAN]",
    "document": "[document]",
    "street": "[street]",
}
FEWEST_DIGITS = 10  # of a telephone number within a text
# RE2, for DuckDB: a text without any of these holds no identifier, and is not looked at in Python.
SUSPICIOUS = (
    r"@|\d[\d .()/\-]{6,}\d|\([\d]{2,5}\)\s*\d{3}|[A-Z]{2}\d{2}[ ]?[A-Z0-9]{4}|[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}/"
    r"|(?i)\b(?:rua|avenida|av\.|travessa|alameda|calle|street|road|avenue|lane|boulevard)\b|(?i)(?:stra(?:ß|ss)e|str\.|weg|platz)\s+\d"
)
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
CARD = re.compile(r"(?<![\d.,])\d(?:[ \-]?\d){13,18}(?![\d.,]*\d)")
CNPJ = re.compile(r"\b[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}/[0-9A-Z]{4}-\d{2}\b")
CPF = re.compile(r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b")
NAMED = re.compile(r"\b(cpf|cnpj)(\W{0,3})([0-9A-Z]{11,14})\b", re.IGNORECASE)
SSN = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
PHONE = re.compile(r"(?<![\w+])(?:\+|00(?=[1-9])|\()\d[\d\s().\-/]{6,18}\d\b|(?<!\w)\d{2} \d{4,5}-\d{4}\b")
STREET = re.compile(
    r"\b(?:Rua|Avenida|Av\.|Travessa|Alameda|Calle)\s+(?:[^\W\d_][\w.'’]*\s+){0,5}[^\W\d_][\w.'’]*,?\s*(?:n[º°o.]*\s*)?\d+\b"
    r"|\b\d{1,5}\s+(?:[A-Z][\w.'’]*\s+){1,3}(?:Street|Road|Avenue|Lane|Boulevard)\b"
    r"|\b[A-ZÄÖÜ][\wäöüß-]*(?:straße|strasse|str\.|weg|platz)\s+\d{1,4}\b"
)
# In this order: an IBAN has digits that may look like a card, a CNPJ those of a telephone.
FINDERS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("email", EMAIL, lambda _: True),
    ("iban", IBAN, is_iban),
    ("cnpj", CNPJ, is_cnpj),
    ("cpf", CPF, is_cpf),
    ("document", SSN, lambda _: True),
    ("card", CARD, is_card),
    ("phone", PHONE, lambda text: is_phone(text) and sum(map(str.isdigit, text)) >= FEWEST_DIGITS),
    ("street", STREET, lambda _: True),
)


def mask(text: str, *, is_code: bool = False) -> tuple[str, frozenset[str]]:
    """Replace the direct identifiers in a text by words such as [e-mail].

    Args:
        text: the text.
        is_code: whether the text is a code, such as a stock code: digits alone are then no card.

    Returns:
        The masked text, and the kinds that were found.

    Example:
        >>> text, kinds = mask("Gift for ann@shop.example, CPF 390.533.447-05")
        >>> text, set(sorted(kinds))  # doctest: +SKIP
        ('Gift for [e-mail], CPF [CPF]', {'cpf', 'email'})
    """
    if is_code and text.isdigit():
        return text, frozenset()
    found: set[str] = set()

    def named(match: re.Match[str]) -> str:
        kind = match[1].lower()
        if not (is_cpf if kind == "cpf" else is_cnpj)(match[3]):
            return match[0]
        found.add(kind)
        return f"{match[1]}{match[2]}{MASKS[kind]}"

    text = NAMED.sub(named, text)
    for kind, pattern, is_valid in FINDERS:

        def replaced(match: re.Match[str], kind: str = kind, is_valid: Callable[[str], bool] = is_valid) -> str:
            if not is_valid(match[0].strip()):
                return match[0]
            found.add(kind)
            return MASKS[kind]

        text = pattern.sub(replaced, text)
    return text, frozenset(found)
