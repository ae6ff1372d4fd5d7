"""Slots: who may come in, in which order, and that none is ever lost."""

import asyncio

import pytest

from sixnines.testing.slots import QueueFull, Slots


def slots(limit: int | None = None, room: int | None = None) -> Slots:
    made = Slots(lambda: None)
    made.limit, made.room = limit, room
    return made


async def waiter(made: Slots, name: str, log: list[str]) -> None:
    await made.take()
    log.append(name)


async def test_without_a_limit_everybody_comes_in() -> None:
    made = slots()
    for _ in range(100):
        await made.take()
    assert (made.running, made.waiting) == (100, 0)


async def test_who_came_first_is_served_first() -> None:
    made, log = slots(1), []
    tasks = [asyncio.create_task(waiter(made, name, log)) for name in "abc"]
    await asyncio.sleep(0)
    assert (log, made.running, made.waiting) == (["a"], 1, 2)
    for _ in range(2):
        made.give()
        await asyncio.sleep(0)
    assert log == ["a", "b", "c"]
    made.give()
    await asyncio.gather(*tasks)
    assert (made.running, made.waiting) == (0, 0)


async def test_a_full_queue_turns_away() -> None:
    made = slots(1, 1)
    await made.take()
    task = asyncio.create_task(made.take())
    await asyncio.sleep(0)
    with pytest.raises(QueueFull):
        await made.take()
    made.give()
    await task


async def test_no_queue_at_all_turns_away_at_once() -> None:
    made = slots(1, 0)
    await made.take()
    with pytest.raises(QueueFull):
        await made.take()


async def test_one_who_leaves_the_queue_is_passed_over() -> None:
    made, log = slots(1), []
    tasks = [asyncio.create_task(waiter(made, name, log)) for name in "abc"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.sleep(0)
    assert made.waiting == 1
    made.give()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert log == ["a", "c"]
    assert made.running == 1


async def test_a_slot_given_to_one_who_leaves_in_that_moment_goes_on_to_the_next() -> None:
    made, log = slots(1), []
    tasks = [asyncio.create_task(waiter(made, name, log)) for name in "abc"]
    await asyncio.sleep(0)
    made.give()
    tasks[1].cancel()  # the slot is his already, but he has not run yet
    await asyncio.gather(*tasks, return_exceptions=True)
    assert log == ["a", "c"]
    assert (made.running, made.waiting) == (1, 0)


async def test_all_who_leave_at_once_leave_nothing_behind() -> None:
    made = slots(1)
    tasks = [asyncio.create_task(made.take()) for _ in range(5)]
    await asyncio.sleep(0)
    for task in tasks[1:]:
        task.cancel()
    made.give()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (made.running, made.waiting) == (0, 0)


async def test_a_higher_limit_lets_the_waiting_in() -> None:
    made, log = slots(1), []
    tasks = [asyncio.create_task(waiter(made, name, log)) for name in "abc"]
    await asyncio.sleep(0)
    made.limit = 2
    made.admit()
    await asyncio.sleep(0)
    assert log == ["a", "b"]
    made.limit = None
    made.admit()
    await asyncio.gather(*tasks)
    assert made.running == 3


async def test_every_change_is_told() -> None:
    told = 0

    def tell() -> None:
        nonlocal told
        told += 1

    made = Slots(tell)
    await made.take()
    assert told == 1
    made.give()
    assert told == 2
