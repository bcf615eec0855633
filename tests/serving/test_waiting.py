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


def test_work_that_does_not_wait_sets_no_timer(monkeypatch):
    monkeypatch.setattr(asyncio, "timeout", lambda _: pytest.fail("a timer was set"))
    assert asyncio.run(within_of(1, ready())) == "there"


def test_work_that_ends_in_time_returns_its_result():
    assert asyncio.run(within_of(5, slow(0.02, steps=4))) == "late"


def test_work_that_takes_too_long_raises_timeout_error():
    with pytest.raises(TimeoutError):
        asyncio.run(within_of(0.02, slow(5)))


def test_errors_of_the_work_are_raised():
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
