"""Waiting for what must not be left in the middle."""

import asyncio
import threading

import pytest

from sixnines.control.completion import complete, in_thread


async def test_the_work_is_given_back():
    async def work():
        return 3

    assert await complete(work()) == 3
    assert await in_thread(lambda x, y: x + y, 1, y=2) == 3


async def test_what_the_work_raises_is_raised():
    async def work():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await complete(work())


@pytest.mark.parametrize("fails", [False, True])
async def test_who_is_cancelled_waits_for_the_end_of_the_work_however_often(fails):
    go, done = asyncio.Event(), []

    async def work():
        await go.wait()
        done.append(True)
        if fails:
            raise ZeroDivisionError

    task = asyncio.create_task(complete(work()))
    await asyncio.sleep(0)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == [True]


async def test_a_thread_is_waited_for_too():
    go, done = threading.Event(), []

    def work():
        go.wait(10)
        done.append(True)

    task = asyncio.create_task(in_thread(work))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == [True]
