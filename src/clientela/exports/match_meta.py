"""The customer-match file (customer list) of Meta.

Columns: https://www.facebook.com/business/help/2082575038703844. Normalisation: Customer Information Parameters,
https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters.
"""

import re

from clientela.exports.match_values import country_code, date_digits, phone_e164, sha256
from clientela.exports.person import Person

COLUMNS = ("email", "phone", "fn", "ln", "ct", "st", "zip", "country", "dob", "gen")
NO_LETTER = re.compile(r"[^\w\s]|_")
GENDERS = {
    "f": "f", "female": "f", "woman": "f", "feminino": "f", "mulher": "f",
    "m": "m", "male": "m", "man": "m", "masculino": "m", "homem": "m",
}  # fmt: skip
US_STATES = {
    "alabama": "al", "alaska": "ak", "arizona": "az", "arkansas": "ar", "california": "ca", "colorado": "co",
    "connecticut": "ct", "delaware": "de", "districtofcolumbia": "dc", "florida": "fl", "georgia": "ga",
    "hawaii": "hi", "idaho": "id", "illinois": "il", "indiana": "in", "iowa": "ia", "kansas": "ks", "kentucky": "ky",
    "louisiana": "la", "maine": "me", "maryland": "md", "massachusetts": "ma", "michigan": "mi", "minnesota": "mn",
    "mississippi": "ms", "missouri": "mo", "montana": "mt", "nebraska": "ne", "nevada": "nv", "newhampshire": "nh",
    "newjersey": "nj", "newmexico": "nm", "newyork": "ny", "northcarolina": "nc", "northdakota": "nd", "ohio": "oh",
    "oklahoma": "ok", "oregon": "or", "pennsylvania": "pa", "rhodeisland": "ri", "southcarolina": "sc",
    "southdakota": "sd", "tennessee": "tn", "texas": "tx", "utah": "ut", "vermont": "vt", "virginia": "va",
    "washington": "wa", "westvirginia": "wv", "wisconsin": "wi", "wyoming": "wy",
}  # fmt: skip


def meta_row(person: Person, country: str | None, *, day_first: bool | None = None) -> tuple[str, ...]:
    """One row of the file, with the values of COLUMNS; all of them are hashed.

    Args:
        person: contact details.
        country: ISO 3166 code for telephone numbers and addresses without a country.
        day_first: whether dates of birth write the day before the month; None if that is not known.
    """
    code = country_code(person.country, country)
    values = (
        meta_email(person.email),
        (phone_e164(person.phone, code) or "").lstrip("+"),
        meta_name(person.first_name),
        meta_name(person.last_name),
        meta_city(person.city),
        meta_state(person.state, code),
        meta_zip(person.zip, code),
        (code or "").lower(),
        date_digits(person.birthday, day_first=day_first),
        GENDERS.get(person.gender.strip().casefold(), ""),
    )
    return tuple(sha256(value) for value in values)


def meta_email(text: str) -> str | None:
    """An address without white space around it, in lower case; None if it is no address.

    Example:
        >>> meta_email(" John_Smith@gmail.com")
        'john_smith@gmail.com'
    """
    address = text.strip().lower()
    return address if re.fullmatch(r"[^@\s]+@[^@\s]+", address) else None


def meta_name(text: str) -> str:
    """A name in lower case without punctuation; letters of all scripts stay.

    Example:
        >>> meta_name("Valéry "), meta_name("O'Neil")
        ('valéry', 'oneil')
    """
    return " ".join(NO_LETTER.sub("", text.lower()).split())


def meta_city(text: str) -> str:
    """A city in lower case without punctuation and white space, such as newyork."""
    return meta_name(text).replace(" ", "")


def meta_state(text: str, country: str | None) -> str:
    """A state like a city; those of the United States by their two letters.

    Args:
        text: name or abbreviation.
        country: ISO 3166 code of the country; None if it is not known.

    Example:
        >>> meta_state("Arizona", "US"), meta_state("São Paulo", "BR")
        ('az', 'sãopaulo')
    """
    state = meta_city(text)
    return US_STATES.get(state, state) if country == "US" else state


def meta_zip(text: str, country: str | None) -> str:
    """A postal code in lower case without white space and dashes; of the United States the first five digits.

    Args:
        text: postal code.
        country: ISO 3166 code of the country; None if it is not known.

    Example:
        >>> meta_zip("94035-1234", "US"), meta_zip("M1 1AE", "GB")
        ('94035', 'm11ae')
    """
    code = re.sub(r"[\s-]", "", text.lower())
    return code[:5] if country == "US" else code
