import asyncio

import pytest

from clientela.serving.waiting import within


async def ready():
    return "there"


async def slow(seconds, *, steps=1):
    for _ in range(steps):
        await asyncio.sleep(seconds / steps)
    return "late"


async def failing():
    await asyncio.sleep(0)
    raise KeyError("no")


def test_what_is_there_needs_no_timer(monkeypatch):
    monkeypatch.setattr(asyncio, "timeout", lambda _: pytest.fail("a timer was set"))
    assert asyncio.run(within_of(1, ready())) == "there"


def test_what_comes_in_time():
    assert asyncio.run(within_of(5, slow(0.02, steps=4))) == "late"


def test_what_does_not():
    with pytest.raises(TimeoutError):
        asyncio.run(within_of(0.02, slow(5)))


def test_what_fails_on_its_way():
    with pytest.raises(KeyError, match="no"):
        asyncio.run(within_of(5, failing()))


def test_a_cancellation_reaches_the_work():
    seen = []

    async def work():
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def main():
        task = asyncio.ensure_future(within_of(5, work()))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert seen == ["cancelled"]


async def within_of(seconds, work):
    return await within(seconds, work)
