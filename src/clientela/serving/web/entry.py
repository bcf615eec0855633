"""Signing in with a key, and signing out."""

from collections.abc import Collection
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from clientela.serving.keys import Keys
from clientela.serving.refusals import Refusal
from clientela.serving.request import HTML, Answer, Header, Request
from clientela.serving.web.attempts import Attempts, client_address
from clientela.serving.web.cookies import session_cookie
from clientela.serving.web.forms import Form, read_form, require_own_form
from clientela.serving.web.render import render
from clientela.serving.web.sessions import Sessions
from clientela.serving.web.visit import Visit

HOME, SIGN_IN = "/", "/sign-in"
LONGEST_ADDRESS = 500


class Entry:
    """The form that takes a key and starts a session.

    Args:
        keys: API keys, which check a key as they do for a request of the API.
        sessions: sessions of browsers.
        attempts: limits failed sign-ins.
        targets: paths of pages to which a browser may be sent after signing in.
    """

    def __init__(self, keys: Keys, sessions: Sessions, attempts: Attempts, *, targets: Collection[str]) -> None:
        self._keys = keys
        self._sessions = sessions
        self._attempts = attempts
        self._targets = targets

    def show(self, request: Request, visit: Visit) -> Answer:
        """The form; who is signed in already, or needs no key, goes on."""
        target = safe_target(visit.query.get("next", ""), self._targets)
        if self._keys.open or self._sessions.owner(visit.token):
            return redirect(request, target)
        return render("sign_in", request, visit, target=target, failed=False)

    def sign_in(self, request: Request, visit: Visit) -> Answer:
        """Check the key of a form. A right one starts a session with a new token.

        Raises:
            Refusal: another site sent the form, or too many sign-ins from this address have failed.
        """
        require_own_form(request)
        address = client_address(request.scope or {}, request.headers)
        self._attempts.check(address)
        form = read_form(request)
        target = safe_target(form.fields.get("next", ""), self._targets)
        if self._keys.open:
            return redirect(request, target)
        try:
            owner = self._keys.owner({b"x-api-key": form.fields.get("key", "").strip().encode("utf-8", "replace")})
        except Refusal:
            self._attempts.count_failure(address)
            return render("sign_in", request, visit, status=403, target=target, failed=True)
        self._sessions.end(visit.token)  # the session that the browser had before
        request.owner = owner
        token = self._sessions.start(owner)
        return redirect(request, target, session_cookie(token, seconds=self._sessions.seconds, tls=visit.tls))

    def sign_out(self, request: Request, visit: Visit, _: Form) -> Answer:
        """End the session, and remove its cookie."""
        self._sessions.end(visit.token)
        return redirect(request, SIGN_IN, session_cookie("", seconds=0, tls=visit.tls))


def safe_target(wanted: str, targets: Collection[str]) -> str:
    """The page to go to after signing in: the wanted one if it is one of `targets`, otherwise the first page.

    The address is written anew from its parts, so nothing but a page of this server comes out.

    >>> safe_target("/customer?id=a%2Fb", {"/customer"})
    '/customer?id=a%2Fb'
    >>> safe_target("https://example.com/customer", {"/customer"})
    '/'
    """
    try:
        parts = urlsplit(wanted[:LONGEST_ADDRESS])
        query = parse_qs(parts.query, errors="replace")
    except ValueError:
        return HOME
    if parts.scheme or parts.netloc or parts.path not in targets:
        return HOME
    kept = {name: query[name][0] for name in ("id",) if name in query}
    return parts.path + (f"?{urlencode(kept, quote_via=quote)}" if kept else "")


def sign_in_address(request: Request, targets: Collection[str]) -> str:
    """The address of the form that leads back to the page of a request."""
    query = (
        (request.scope or {}).get("query_string", b"").decode("latin-1") if request.method in ("GET", "HEAD") else ""
    )
    target = safe_target(f"{request.path}?{query}", targets)
    return SIGN_IN if target == HOME else f"{SIGN_IN}?{urlencode({'next': target})}"


def redirect(request: Request, target: str, *headers: Header) -> Answer:
    """An answer that sends the browser to a page of this server."""
    request.reply_headers = (*request.reply_headers, (b"location", target.encode()), *headers)
    return 303, HTML, b""
