"""Limits on the size of a body, the time for sending it, and the requests per second of a key."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from math import ceil
from mmap import mmap
from time import monotonic
from typing import Any

from clientela.serving.refusals import Refusal, invalid
from clientela.serving.waiting import within

DISCARD_FACTOR = 4  # a body that is too long is read and discarded up to this multiple of the limit
ROUNDING = 1e-6  # seconds
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Rate:
    """Limits the requests per second of each key: a bucket that holds one second of requests and refills continuously.

    The buckets are in shared memory, so processes that are forked later count together. Two requests at the same moment
    may count as one; a lock would cost every request more than this is worth.

    Args:
        a_second: requests per second and key; None for no limit.
        owners: names of the keys.
        clock: returns seconds, the same for all processes.
    """

    def __init__(
        self, a_second: float | None, owners: Iterable[str], *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._clock = clock
        self._step = 1.0 / a_second if a_second else 0.0
        self._depth = max(1.0, self._step)
        self._place = {owner: place for place, owner in enumerate(owners)}
        # Time at which each bucket is full again (GCRA, the generic cell rate algorithm: one number per bucket).
        self._full_at = memoryview(mmap(-1, 8 * max(len(self._place), 1))).cast("d")

    def take(self, owner: str) -> None:
        """Count a request of `owner`.

        Raises:
            Refusal: 429, with the seconds to wait in Retry-After.
        """
        if not self._step:
            return
        now, place = self._clock(), self._place[owner]
        full_at = max(self._full_at[place], now) + self._step
        missing = full_at - now - self._depth
        if missing > ROUNDING:
            raise Refusal(
                429,
                "REQUEST_LIMIT_EXCEEDED",
                f"A key may send {1 / self._step:g} requests per second. "
                "Try again later, or send more ids per request.",
                {b"retry-after": str(ceil(missing)).encode()},
            )
        self._full_at[place] = full_at


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], *, most: int, seconds: float) -> bytes:
    """Read the body of a request.

    Args:
        receive: ASGI receive.
        headers: headers of the request, with names in lower case.
        most: maximum length in bytes.
        seconds: time limit for receiving the body.

    Returns:
        The whole body.

    Raises:
        Refusal: 413 if it is longer than `most`, 408 if it takes longer than `seconds`, 400 if its Content-Length is
            not a number.
        ConnectionError: the client disconnected.
    """
    announced = headers.get(b"content-length", b"0")
    if not announced.isdigit():
        # gunicorn accepts +5 and 1_0, as Python does; a proxy may compute a different length from them.
        raise invalid("The Content-Length must be digits. It is not.")
    if int(announced[:20]) > most:
        await discard_body(receive, headers, most=DISCARD_FACTOR * most, seconds=seconds)
        raise _too_large(most)
    try:
        return await within(seconds, _receive_all(receive, most))
    except TimeoutError as error:
        raise Refusal(
            408, "REQUEST_TIMEOUT", f"The body must be sent within {seconds:g} seconds. It was not."
        ) from error


async def discard_body(receive: Receive, headers: Mapping[bytes, bytes], *, most: int, seconds: float) -> None:
    """Read the body of a refused request and discard it.

    A client that still sends when the server closes the connection would see a broken pipe instead of the answer.

    Args:
        receive: ASGI receive.
        headers: headers of the request, with names in lower case.
        most: maximum number of bytes to read.
        seconds: maximum time to read; reaching it is not an error.
    """
    if headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers:
        return
    try:
        await within(seconds, _discard(receive, most))
    except TimeoutError:
        return


async def _receive_all(receive: Receive, most: int) -> bytes:
    pieces, length, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        pieces.append(message.get("body", b""))
        length += len(pieces[-1])
        more = message.get("more_body", False)
        if length > most:
            pieces.clear()
            if more:
                await _discard(receive, DISCARD_FACTOR * most)
            raise _too_large(most)
    return b"".join(pieces)


async def _discard(receive: Receive, most: int) -> None:
    while most > 0:
        message = await receive()
        most -= len(message.get("body", b""))
        if not message.get("more_body"):
            return


def _too_large(most: int) -> Refusal:
    return Refusal(
        413, "REQUEST_TOO_LARGE", f"A request takes at most {most:,} bytes. Got more: send the ids in several requests."
    )
