"""A small HTTP client on the standard library, which measures how long an answer takes."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from clientela.errors import InvalidInput

SECONDS = 30.0  # time limit of one answer
TRIES = 5  # of a request that is answered with 429
LONGEST_WAIT = 10.0  # seconds


@dataclass(frozen=True)
class Answer:
    """An answer of the server.

    Attributes:
        status: HTTP status.
        headers: headers, with names in lower case.
        body: body as it was sent.
        milliseconds: time from the first byte sent to the last one received, including the connection.
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
        """The body as JSON; None if it is not valid JSON (NaN and Infinity are not)."""
        try:
            return json.loads(self.body, parse_constant=_refuse)
        except ValueError:
            return None


class Client:
    """Sends requests to one server.

    Args:
        url: URL of the server, without the paths of requests.
        key: API key, sent unless a request excludes it; "" for no key.

    Raises:
        InvalidInput: the URL is not an HTTP URL, or the key cannot be sent.
    """

    def __init__(self, url: str, key: str = "") -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise InvalidInput(f"The URL must be like http://127.0.0.1:8000 or https://HOST/PATH. Got {url!r} instead.")
        if not (key.isascii() and key.isprintable()):
            raise InvalidInput("The key must be one line of printable ASCII characters. The given key is not.")
        self.url = url.rstrip("/")
        self.key = key
        self._opener = urllib.request.build_opener(_NoRedirects)

    def ask(
        self, method: str, path: str, body: bytes | None = None, *, headers: Mapping[str, str] | None = None,
        with_key: bool = True,
    ) -> Answer:  # fmt: skip
        """Send one request; waits and sends it again while the answer is 429, at most five times.

        Args:
            method: HTTP method.
            path: path on the server, percent-encoded.
            body: body of the request.
            headers: headers besides the key.
            with_key: whether the key is sent.

        Returns:
            The last answer.

        Raises:
            OSError: the server did not answer.
        """
        sent = {"X-API-Key": self.key} if with_key and self.key else {}
        request = urllib.request.Request(self.url + path, body, {**sent, **(headers or {})}, method=method)
        for _ in range(TRIES):
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


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Does not follow redirects: the key must not reach another server."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _seconds(retry_after: str) -> float:
    return min(float(retry_after), LONGEST_WAIT) if retry_after.isdigit() else 1.0
