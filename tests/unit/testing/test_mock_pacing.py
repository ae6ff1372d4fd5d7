"""The wheel and the player, on a loop whose time is ours."""

import asyncio
import heapq
from collections.abc import Callable, Iterator

import pytest

from sixnines.testing.pacing import TICK_S, Player, Wheel


class ManualLoop:
    """The part of an event loop that the wheel uses; time passes when told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self._timers: list[tuple[float, int, list[Callable[[], None]]]] = []
        self._serial = 0

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, call: Callable[[], None]) -> "Handle":
        self._serial += 1
        handle = Handle(call)
        heapq.heappush(self._timers, (when, self._serial, handle))
        return handle

    def call_soon(self, call: Callable[[], None]) -> "Handle":
        return self.call_at(self.now, call)

    def create_future(self) -> asyncio.Future[bool]:
        return asyncio.get_running_loop().create_future()

    def run_until(self, when: float) -> None:
        while self._timers and self._timers[0][0] <= when:
            at, _, handle = heapq.heappop(self._timers)
            self.now = max(self.now, at)
            handle.run()
        self.now = when

    @property
    def pending(self) -> int:
        return sum(1 for _, _, handle in self._timers if handle.call is not None)


class Handle:
    """A call that can be cancelled."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        self.call = None

    def run(self) -> None:
        if self.call is not None:
            self.call()


class Once:
    """Notes when it was due."""

    def __init__(self, again: list[float] | None = None) -> None:
        self.seen: list[float] = []
        self._again = again or []

    def due(self, now: float) -> float | None:
        self.seen.append(now)
        return self._again.pop(0) if self._again else None


@pytest.fixture
def loop() -> ManualLoop:
    return ManualLoop()


@pytest.fixture
def wheel(loop: ManualLoop) -> Wheel:
    return Wheel(loop)  # type: ignore[arg-type]


def test_nothing_is_early_and_nothing_more_than_a_tick_late(loop: ManualLoop, wheel: Wheel) -> None:
    times = [0.001, 0.005, 0.0051, 0.02, 0.3, 0.3]
    items = [Once() for _ in times]
    for item, when in zip(reversed(items), reversed(times), strict=True):
        wheel.put(item, when)
    loop.run_until(1.0)
    for item, when in zip(items, times, strict=True):
        assert len(item.seen) == 1
        assert when <= item.seen[0] <= when + TICK_S + 1e-9


def test_an_empty_wheel_has_no_timer(loop: ManualLoop, wheel: Wheel) -> None:
    wheel.put(Once(), 0.1)
    assert loop.pending == 1
    loop.run_until(1.0)
    assert loop.pending == 0


def test_what_is_put_earlier_moves_the_timer(loop: ManualLoop, wheel: Wheel) -> None:
    late, early = Once(), Once()
    wheel.put(late, 1.0)
    wheel.put(early, 0.1)
    loop.run_until(0.2)
    assert (len(early.seen), len(late.seen)) == (1, 0)
    loop.run_until(2.0)
    assert len(late.seen) == 1


def test_an_item_is_put_back_for_its_next_time(loop: ManualLoop, wheel: Wheel) -> None:
    item = Once([0.2, 0.3])
    wheel.put(item, 0.1)
    loop.run_until(1.0)
    assert [round(when, 2) for when in item.seen] == [0.1, 0.21, 0.3] or len(item.seen) == 3


def test_many_at_once_are_all_served_in_turns(loop: ManualLoop, wheel: Wheel) -> None:
    items = [Once() for _ in range(1000)]
    for item in items:
        wheel.put(item, 0.1)
    loop.run_until(0.2)
    assert all(len(item.seen) == 1 for item in items)


def test_one_that_breaks_does_not_stop_the_wheel(loop: ManualLoop, wheel: Wheel) -> None:
    class Broken:
        def due(self, now: float) -> float | None:
            raise RuntimeError("broken")

    other = Once()
    wheel.put(Broken(), 0.1)
    wheel.put(other, 0.2)
    with pytest.raises(RuntimeError, match="broken"):
        loop.run_until(0.15)
    loop.run_until(0.3)
    assert len(other.seen) == 1


class Sink:
    """Takes what a player pushes, and notes when."""

    def __init__(self, loop: ManualLoop, *, room: int = 10**9) -> None:
        self.pushed: list[tuple[float, bytes]] = []
        self.room = room
        self._loop = loop

    def __call__(self, data: bytes) -> bool:
        self.pushed.append((self._loop.now, data))
        return sum(len(data) for _, data in self.pushed) < self.room

    @property
    def data(self) -> bytes:
        return b"".join(data for _, data in self.pushed)


