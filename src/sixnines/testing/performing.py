"""Puts an answer on the wire at its time: replies, streams and what faults have made of them.

Decides nothing about contents; knows the responder and the wheel.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, repeat

from sixnines.server.responder import HttpResponder
from sixnines.testing.pacing import TICK_S, Player, Wheel
from sixnines.testing.staging import Ending, Take, play
from sixnines.testing.wire import Reel, Reply, unframe

_BATCH = 64  # steps written at once where there is no pace: enough to be quick, few enough to keep buffers small


@dataclass(slots=True)
class Timing:
    """When an answer goes out.

    Attributes:
        came_at: loop time at which work on it began.
        head_s: seconds from there to the head.
        first_token_s: seconds from the head to the first token.
        step_s: seconds between tokens, 0 for none.
        tokens: how many are generated.
    """

    came_at: float
    head_s: float
    first_token_s: float = 0.0
    step_s: float = 0.0
    tokens: int = 0

    @property
    def head_at(self) -> float:
        """Loop time of the head of a stream."""
        return self.came_at + self.head_s

    @property
    def first_at(self) -> float:
        """Loop time of the first token."""
        return self.head_at + self.first_token_s

    @property
    def ends_at(self) -> float:
        """Loop time at which a whole answer is ready: with its last token."""
        return self.first_at + max(self.tokens - 1, 0) * self.step_s


class Performer:
    """Performs answers.

    Args:
        wheel: for everything that happens later.
        loop: whose time is meant.
    """

    def __init__(self, wheel: Wheel, loop: asyncio.AbstractEventLoop) -> None:
        self._wheel = wheel
        self._loop = loop
        self._playing: dict[Player, Take] = {}

    async def perform(self, outcome: Reply | Reel | Take, responder: HttpResponder, timing: Timing) -> None:
        """Play `outcome` to its end.

        Raises:
            CallerGone: the caller did not wait for it.
        """
        if isinstance(outcome, Reply):
            if timing.ends_at > timing.came_at:
                await self._wheel.until(timing.ends_at)
            responder.send(outcome.status, outcome.headers, outcome.body)
            if outcome.close:
                responder.abort()
            return
        take = play(outcome) if isinstance(outcome, Reel) else outcome
        if timing.head_s:
            await self._wheel.until(timing.head_at)
        push = self._open(take, responder)
        if take.opening:
            push(take.opening)
        if await self._play(take, responder, push, timing):
            await self._end(take, responder, push)
        else:  # interrupted: the terminator is said, the body is not ended
            responder.abort()

    def interrupt(self) -> None:
        """Cut short every stream that is being played at a pace: the terminator, then the end of the connection."""
        for player, take in tuple(self._playing.items()):
            player.interrupt(take.terminator)

    def _open(self, take: Take, responder: HttpResponder) -> Callable[[bytes], bool]:
        """Send the head; what takes the body's bytes."""
        if take.headers is None:

            def push_raw(data: bytes) -> bool:
                responder.write_raw(data)
                return True

            return push_raw
        responder.start(200, take.headers)
        if responder.chunked:
            return responder.push
        return lambda chunks: responder.push(unframe(chunks))

    async def _play(self, take: Take, responder: HttpResponder, push: Callable[[bytes], bool], timing: Timing) -> bool:
        """Play the steps and what closes them; False when interrupted."""
        step_s = timing.step_s if take.step_s is None else take.step_s
        if not step_s:
            if timing.first_token_s:
                await self._wheel.until(timing.first_at)
            await _rush(take.steps, take.closing, responder, push)
            return True
        player = Player(push, take.steps, closing=take.closing, first_at=timing.first_at, step_s=step_s)
        self._playing[player] = take
        try:
            while not await player.play(self._wheel, self._loop):
                await responder.write(b"")
        finally:
            del self._playing[player]
        return not player.interrupted

    async def _end(self, take: Take, responder: HttpResponder, push: Callable[[bytes], bool]) -> None:
        match take.ending:
            case Ending.KEEP:
                responder.end()
            case Ending.FINISH:
                responder.end()
                responder.abort()
            case Ending.CUT:
                responder.abort()
            case Ending.RESET:
                # What was written before must have left this process: a reset drops what has not.
                await self._wheel.until(self._loop.time() + 2 * TICK_S)
                responder.abort(reset=True)
            case Ending.HANG if take.ping:
                first_at = self._loop.time() + take.pings_every_s
                pings = Player(push, repeat(take.ping), closing=b"", first_at=first_at, step_s=take.pings_every_s)
                while not await pings.play(self._wheel, self._loop):
                    await responder.write(b"")
            case Ending.HANG:
                await self._loop.create_future()


async def _rush(
    steps: Iterator[bytes], closing: bytes, responder: HttpResponder, push: Callable[[bytes], bool]
) -> None:
    """Play everything as fast as the connection takes it."""
    while True:
        batch = list(islice(steps, _BATCH))
        if len(batch) < _BATCH:
            break
        if not push(b"".join(batch)):
            await responder.write(b"")
    push(b"".join((*batch, closing)))
