"""Takes what was counted and spent to the ledger four times a second, in a thread, and reads it for whoever asks.

Never on the path of a request, and never a reason to fail: what cannot be written now is kept and written later, up to
a bound; what goes beyond that is counted as lost. One line in the log says when that begins, one when it is over.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from sixnines.accounting.spending import Spending
from sixnines.accounting.unwritten import Unwritten
from sixnines.clock import Clock
from sixnines.config.snapshot import Snapshot
from sixnines.domain.allowance import Allowance
from sixnines.domain.availability import GOOD, MINUTE_S, THE_GATEWAY, Cell, Life, Series, SlotTotal
from sixnines.health.state import HealthState
from sixnines.ledger.interface import Ledger, LedgerFault, LifeEntry
from sixnines.reliability.figures import Figures, figures
from sixnines.reliability.kept import Kept
from sixnines.reliability.pace import pause_s
from sixnines.reliability.report import Report, report
from sixnines.reliability.slots import Slots
from sixnines.reliability.tally import Tally
from sixnines.reliability.window import WINDOWS, first_minute

if TYPE_CHECKING:  # loaded when somebody asks, and not by every start
    from sixnines.accounting.outlay import Outlay
    from sixnines.accounting.reading import Spend

_log = logging.getLogger("sixnines")

EVERY_S: Final = 0.25
"""What a process that is killed has counted since it last wrote is lost, and that must not be more than a second: so
there is room for a loop that is late and for a disk that is slow. A write takes less than a millisecond."""

IDLE_S: Final = 10.0
"""How often a gateway that serves nobody writes that it is alive, and what its probes found."""

JUMP_S: Final = 2.0
"""By so much the wall clock may run away from the other one in a second before it is taken to have been set."""

MOST_CELLS: Final = 100_000
"""So many counts are kept for a ledger that cannot be written: some hours of a few hundred names, in about 20 MB."""

AHEAD: Final = 60
"""So many minutes after the current one still count: those of before the wall clock was set back."""

FRESH_S: Final = 10.0
"""So old may the figures of `/metrics` be; older ones are shown once more, and read again meanwhile, ..."""

STALE_S: Final = 60.0
"""... and still older ones are not: a scrape waits for new ones then."""

PATIENCE_S: Final = 10.0
"""A page waits for a disk that hangs for so long, ..."""

SCRAPE_S: Final = 2.0
"""... and a scrape for so long; then it shows what else there is."""

_LAST_WORDS_S: Final = 3.0
_DOWN: Final = "down"
_SLACK: Final = 0.1

_Answer = TypeVar("_Answer")
Standings = Callable[[], Iterable[tuple[str, HealthState]]]


class State(msgspec.Struct, frozen=True):
    """How the ledger is.

    Attributes:
        fault: why it cannot be written or read; None if it can.
        waiting: outcomes of requests that are not written yet.
        lost: outcomes of requests that never will be.
        unwritten_picos: what was spent and is not written yet, in pico-dollars; none of it is ever lost.
    """

    fault: str | None
    waiting: int
    lost: int
    unwritten_picos: int = 0


class Bookkeeper:
    """Keeps the books of one process.

    Args:
        tally: where outcomes are counted.
        connect: a connection to where they are written; called twice, because to read a month takes longer than a
            write may wait.
        clock: time.
        snapshot: the current config.
        standings: providers, and how probes found them; nobody where another worker tells.
        number: tells the life of this process from all others in the ledger.

    Attributes:
        counted: told of each count that is taken over.
        spending: where it is counted what was spent.
        outlay: how the budget stands, as of the last `figures`; None where there is none, or it could not be read.
    """

    def __init__(
        self, tally: Tally, connect: Callable[[], Ledger], *, clock: Clock, snapshot: Callable[[], Snapshot],
        standings: Standings, number: int,
    ) -> None:  # fmt: skip
        self._tally = tally
        self._ledger, self._reader = connect(), connect()
        self._clock = clock
        self._snapshot = snapshot
        self._standings = standings
        self._number = number
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._reading_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger-reader")
        now_s = clock.unix_s()
        self._life = LifeEntry(number, Life(now_s, now_s, stopped=False))
        self._ended: list[LifeEntry] = []  # lives that the clock has jumped out of, and that are not written yet
        self._at_s, self._at_monotonic_s = now_s, clock.monotonic_s()
        self._kept = Kept()
        self._unwritten = Unwritten()
        self._written_s = self._pace_s = 0.0
        self._one_at_a_time = asyncio.Lock()
        self._writing: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._fault: str | None = None
        self._figures: Figures | None = None
        self._figures_s = -math.inf
        self._reading: asyncio.Task[Figures] | None = None
        self.counted: Callable[[Series, str, int], None] = _nobody_listens
        self.spending = Spending()
        self.outlay: Outlay | None = None

    # ---- counting

    async def run(self) -> None:
        """Write every `EVERY_S`, until cancelled. It goes by the wall clock, so that minutes end in time."""
        while True:
            wait_s = EVERY_S - self._clock.unix_s() % EVERY_S
            # A timer may wake a moment too soon, and the rest of the time is not another one.
            await asyncio.sleep(wait_s if wait_s > _SLACK * EVERY_S else wait_s + EVERY_S)
            if not self._is_due():
                continue
            self.tick()
            idle = not self._unwritten and not self._kept.tells_of_requests
            if not idle or self._clock.monotonic_s() - self._written_s >= IDLE_S:
                await self._write_to_the_end()

    def _is_due(self) -> bool:
        """Whether what has been counted is to be taken over in this second."""
        minutes = {int(each) // MINUTE_S for each in (self._at_s, self._clock.unix_s())}
        return len(minutes) > 1 or self._clock.monotonic_s() - self._at_monotonic_s >= self._pace_s - _SLACK * EVERY_S

    def tick(self) -> None:
        """Take over what has been counted. It belongs to the minute in which the counting began."""
        before_s = self._at_s
        minute = int(before_s) // MINUTE_S
        steady = self._look_at_clock()
        seconds = int(self._at_s) - int(before_s) if steady else 0
        for name, state in self._standings() if seconds > 0 else ():
            if state is HealthState.HEALTHY:
                self._tally.seconds(name, GOOD, seconds)
            elif state is HealthState.DOWN:
                self._tally.seconds(name, _DOWN, seconds)
        counted = self._tally.empty(self._snapshot())
        for series, cause, count in counted:
            self.counted(series, cause, count)
        self._kept.add(minute, counted, MOST_CELLS)
        self._unwritten.keep(minute, self.spending.take())

    async def write(self, *, stopped: bool = False) -> None:
        """Bring what is kept into the ledger, or keep it."""
        async with self._one_at_a_time:
            cells, spent = self._kept.empty(), self._unwritten.empty()
            self._pace_s = pause_s(len(cells), EVERY_S)
            if stopped:
                self._life = msgspec.structs.replace(
                    self._life, life=msgspec.structs.replace(self._life.life, stopped=True)
                )
            lives = [*self._ended, self._life]
            self._written_s = self._clock.monotonic_s()
            try:
                await _in(self._thread, lambda: self._ledger.write(cells, lives, spent))
            except Exception as fault:  # noqa: BLE001 - whatever it is, the counts are kept and the seconds go on
                self._unwritten.put_back(spent)
                self._failed(fault, cells)
                return
            self._ended = [each for each in self._ended if each not in lives]
            if self._fault is not None:
                self._fault = None
                _log.info("availability is recorded again; %d outcomes were lost", self._kept.lost)

    async def stop(self) -> None:
        """Write for the last time, and let go of the ledger."""
        if self._stopped:
            return
        self._stopped = True
        self.tick()
        try:
            async with asyncio.timeout(_LAST_WORDS_S):
                await self.write(stopped=True)
                await _in(self._thread, self._ledger.close)
                await _in(self._reading_thread, self._reader.close)
        except TimeoutError:
            _log.warning("the ledger was not written within %g s: the last second of counts may be lost", _LAST_WORDS_S)
        for thread in (self._thread, self._reading_thread):
            thread.shutdown(wait=False)

    # ---- telling

    def state(self) -> State:
        """How the ledger is."""
        return State(self._fault, self._kept.requests, self._kept.lost, self._unwritten.picos)

    async def report(self, window: str) -> Report:
        """What was measured in a window of `WINDOWS`.

        Raises:
            LedgerFault: the ledger cannot be read, or not within `PATIENCE_S`.
        """
        return await self._in_time(self._report(window))

    async def spend(self, window: str, days: int) -> "Spend":
        """What was spent in a window of `accounting.reading`, and on each of the last `days`.

        Raises:
            LedgerFault: the ledger cannot be read, or not within `PATIENCE_S`.
        """
        return await self._in_time(self._spend(window, days))

    async def _in_time(self, reading: Coroutine[object, object, _Answer]) -> _Answer:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await reading
        except TimeoutError:
            raise LedgerFault(f"the ledger has not answered within {PATIENCE_S:g} s") from None

    async def _spend(self, window: str, days: int) -> "Spend":
        from sixnines.accounting.reading import read_spend  # noqa: PLC0415 - as above

        await self._up_to_date()
        now_s, allowance = self._at_s, self._snapshot().allowance
        return await self._read(lambda: read_spend(self._reader, window, now_s, allowance=allowance, days=days))

    async def _report(self, window: str) -> Report:
        await self._up_to_date()
        now_s = self._at_s
        now = int(now_s) // MINUTE_S
        first = first_minute(window, now)
        snapshot, own = self._snapshot(), self._life.life

        def read() -> Report:
            return report(self._reader.records(first, now + AHEAD), snapshot, first=first, now_s=now_s, own=own)

        return await self._read(read)

    async def calendar(self, wanted: Slots) -> list[SlotTotal]:
        """What was counted, by days or hours.

        Raises:
            LedgerFault: the ledger cannot be read, or not within `PATIENCE_S`.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._up_to_date()
                return await self._read(
                    lambda: self._reader.slots(wanted.first, wanted.last, hours=wanted.hours, name=wanted.name)
                )
        except TimeoutError:
            raise LedgerFault(f"the ledger has not answered within {PATIENCE_S:g} s") from None

    async def last_minutes(self, count: int) -> list[Cell]:
        """What was counted of the gateway's requests in the last minutes; the last of them is not over.

        Raises:
            LedgerFault: the ledger cannot be read, or not within `PATIENCE_S`.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._up_to_date()
                now = int(self._at_s) // MINUTE_S
                return await self._read(lambda: self._reader.minutes(THE_GATEWAY, now - count + 1, now))
        except TimeoutError:
            raise LedgerFault(f"the ledger has not answered within {PATIENCE_S:g} s") from None

    async def figures(self) -> Figures | None:
        """What `/metrics` shows; None if the ledger cannot be read.

        With hundreds of names it takes a second to read all windows, so a scrape does not wait where it need not.
        """
        age_s = self._clock.monotonic_s() - self._figures_s
        if self._reading is None and age_s >= FRESH_S:
            self._reading = asyncio.create_task(self._read_figures())
            self._reading.add_done_callback(self._has_read)
        if self._reading is not None and age_s >= STALE_S:
            await asyncio.wait((self._reading,), timeout=SCRAPE_S)
            return self._figures if self._clock.monotonic_s() - self._figures_s < STALE_S else None
        return self._figures

    def _has_read(self, reading: asyncio.Task[Figures]) -> None:
        self._reading = None
        if reading.cancelled():
            return
        if isinstance(reading.exception(), LedgerFault):
            self._figures, self._figures_s, self.outlay = None, -math.inf, None
        else:
            self._figures, self._figures_s = reading.result(), self._clock.monotonic_s()

    async def _read_figures(self) -> Figures:
        await self._up_to_date()
        now = int(self._at_s) // MINUTE_S
        now_s, snapshot = self._at_s, self._snapshot()

        def read() -> "tuple[Figures, Outlay | None]":
            totals = {name: self._reader.totals(first_minute(name, now), now + AHEAD) for name in WINDOWS}
            return figures(totals, snapshot), _outlay(self._reader, snapshot.allowance, now_s)

        found, self.outlay = await self._read(read)
        return found

    async def _up_to_date(self) -> None:
        self.tick()
        await self._write_to_the_end()

    async def _write_to_the_end(self) -> None:
        """Write, also when whoever waits for it goes away: what is under way would be lost with him."""
        task = asyncio.create_task(self.write())
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        await asyncio.shield(task)

    async def _read(self, read: Callable[[], _Answer]) -> _Answer:
        try:
            return await _in(self._reading_thread, read)
        except LedgerFault as fault:
            self._failed(fault, ())
            raise

    # ---- what goes wrong

    def _look_at_clock(self) -> bool:
        """Go on with the same life, or (False) with another one: the wall clock was set, or the machine has slept."""
        now_s, now_monotonic_s = self._clock.unix_s(), self._clock.monotonic_s()
        expected_s = self._at_s + now_monotonic_s - self._at_monotonic_s
        life = self._life.life
        steady = abs(now_s - expected_s) <= JUMP_S
        if steady:
            self._life = msgspec.structs.replace(
                self._life, life=msgspec.structs.replace(life, seen_s=max(life.seen_s, now_s))
            )
        else:
            self._ended.append(self._life)
            self._number += 1
            self._life = LifeEntry(self._number, Life(now_s, now_s, stopped=False, after_jump=True))
            _log.info("the clock jumped by %.0f s", now_s - expected_s)
        self._at_s, self._at_monotonic_s = now_s, now_monotonic_s
        return steady

    def _failed(self, fault: Exception, cells: Iterable[Cell]) -> None:
        self._kept.put_back(cells, MOST_CELLS)
        if self._fault is None:
            _log.warning("availability is not recorded for now, and requests are served as before: %s", fault)
        self._fault = str(fault) or type(fault).__name__


async def _in(thread: ThreadPoolExecutor, work: Callable[[], _Answer]) -> _Answer:
    return await asyncio.get_running_loop().run_in_executor(thread, work)


def _outlay(ledger: Ledger, allowance: Allowance | None, now_s: float) -> "Outlay | None":
    """How the budget stands, where there is one."""
    if allowance is None:
        return None
    from sixnines.accounting.reading import read_outlay  # noqa: PLC0415 - as above

    return read_outlay(ledger, allowance, now_s)


def _nobody_listens(series: Series, cause: str, count: int) -> None:
    del series, cause, count
