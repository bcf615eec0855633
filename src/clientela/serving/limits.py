"""How much a request may bring, and how often a key may ask."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Any

from clientela.serving.refusals import Refusal

BEYOND = 4  # times the limit, up to which a body that is too long is read and thrown away
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Rate:
    """Requests a second of each key: a bucket that holds one second's worth and fills all the time.

    Buckets are of one worker; with N workers, a key may ask up to N times as often.
    """

    def __init__(self, a_second: float | None, *, clock: Callable[[], float] = monotonic) -> None:
        self.a_second = a_second
        self._clock = clock
        self._full = max(a_second or 0.0, 1.0)
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, owner: str) -> None:
        """Count a request of `owner`.

        Raises:
            Refusal: 429, with the seconds after which to ask again.
        """
        if self.a_second is None:
            return
        now = self._clock()
        left, at = self._buckets.get(owner, (self._full, now))
        left = min(self._full, left + (now - at) * self.a_second)
        if left < 1.0:
            self._buckets[owner] = (left, now)
            seconds = max(1, -int(-(1.0 - left) / self.a_second // 1))
            raise Refusal(
                429,
                "REQUEST_LIMIT_EXCEEDED",
                f"A key may ask {self.a_second:g} times a second. Ask again later, or send more ids in a request.",
                {b"retry-after": str(seconds).encode()},
            )
        self._buckets[owner] = (left - 1.0, now)


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], *, most: int, seconds: float) -> bytes:
    """The body of a request.

    Raises:
        Refusal: 413 where it is longer than `most`, 408 where it is not there within `seconds`.
        ConnectionError: the client has gone.
    """
    announced = headers.get(b"content-length", b"")
    try:
        async with asyncio.timeout(seconds):
            if announced.isdigit() and int(announced[:20]) > most:
                await _discard(receive, BEYOND * most)
                raise _too_large(most)
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body"):
                body: bytes = message.get("body", b"")
                if len(body) > most:
                    raise _too_large(most)
                return body
            return await _rest(message, receive, most)
    except TimeoutError as error:
        raise Refusal(
            408, "REQUEST_TIMEOUT", f"The body must be sent within {seconds:g} seconds. It was not."
        ) from error


async def _rest(message: dict[str, Any], receive: Receive, most: int) -> bytes:
    pieces, length = [], 0
    while True:
        if message["type"] == "http.disconnect":
            raise ConnectionError
        pieces.append(message.get("body", b""))
        length += len(pieces[-1])
        if length > most:
            pieces.clear()
            if message.get("more_body"):
                await _discard(receive, BEYOND * most)
            raise _too_large(most)
        if not message.get("more_body"):
            return b"".join(pieces)
        message = await receive()


async def _discard(receive: Receive, most: int) -> None:
    """Let the client send on for a while: one that still writes would see a broken pipe, and not the answer."""
    while most > 0:
        message = await receive()
        most -= len(message.get("body", b""))
        if not message.get("more_body"):
            return


def _too_large(most: int) -> Refusal:
    return Refusal(
        413, "REQUEST_TOO_LARGE", f"A request takes at most {most:,} bytes. Got more: send the ids in several requests."
    )
