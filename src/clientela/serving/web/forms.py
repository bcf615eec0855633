"""Reads the forms of the pages, and refuses those that another site sends."""

import hmac
import io
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from clientela.serving.refusals import Refusal, invalid
from clientela.serving.request import Request
from clientela.serving.web.sessions import form_token

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
SHORT_FORM = 8_192  # bytes of a form without a file
MOST_PARTS = 16
TOKEN = "form_token"


@dataclass(frozen=True)
class Form:
    """A form that was sent.

    Attributes:
        fields: text of each field.
        files: content of each file that was chosen.
    """

    fields: Mapping[str, str]
    files: Mapping[str, bytes]


def read_form(request: Request) -> Form:
    """Read the body of a form; its length has been limited before.

    Raises:
        Refusal: the body is no form, or has too many fields.
    """
    kind, options = parse_options_header(request.headers.get(b"content-type", b"").decode("latin-1"))
    if kind not in (URLENCODED, MULTIPART) or (kind == URLENCODED and len(request.body) > SHORT_FORM):
        raise invalid(f"The form must be sent as {MULTIPART}, or as {URLENCODED} with at most {SHORT_FORM:,} bytes.")
    parser = FormDataParser(
        stream_factory=lambda *_, **__: io.BytesIO(),
        max_form_memory_size=None,
        max_form_parts=MOST_PARTS,
        silent=False,
    )
    fields: MultiDict[str, str]
    chosen: MultiDict[str, FileStorage]
    try:
        _, fields, chosen = parser.parse(io.BytesIO(request.body), kind, len(request.body), options)
    except RequestEntityTooLarge as error:
        raise invalid(f"The form must have at most {MOST_PARTS} fields. Got more.") from error
    except (ValueError, LookupError) as error:
        raise invalid("The form must be complete, as a browser sends it. It is not.") from error
    return Form(fields.to_dict(), {name: file.stream.read() for name, file in chosen.items()})


def require_own_form(request: Request) -> None:
    """Refuse a form that another site sends: browsers say where a form comes from.

    Raises:
        Refusal: 403.
    """
    site = request.headers.get(b"sec-fetch-site")
    origin = request.headers.get(b"origin")
    host = request.headers.get(b"host", b"").decode("latin-1").lower()
    if site is not None:
        own = site == b"same-origin"
    else:
        own = origin is not None and _host_of(origin.decode("latin-1")) == host and host != ""
    if not own:
        raise _foreign()


def require_token(form: Form, session: str) -> None:
    """Refuse a form without the token of its session.

    Raises:
        Refusal: 403.
    """
    given = form.fields.get(TOKEN, "").encode("utf-8", "replace")
    if not hmac.compare_digest(given, form_token(session).encode()):
        raise _foreign()


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _foreign() -> Refusal:
    return Refusal(
        403,
        "PERMISSION_DENIED",
        "The form must be sent from a page of this server that is open now. Load the page again.",
    )
