"""How much a request may bring, and how often a key may ask."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from math import ceil
from mmap import mmap
from time import monotonic
from typing import Any

from clientela.serving.refusals import Refusal, invalid
from clientela.serving.waiting import within

BEYOND = 4  # times the limit, up to which a body that is too long is read and thrown away
ROUNDING = 1e-6  # seconds
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Rate:
    """Requests a second of each key: a bucket that holds one second's worth and fills all the time.

    The buckets lie in shared memory, so processes forked after this was made count together. Two that count at the very
    same moment may count once; a lock would cost every request more than that is worth.

    Args:
        a_second: None for no limit.
        owners: names of the keys.
        clock: seconds, the same for all processes.
    """

    def __init__(
        self, a_second: float | None, owners: Iterable[str], *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._clock = clock
        self._step = 1.0 / a_second if a_second else 0.0
        self._depth = max(1.0, self._step)
        self._place = {owner: place for place, owner in enumerate(owners)}
        # When each bucket is full again (GCRA: one number instead of a level and its time).
        self._full_at = memoryview(mmap(-1, 8 * max(len(self._place), 1))).cast("d")

    def take(self, owner: str) -> None:
        """Count a request of `owner`.

        Raises:
            Refusal: 429, with the seconds after which to ask again.
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
                f"A key may ask {1 / self._step:g} times a second. Ask again later, or send more ids in a request.",
                {b"retry-after": str(ceil(missing)).encode()},
            )
        self._full_at[place] = full_at


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], *, most: int, seconds: float) -> bytes:
    """The body of a request.

    Raises:
        Refusal: 413 where it is longer than `most`, 408 where it is not there within `seconds`, 400 where its length is
            no number.
        ConnectionError: the client has gone.
    """
    announced = headers.get(b"content-length", b"0")
    if not announced.isdigit():
        # gunicorn reads +5 and 1_0 as Python does; a proxy in front may see another end of the body.
        raise invalid("The Content-Length must be digits. It is not.")
    if int(announced[:20]) > most:
        await pass_over_body(receive, headers, most=BEYOND * most, seconds=seconds)
        raise _too_large(most)
    try:
        return await within(seconds, _whole(receive, most))
    except TimeoutError as error:
        raise Refusal(
            408, "REQUEST_TIMEOUT", f"The body must be sent within {seconds:g} seconds. It was not."
        ) from error


async def pass_over_body(receive: Receive, headers: Mapping[bytes, bytes], *, most: int, seconds: float) -> None:
    """Read a body that nobody wants and throw it away, at most `most` bytes and for `seconds`.

    A client that still writes when it is refused would see a broken pipe, and not the answer.
    """
    if headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers:
        return
    try:
        await within(seconds, _discard(receive, most))
    except TimeoutError:
        return


async def _whole(receive: Receive, most: int) -> bytes:
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
                await _discard(receive, BEYOND * most)
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
