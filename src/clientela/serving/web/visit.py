"""Who looks at a page, and in which language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from clientela.contracts import LANGUAGES
from clientela.serving.request import Request
from clientela.serving.web.cookies import LANGUAGE, SECURE_SESSION, SESSION, has_tls, read_cookies

MOST_LANGUAGES = 20  # of an Accept-Language header; the rest is not read
LONGEST_QUERY = 2_000
WEIGHTED = re.compile(r"([A-Za-z]{1,8})(?:-[A-Za-z0-9-]{1,40})?(?:\s*;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?")


@dataclass(frozen=True)
class Visit:
    """A browser that asks for a page.

    Attributes:
        language: language of the page.
        token: token of the session's cookie, which may be old or forged; empty if there is none.
        owner: name of the key; empty if the server needs no key, or before signing in.
        tls: whether the browser is connected by TLS.
        query: parameters of the address.
    """

    language: str
    token: str
    owner: str
    tls: bool
    query: Mapping[str, str]


def visit_of(request: Request) -> Visit:
    """The visit of a request."""
    scope, cookies = request.scope or {}, read_cookies(request.headers)
    tls = has_tls(str(scope.get("scheme", "")), request.headers)
    query = _query(scope.get("query_string", b""))
    return Visit(
        language=_language(query.get("language", ""), cookies.get(LANGUAGE, ""), request.headers),
        token=cookies.get(SECURE_SESSION if tls else SESSION, ""),
        owner=request.owner,
        tls=tls,
        query=query,
    )


def _query(raw: bytes) -> dict[str, str]:
    found = parse_qs(raw[:LONGEST_QUERY].decode("latin-1"), keep_blank_values=True, errors="replace")
    return {name: values[0] for name, values in found.items()}


def _language(asked: str, kept: str, headers: Mapping[bytes, bytes]) -> str:
    for language in (asked, kept):
        if language in LANGUAGES:
            return language
    return accepted_language(headers.get(b"accept-language", b"").decode("latin-1"))


def accepted_language(header: str) -> str:
    """The language of the pages that an Accept-Language header prefers; English if it names none of them.

    >>> accepted_language("de, pt;q=0.8, en;q=0.5")
    'pt-BR'
    """
    found: list[tuple[float, str]] = []
    for part in header.split(",", MOST_LANGUAGES)[:MOST_LANGUAGES]:
        if match := WEIGHTED.fullmatch(part.strip()):
            known = [language for language in LANGUAGES if language.partition("-")[0] == match[1].lower()]
            found += [(float(match[2] or 1), language) for language in known]
    wanted = [(weight, language) for weight, language in found if weight > 0]
    return max(wanted, key=lambda one: one[0], default=(0, LANGUAGES[0]))[1]
