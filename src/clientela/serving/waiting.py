"""Waiting with a time limit that costs nothing where there is nothing to wait for.

A timer takes longer to set than a customer to look up, and nearly every body is there when it is asked for.
"""

import asyncio
from collections.abc import Awaitable, Generator
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")


@coroutine
def within(seconds: float, work: Awaitable[T]) -> Generator[Any, Any, T]:
    """Await `work`; the timer is set when it waits for the first time.

    Raises:
        TimeoutError: it was not done within `seconds`.
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
    """What `yield from` would do with a generator that has made its first step."""
    try:
        while True:
            try:
                got = yield awaited
            except BaseException as error:  # a cancellation above all, which the work must see
                awaited = steps.throw(error)
            else:
                awaited = steps.send(got)
    except StopIteration as done:
        result: T = done.value
        return result
