"""Kinds of direct identifiers, recognised in a whole value: addresses, telephones, cards, documents."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module

import phonenumbers
from stdnum import iban, luhn
from stdnum.br import cnpj, cpf

EMAIL = re.compile(r"[^\s@<>,;:\"'()\[\]]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")
# Signs of a telephone number: a country code, brackets, or groups. Digits alone may be any number.
PHONE = re.compile(
    r"(?=(?:\D*\d){8,15}\D*$)(?:(?:\+|00(?=[1-9]))[\d\s().\-/]+|\(\d{2,5}\)[\d\s.\-/]+"
    r"|\d{2,5}[ \-/.]\d{3,5}[ \-.]\d{3,5}|\d{2}[ ]\d{4,5}-\d{4}|0\d{3,4}[ /]\d{5,8})"
)
BARE_PHONE = re.compile(r"\+?\d{8,15}")
SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
# First digits and lengths of the large card networks (ISO/IEC 7812). Thirteen digits are article numbers.
CARDS = re.compile(
    r"4\d{15}(?:\d{3})?|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|(?:50|56|57|58|6[0-9])\d{14}|35(?:2[89]|[3-8]\d)\d{12}"
)
# Countries whose telephone numbers are recognised without a country code.
REGIONS = ("BR", "US", "GB", "DE", "PT", "ES", "FR", "IT", "MX", "AR", "CL", "CO")
# Numbers of identity documents and taxpayers with check digits, as modules of python-stdnum.
DOCUMENTS = (
    "ar.cuit", "cl.rut", "co.nit", "de.idnr", "es.cif", "es.dni", "es.nie", "fr.nir", "gb.nhs", "in_.aadhaar",
    "it.codicefiscale", "mx.curp", "mx.rfc", "nl.bsn", "pe.ruc", "pl.pesel", "pt.nif", "za.idnr",
)  # fmt: skip
WORDS = {
    "email": "e-mail addresses",
    "phone": "telephone numbers",
    "card": "card numbers",
    "cpf": "CPF numbers",
    "cnpj": "CNPJ numbers",
    "iban": "bank account numbers (IBAN)",
    "document": "numbers of identity documents",
    "name": "names of people",
    "street": "street addresses",
    "header": "what its header calls an identifier of people",
}


def is_email(value: str) -> bool:
    """Whether a value is an e-mail address."""
    return EMAIL.fullmatch(value) is not None


def is_phone(value: str) -> bool:
    """Whether a value is a telephone number, with the signs of one.

    >>> is_phone("+55 11 98765-4321"), is_phone("536365"), is_phone("4006381333931")
    (True, False, False)
    """
    return PHONE.fullmatch(value) is not None and _is_possible(value)


def is_bare_phone(value: str) -> bool:
    """Whether a value may be a telephone number, if its column is named so: digits only."""
    return is_phone(value) or (BARE_PHONE.fullmatch(value) is not None and _is_possible(value))


def is_card(value: str) -> bool:
    """Whether a value is the number of a payment card: first digits, length and check digit (Luhn).

    >>> is_card("4111 1111 1111 1111"), is_card("4006381333931")
    (True, False)
    """
    digits = re.sub(r"[ \-]", "", value)
    return CARDS.fullmatch(digits) is not None and luhn.is_valid(digits)


def is_cpf(value: str) -> bool:
    """Whether a value is a CPF, with or without its signs."""
    return bool(cpf.is_valid(value))


def is_cnpj(value: str) -> bool:
    """Whether a value is a CNPJ, also one with letters, with or without its signs.

    >>> is_cnpj("12.ABC.345/01DE-35")
    True
    """
    return bool(cnpj.is_valid(value))


def is_iban(value: str) -> bool:
    """Whether a value is an IBAN."""
    return value[:2].isalpha() and bool(iban.is_valid(value))


def is_ssn(value: str) -> bool:
    """Whether a value has the form of a social security number of the United States."""
    return SSN.fullmatch(value) is not None


KINDS: Mapping[str, Callable[[str], bool]] = {
    "email": is_email,
    "cpf": is_cpf,
    "cnpj": is_cnpj,
    "iban": is_iban,
    "card": is_card,
    "phone": is_phone,
    "document": is_ssn,
}


def has_signs(value: str) -> bool:
    """Whether a value has the signs of its kind, or letters, so that it can hardly be another number by chance."""
    return not value.isdigit()


@cache
def document_checks() -> tuple[Callable[[str], bool], ...]:
    """Whether a value is the number of a document, one function per kind of document of a country."""
    return tuple(import_module(f"stdnum.{name}").is_valid for name in DOCUMENTS)


def _is_possible(value: str) -> bool:
    text = "+" + value[2:] if value.startswith("00") else value
    for region in (None,) if text.startswith("+") else REGIONS:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(text, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False
