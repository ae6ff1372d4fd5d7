"""Sends each request when it is due, whatever became of those before it, and tells the tally what came of it.

Never sends a request early, never forgets one that was due, and never raises for what a server does.
"""

import asyncio
import errno
import itertools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sixnines.domain.origin import Origin
from sixnines.load.asking import Message
from sixnines.load.judging import Fault, StreamJudge, Wrong, judge_whole, status_fault
from sixnines.load.tally import Outcome, Tally
from sixnines.transport.interface import Exchange, Patience, Phase, Transport, TransportError

_LEAD_S: Final = 0.05
"""Until the first request can be due: what starts the loop is over by then."""
_TURN: Final = 32
"""Requests begun in one turn of the loop when it is behind: answers have to be read as well."""
_LARGEST: Final = 16 * 1024 * 1024
"""Bytes of an answer; a chat of any length is smaller."""
_HTTP_OK: Final = 200
_OWN_WANTS: Final = tuple(
    os.strerror(number) for number in (errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM)
)
"""What the system says when files, ports or memory of this machine are used up: nothing that the endpoint did."""
_PLAIN: Final = b"identity"
_PROVIDER: Final = b"x-sixnines-provider"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a run may do.

    Attributes:
        stream: the requests ask for streams.
        most_open: requests under way at once; the next waits, and its time counts from when it was due.
        timeout_s: seconds that one request may take from when it is sent.
        connect_s: seconds of these for the connection.
        last_s: seconds from the beginning after which nothing is sent.
    """

    stream: bool
    most_open: int
    timeout_s: float
    connect_s: float
    last_s: float


class Generator:
    """One run. Belongs to the running loop.

    Args:
        transport: sends requests.
        origin: whom to.
        messages: what; taken in turn.
        rules: what it may do.
        tally: is told.

    Attributes:
        open: requests under way.
        begun_at: loop time of the beginning.
        stopped: `stop` has been called.
    """

    def __init__(
        self, transport: Transport, origin: Origin, *, messages: Sequence[Message], rules: Rules, tally: Tally
    ) -> None:
        self.begun_at = 0.0
        self.stopped = False
        self._transport = transport
        self._origin = origin
        self._messages = messages
        self._rules = rules
        self._tally = tally
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._place: asyncio.Event = asyncio.Event()
        self._pacing: asyncio.Task[None] | None = None
        self._bug: BaseException | None = None

    @property
    def open(self) -> int:
        """Requests under way."""
        return len(self._tasks)

    async def run(self, due: Iterable[float]) -> None:
        """Send a request at each time of `due` (seconds from now, rising); returns when the last answer is there.

        After `stop` it returns soon: what is under way is given up and counted so.
        """
        self.begun_at = self._loop.time() + _LEAD_S
        try:
            if not self.stopped:
                self._pacing = self._loop.create_task(self._pace(due))
                await asyncio.wait([self._pacing])
                if not self._pacing.cancelled():
                    self._pacing.result()
            while self._tasks and not self.stopped:
                self._place.clear()
                await self._place.wait()
        finally:
            left = [*self._tasks, *([] if self._pacing is None else [self._pacing])]
            for task in left:
                task.cancel()
            if left:
                await asyncio.wait(left)
        if self._bug is not None:
            raise self._bug

    def stop(self) -> None:
        """Send nothing more and give up what is under way."""
        self.stopped = True
        if self._pacing is not None:
            self._pacing.cancel()
        self._place.set()

    @property
    def passed_s(self) -> float:
        """Seconds since the beginning."""
        return self._loop.time() - self.begun_at

    async def _pace(self, due: Iterable[float]) -> None:
        messages = itertools.cycle(self._messages)
        in_turn = 0
        held = False  # for want of a place: whoever became due meanwhile is late for the same reason
        for due_s in due:
            wait_s = due_s - self.passed_s
            held = held and wait_s <= 0
            if wait_s > 0 or in_turn >= _TURN:
                in_turn = 0
                await asyncio.sleep(max(wait_s, 0.0))
            if len(self._tasks) >= self._rules.most_open:
                held = True
                if not await self._has_place():
                    self._tally.was_never_sent(due_s)
                    continue
            in_turn += 1
            self._begin(due_s, next(messages), held=held)

    async def _has_place(self) -> bool:
        """Wait until less is open, at most until the time is over."""
        while len(self._tasks) >= self._rules.most_open:
            left_s = self._rules.last_s - self.passed_s
            if left_s <= 0:
                return False
            self._place.clear()
            try:
                await asyncio.wait_for(self._place.wait(), left_s)
            except TimeoutError:
                return False
        return True

    def _begin(self, due_s: float, message: Message, *, held: bool) -> None:
        tally = self._tally
        tally.became_due(due_s)
        tally.held += held
        task = self._loop.create_task(self._ask(due_s, message, held=held))
        self._tasks.add(task)
        tally.most_open = max(tally.most_open, len(self._tasks))
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._place.set()
        if task.cancelled():
            self._tally.was_given_up()
        elif (error := task.exception()) is not None:
            self._bug = error
            self.stop()

    async def _ask(self, due_s: float, message: Message, *, held: bool) -> None:
        sent_s = self.passed_s
        if not held:
            self._tally.lateness.record(sent_s - due_s)
        until = self._loop.time() + self._rules.timeout_s
        provider, first_s, exchange = "", None, None
        try:
            patience = Patience(self._rules.connect_s, until)
            exchange = await self._transport.send(self._origin, message.head, message.body, patience)
            provider = (exchange.header(_PROVIDER) or b"").decode("latin-1")
            exchange.expire_at(until, Phase.BODY)
            encoding = exchange.header(b"content-encoding") or _PLAIN
            if encoding != _PLAIN:
                fault: Fault | None = Fault(Wrong.ENCODED, encoding.decode("latin-1"))
            elif self._rules.stream and exchange.status == _HTTP_OK:
                judge = StreamJudge()
                first_s = await self._read_stream(exchange, judge)
                fault = judge.end()
            else:
                fault = await self._read_whole(exchange)
        except TransportError as error:
            fault = transport_fault(error)
        finally:
            if exchange is not None:
                exchange.abort()
        self._tally.is_over(Outcome(due_s, sent_s, first_s, self.passed_s, provider, fault))

    async def _read_whole(self, exchange: Exchange) -> Fault | None:
        body = await exchange.read_all(_LARGEST)
        return status_fault(exchange.status, body) if self._rules.stream else judge_whole(exchange.status, body)

    async def _read_stream(self, exchange: Exchange, judge: StreamJudge) -> float | None:
        """When the first content came."""
        first_s, last_s, size = None, 0.0, 0
        while piece := await exchange.read():
            size += len(piece)
            if size > _LARGEST:
                raise TransportError(Phase.BODY, f"the stream is larger than {_LARGEST} bytes", violation=True)
            now_s = self.passed_s
            for _ in range(judge.feed(piece)):
                if first_s is None:
                    first_s = now_s
                else:
                    self._tally.gaps.record(now_s - last_s)
                last_s = now_s
        return first_s


def transport_fault(error: TransportError) -> Fault:
    """What went wrong below an answer."""
    if error.timed_out:
        return Fault(Wrong.TIME, error.reason)
    if error.violation:
        return Fault(Wrong.NOT_HTTP, error.reason)
    if error.phase is Phase.CONNECT and any(want in error.reason for want in _OWN_WANTS):
        return Fault(Wrong.OWN, error.reason)
    if error.phase in {Phase.CONNECT, Phase.TLS}:
        return Fault(Wrong.CONNECTION, error.reason)
    return Fault(Wrong.CLOSED, error.reason)
