import asyncio
import math
from collections.abc import Callable, Iterator

import pytest

from sixnines.server.deadline import Deadline


class HandLoop(asyncio.SelectorEventLoop):
    """An event loop whose time stands still until it is moved, and which counts the timers that are set."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.timers: list[tuple[float, asyncio.TimerHandle]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[..., object], *args: object, **_: object) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self)
        self.timers.append((when, handle))
        return handle

    def move_to(self, now: float) -> None:
        """Let the timers ring that are due by then."""
        self.now = now
        while due := [timer for timer in self.timers if timer[0] <= now and not timer[1].cancelled()]:
            self.timers.remove(due[0])
            due[0][1]._run()


@pytest.fixture
def loop() -> Iterator[HandLoop]:
    made = HandLoop()
    yield made
    made.close()


@pytest.fixture
def passed() -> list[float]:
    return []


@pytest.fixture
def deadline(loop: HandLoop, passed: list[float]) -> Deadline:
    return Deadline(loop, lambda: passed.append(loop.now))


def test_a_moment_passes_once(loop: HandLoop, deadline: Deadline, passed: list[float]) -> None:
    deadline.set_in(5)
    loop.move_to(104.9)
    assert passed == []
    loop.move_to(105)
    loop.move_to(200)
    assert passed == [105]


def test_moving_the_moment_back_sets_no_timer(loop: HandLoop, deadline: Deadline, passed: list[float]) -> None:
    deadline.set_in(5)
    for _ in range(128):
        loop.now += 1 / 128
        deadline.set_in(5)
    assert len(loop.timers) == 1
    loop.move_to(105.5)
    assert passed == []
    loop.move_to(106)
    assert passed == [106]


def test_the_moment_can_be_moved_forward(loop: HandLoop, deadline: Deadline, passed: list[float]) -> None:
    deadline.set_in(50)
    deadline.set_in(5)
    loop.move_to(105)
    loop.move_to(200)
    assert passed == [105]


def test_a_cleared_moment_does_not_pass_and_a_new_one_does(
    loop: HandLoop, deadline: Deadline, passed: list[float]
) -> None:
    deadline.set_in(5)
    deadline.clear()
    loop.move_to(150)
    assert passed == []
    deadline.set_in(5)
    loop.move_to(155)
    assert passed == [155]


def test_a_closed_deadline_is_silent_and_lets_go_of_its_owner(
    loop: HandLoop, deadline: Deadline, passed: list[float]
) -> None:
    deadline.set_in(5)
    deadline.close()
    loop.move_to(math.inf)
    assert passed == []
