"""HTTP with the standard library: what a server answers to one request, and how long that took."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from clientela.errors import InvalidInput

SECONDS = 30.0  # for one answer
PATIENCE = 5  # times that a request is sent again, where the server asks to wait
LONGEST_WAIT = 10.0  # seconds


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        status: of HTTP.
        headers: names in lower case.
        body: as it was sent.
        milliseconds: from the first byte sent to the last one received, the connection included.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    milliseconds: float

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        """The body as JSON; None where it is none. NaN and Infinity are none."""
        try:
            return json.loads(self.body, parse_constant=_refuse)
        except ValueError:
            return None


class Client:
    """Asks one server.

    Args:
        url: of the server; addresses are put behind it.
        key: sent with every request that does not say otherwise; "" for none.

    Raises:
        InvalidInput: the URL is none of HTTP, or the key cannot be sent.
    """

    def __init__(self, url: str, key: str = "") -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise InvalidInput(f"The URL must be like http://127.0.0.1:8000 or https://HOST/PATH. Got {url!r} instead.")
        if not (key.isascii() and key.isprintable()):
            raise InvalidInput(
                "The key must be one line of ASCII letters, digits and signs. The one that was given is not."
            )
        self.url = url.rstrip("/")
        self.key = key
        self._opener = urllib.request.build_opener(_StayHere)

    def ask(
        self, method: str, path: str, body: bytes | None = None, *, headers: Mapping[str, str] | None = None,
        with_key: bool = True,
    ) -> Answer:  # fmt: skip
        """Send one request; again after a while, where the answer is 429.

        Raises:
            OSError: there was no answer.
        """
        sent = {"X-API-Key": self.key} if with_key and self.key else {}
        request = urllib.request.Request(self.url + path, body, {**sent, **(headers or {})}, method=method)
        for _ in range(PATIENCE):
            answer = self._send(request)
            if answer.status != 429:
                break
            time.sleep(_seconds(answer.headers.get("retry-after", "")))
        return answer

    def _send(self, request: urllib.request.Request) -> Answer:
        began = time.perf_counter()
        try:
            with self._opener.open(request, timeout=SECONDS) as response:
                status, headers, body = response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            with error:
                status, headers, body = error.code, error.headers, error.read()
        taken = (time.perf_counter() - began) * 1000
        return Answer(status, {name.lower(): value for name, value in headers.items()}, body, taken)


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows nobody: the key is for this server only."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _seconds(retry_after: str) -> float:
    return min(float(retry_after), LONGEST_WAIT) if retry_after.isdigit() else 1.0
