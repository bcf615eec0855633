"""Renders the pages: the look of the reports, one style whose hash the policy names, and no script."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment
from markupsafe import Markup

from clientela.contracts import LANGUAGES
from clientela.reporting.environment import report_environment
from clientela.reporting.words import Words
from clientela.serving.request import HTML, Answer, Header, Request
from clientela.serving.web.sessions import form_token
from clientela.serving.web.visit import Visit

BOOK = "web"
NAMES = {"en": "English", "pt-BR": "Português"}
MENU = ("/", "/customer", "/ids", "/report", "/history", "/docs")
KEPT = ("id", "next")  # parameters that stay when the language changes
# A form's Origin is "null" under no-referrer, and could not be checked.
PAGE_HEADERS: Sequence[Header] = (
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"vary", b"Cookie, Accept-Language"),
)


@cache
def style() -> Markup:
    """The style of the pages."""
    report = files("clientela.reporting").joinpath("templates", "page.css.j2").read_text(encoding="utf-8")
    own = files("clientela.serving.web").joinpath("templates", "web.css.j2").read_text(encoding="utf-8")
    return Markup(report + own)


@cache
def page_policy() -> bytes:
    """The content security policy of a page: its own style and forms, no script, no network, no frame."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ).encode()


@cache
def words_of(language: str, currency: str = "") -> Words:
    """The texts of a language, with amounts in a currency."""
    return Words(language, currency=currency, book=BOOK)


@cache
def _environment(language: str, currency: str) -> Environment:
    environment = report_environment(words_of(language, currency), package="clientela.serving.web")
    environment.globals |= {"style": style(), "languages": NAMES, "language": language}
    environment.policies["json.dumps_kwargs"] = {"indent": 2, "ensure_ascii": False}
    return environment


def render(
    template: str, request: Request, visit: Visit, *, status: int = 200, currency: str = "", **values: Any
) -> Answer:
    """Render a page, and set the headers of its answer.

    Args:
        template: name of the template without `.html.j2`.
        request: the request that is answered.
        visit: who looks at the page.
        status: HTTP status.
        currency: currency of amounts.
        values: values of the template.

    Returns:
        The answer.
    """
    request.reply_headers = (
        *request.reply_headers,
        *PAGE_HEADERS,
        (b"content-security-policy", page_policy()),
        (b"content-language", visit.language.encode()),
    )
    page = _environment(visit.language if visit.language in LANGUAGES else LANGUAGES[0], currency)
    text = page.get_template(f"{template}.html.j2").render(
        here=request.route,
        menu=MENU,
        keep="".join(f"&{quote(name)}={quote(visit.query[name], safe='')}" for name in KEPT if name in visit.query),
        owner=visit.owner,
        form_token=form_token(visit.token) if visit.token and visit.owner else "",
        **values,
    )
    return status, HTML, text.encode("utf-8", "replace")
