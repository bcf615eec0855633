"""Cookies of the pages: the session and the language."""

from collections.abc import Mapping

from clientela.serving.request import Header

SESSION, LANGUAGE = "clientela-session", "clientela-language"
SECURE_SESSION = f"__Host-{SESSION}"  # the browser accepts it only over TLS, for this host and the whole of it
YEAR = 365 * 24 * 3600


def has_tls(scope_scheme: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether the browser is connected by TLS, here or at the proxy.

    Someone who sends the header without TLS only gets a cookie that the browser does not return.
    """
    return scope_scheme == "https" or headers.get(b"x-forwarded-proto", b"").strip().lower() == b"https"


def read_cookies(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """The cookies of a request; of two with the same name the first, which is the one of the longer path."""
    found: dict[str, str] = {}
    for pair in headers.get(b"cookie", b"").decode("latin-1").split(";"):
        name, _, value = pair.strip().partition("=")
        found.setdefault(name, value)
    return found


def session_cookie(token: str, *, seconds: float, tls: bool) -> Header:
    """The header that sets the cookie of a session.

    Args:
        token: token of the session; empty to remove the cookie.
        seconds: duration of the session.
        tls: whether the browser is connected by TLS.
    """
    name = SECURE_SESSION if tls else SESSION
    return _cookie(name, token, seconds=seconds if token else 0, tls=tls)


def language_cookie(language: str, *, tls: bool) -> Header:
    """The header that sets the cookie of the language."""
    return _cookie(LANGUAGE, language, seconds=YEAR, tls=tls)


def _cookie(name: str, value: str, *, seconds: float, tls: bool) -> Header:
    secure = "; Secure" if tls else ""
    return b"set-cookie", f"{name}={value}; Path=/; Max-Age={seconds:.0f}; HttpOnly; SameSite=Strict{secure}".encode()
