"""A time limit that sets its timer only if the work has to wait.

Setting a timer takes longer than looking up a customer, and nearly every body is available at once.
"""

import asyncio
from collections.abc import Awaitable, Generator
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")


@coroutine
def within(seconds: float, work: Awaitable[T]) -> Generator[Any, Any, T]:
    """Await `work`; the timer is set when it first waits.

    Raises:
        TimeoutError: it did not end within `seconds`.
    """
    steps = work.__await__()
    try:
        awaited = next(steps)
    except StopIteration as done:
        result: T = done.value
        return result
    return (yield from _limited(seconds, steps, awaited).__await__())


async def _limited(seconds: float, steps: Generator[Any, Any, T], awaited: Any) -> T:
    async with asyncio.timeout(seconds):
        return await _rest(steps, awaited)


@coroutine
def _rest(steps: Generator[Any, Any, T], awaited: Any) -> Generator[Any, Any, T]:
    """As `yield from`, for a generator whose first step is done."""
    try:
        while True:
            try:
                got = yield awaited
            except BaseException as error:  # for example a cancellation, which the work must receive
                awaited = steps.throw(error)
            else:
                awaited = steps.send(got)
    except StopIteration as done:
        result: T = done.value
        return result
