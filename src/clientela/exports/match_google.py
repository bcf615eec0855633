"""The customer-match file of Google Ads.

Columns: https://support.google.com/google-ads/answer/7659867. Normalisation: Data Manager API, Format user data,
https://developers.google.com/data-manager/api/devguides/concepts/formatting.
"""

import re

from clientela.exports.match_values import country_code, phone_e164, sha256
from clientela.exports.person import Person

COLUMNS = ("Email", "Phone", "First Name", "Last Name", "Country", "Zip")
GMAIL = ("gmail.com", "googlemail.com")
TITLES = re.compile(r"(?:(?:mrs?|ms|miss|dr|prof|sra?)\.? +)+")
SUFFIXES = re.compile(r"(?:,? +(?:jr|sr|ii|iii|iv|phd|md)\.?)+")


def google_row(person: Person, country: str | None) -> tuple[str, ...]:
    """One row of the file, with the values of COLUMNS; country and postal code are not hashed.

    An address is written only if it is complete: Google matches names with country and postal code.

    Args:
        person: contact details.
        country: ISO 3166 code for telephone numbers and addresses without a country.
    """
    code = country_code(person.country, country)
    phone = phone_e164(person.phone, code)
    address = (google_name(person.first_name, TITLES), _without_suffix(person.last_name), code, google_zip(person.zip))
    names = (sha256(address[0]), sha256(address[1]), str(code), address[3]) if all(address) else ("", "", "", "")
    return (sha256(google_email(person.email)), sha256(phone), *names)


def google_email(text: str) -> str | None:
    """An address without white space in lower case; for Gmail without dots and without `+` and what follows.

    Example:
        >>> google_email("cloudy.sanfrancisco+shopping@gmail.com"), google_email("user.name+NYC@Example.com")
        ('cloudysanfrancisco@gmail.com', 'user.name+nyc@example.com')
    """
    name, at, domain = "".join(text.split()).lower().partition("@")
    if domain in GMAIL:
        name = name.partition("+")[0].replace(".", "")
    return f"{name}@{domain}" if at and name and domain and "@" not in domain else None


def google_name(text: str, titles: re.Pattern[str]) -> str:
    """A first name in lower case, without white space around it and without a title before it.

    Args:
        text: first name.
        titles: titles that are removed.

    Example:
        >>> google_name(" Mrs. Joanna ", TITLES)
        'joanna'
    """
    name = " ".join(text.split()).lower()
    found = titles.match(name)
    return name[found.end() :] if found else name


def google_zip(text: str) -> str:
    """A postal code without white space around it."""
    return text.strip()


def _without_suffix(text: str) -> str:
    """A last name in lower case, without white space around it and without a suffix such as Jr."""
    name = " ".join(text.split()).lower()
    found = re.search(SUFFIXES.pattern + "$", name)
    return name[: found.start()] if found else name