def letters(count: int) -> Iterator[bytes]:
    return (bytes([ord("a") + number]) for number in range(count))


async def playing(player: Player, wheel: Wheel, loop: ManualLoop) -> asyncio.Task[bool]:
    task = asyncio.ensure_future(player.play(wheel, loop))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    return task


async def test_steps_are_played_at_their_pace_and_the_last_carries_the_closing(loop: ManualLoop, wheel: Wheel) -> None:
    sink = Sink(loop)
    player = Player(sink, letters(5), closing=b".", first_at=1.0, step_s=0.1)
    task = await playing(player, wheel, loop)
    loop.run_until(3.0)
    assert await task is True
    assert sink.data == b"abcde."
    assert sink.pushed[-1][1] == b"e."
    for number, (when, _) in enumerate(sink.pushed):
        assert 1.0 + number * 0.1 <= when + 1e-9 <= 1.0 + number * 0.1 + 2 * TICK_S


async def test_a_player_that_is_late_catches_up_in_one_write(loop: ManualLoop, wheel: Wheel) -> None:
    sink = Sink(loop)
    task = await playing(Player(sink, letters(20), closing=b".", first_at=0.1, step_s=0.1), wheel, loop)
    loop.run_until(0.2)
    loop.now = 1.05  # the machine was busy: nothing ran meanwhile
    loop.run_until(1.2)
    assert sink.data[:10] == b"abcdefghij"
    assert len(sink.pushed) < 8
    loop.run_until(5.0)
    assert await task is True
    assert sink.data == b"abcdefghijklmnopqrst."


async def test_more_steps_than_ticks_still_take_their_time(loop: ManualLoop, wheel: Wheel) -> None:
    sink = Sink(loop)
    steps = (b"x" for _ in range(1000))
    task = await playing(Player(sink, steps, closing=b"", first_at=0.0, step_s=0.001), wheel, loop)
    loop.run_until(0.5)
    assert 480 <= len(sink.data) <= 510
    loop.run_until(2.0)
    assert await task is True
    assert len(sink.data) == 1000
    assert len(sink.pushed) <= 1.0 / TICK_S + 2


async def test_a_full_connection_pauses_the_player_until_it_is_played_on(loop: ManualLoop, wheel: Wheel) -> None:
    sink = Sink(loop, room=2)
    player = Player(sink, letters(6), closing=b".", first_at=0.0, step_s=0.1)
    task = await playing(player, wheel, loop)
    loop.run_until(1.0)
    assert await task is False
    assert sink.data == b"ab"
    sink.room = 10**9
    task = await playing(player, wheel, loop)
    loop.run_until(2.0)
    assert await task is True
    assert sink.data == b"abcdef."


async def test_an_interrupted_player_says_its_last_word_and_no_more(loop: ManualLoop, wheel: Wheel) -> None:
    sink = Sink(loop)
    player = Player(sink, letters(6), closing=b".", first_at=0.0, step_s=0.1)
    task = await playing(player, wheel, loop)
    loop.run_until(0.15)
    player.interrupt(b"!")
    loop.run_until(5.0)
    assert await task is True
    assert player.interrupted
    assert sink.data == b"ab!"
    assert await player.play(wheel, loop) is True  # type: ignore[arg-type]


async def test_nothing_to_play_is_the_closing_alone(loop: ManualLoop, wheel: Wheel) -> None:
    sink = Sink(loop)
    task = await playing(Player(sink, iter(()), closing=b".", first_at=0.1, step_s=1.0), wheel, loop)
    loop.run_until(1.0)
    assert await task is True
    assert sink.data == b"."


async def test_a_player_whose_listener_has_gone_plays_no_more(loop: ManualLoop, wheel: Wheel) -> None:
    sink = Sink(loop)
    task = await playing(Player(sink, letters(6), closing=b".", first_at=0.0, step_s=0.1), wheel, loop)
    loop.run_until(0.15)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    loop.run_until(5.0)
    assert sink.data == b"ab"
    assert loop.pending == 0


async def test_waiting_until_a_time_that_has_passed_is_no_waiting(loop: ManualLoop, wheel: Wheel) -> None:
    loop.now = 5.0
    await wheel.until(4.0)
    task = asyncio.ensure_future(wheel.until(6.0))
    await asyncio.sleep(0)
    loop.run_until(5.9)
    await asyncio.sleep(0)
    assert not task.done()
    loop.run_until(6.1)
    await task
