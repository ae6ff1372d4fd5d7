"""The bookkeeper: seconds go by, clocks jump, the ledger fails and comes back."""

import asyncio
import contextlib
import logging
import threading
from dataclasses import replace

import pytest

from sixnines.config.load import read_text
from sixnines.dialects.neutral import Usage
from sixnines.domain.allowance import Allowance, Period
from sixnines.domain.availability import GOOD, THE_GATEWAY, Scope, Series
from sixnines.domain.price import Price
from sixnines.health.state import HealthState
from sixnines.ledger.interface import LedgerFault
from sixnines.ledger.sqlite import SqliteLedger
from sixnines.reliability import bookkeeper as module
from sixnines.reliability import pace
from sixnines.reliability.bookkeeper import Bookkeeper
from sixnines.reliability.tally import Tally
from support.catalog import CATALOG
from support.clocks import ManualClock

CONFIG = """version: 1
providers: {a: {kind: ollama, base_url: "http://127.0.0.1:1"}}
models: {m: {deployments: [{provider: a, model: x}], availability: {target: 99}}}
"""
M = Series(Scope.MODEL, "m")


class Disk:
    """What is wrong with the disk, if anything is.

    Attributes:
        fault: nothing can be written or read.
        free: set unless whoever reads has to wait.
        read: somebody has begun to read.
    """

    def __init__(self):
        self.fault = None
        self.free = threading.Event()
        self.free.set()
        self.read = threading.Event()


def totals_in(path):
    with contextlib.closing(SqliteLedger(path, print)) as ledger:
        return ledger.totals(0, 10**9)


class OnDisk:
    """A ledger that fails when its disk does."""

    def __init__(self, path, disk):
        self._real = SqliteLedger(path, print)
        self._disk = disk

    def __getattr__(self, name):
        if self._disk.fault is not None and name != "close":
            raise LedgerFault(self._disk.fault)
        if name in ("totals", "records"):
            self._disk.read.set()
            assert self._disk.free.wait(30)
        return getattr(self._real, name)


class Desk:
    """A bookkeeper with everything around it."""

    def __init__(self, tmp_path):
        self.clock = ManualClock(ahead=1.7e9 - 1000)  # 20 s past a full minute
        self.tally = Tally()
        self.disk = Disk()
        self.connect = lambda: OnDisk(tmp_path / "x.db", self.disk)
        self.states = {}
        self.snapshot = read_text(CONFIG, "x.yaml", {}, CATALOG).snapshot
        self.books = Bookkeeper(
            self.tally, self.connect, clock=self.clock, snapshot=lambda: self.snapshot,
            standings=self.states.items, number=7,
        )  # fmt: skip

    def happened(self, cause=GOOD, count=1):
        for _ in range(count):
            self.tally._count("gateway", "", cause)
            self.tally._count("model", "m", cause)

    async def second(self, seconds=1.0):
        self.clock.advance(seconds)
        self.books.tick()
        await self.books.write()

    async def told(self, window="1h"):
        report = await self.books.report(window)
        return {each.series: each for each in report.findings}, report


@pytest.fixture
async def desk(tmp_path):
    made = Desk(tmp_path)
    yield made
    made.disk.fault = None
    made.disk.free.set()
    await made.books.stop()


async def test_what_was_counted_is_told(desk):
    desk.happened(count=9)
    desk.happened("rate")
    await desk.second()
    findings, report = await desk.told()
    assert (findings[M].share.good, findings[M].share.bad) == (9, 1)
    assert findings[M].causes == (("rate", 1),)
    assert findings[M].budget.target == 0.99
    assert findings[THE_GATEWAY].budget.target == 0.999
    assert findings[Series(Scope.PROVIDER, "a")].share.total == 0
    assert report.uptime.value == 1.0


async def test_who_asks_sees_what_was_counted_just_now(desk):
    desk.happened()
    findings, _ = await desk.told()
    assert findings[M].share.good == 1


async def test_outcomes_belong_to_the_minute_in_which_their_second_began(desk):
    await desk.second(39)  # 59 s past the minute
    desk.happened("server")
    await desk.second(1)
    desk.happened()
    await desk.second(1)
    findings, report = await desk.told()
    (episode,) = findings[M].spells.episodes
    assert (episode.start, episode.end) == (report.now - 1, report.now)


async def test_probes_tell_of_a_provider_that_nobody_asks(desk):
    for state, seconds in ((HealthState.HEALTHY, 120), (HealthState.DOWN, 120), (HealthState.HEALTHY, 60)):
        desk.states["a"] = state
        for _ in range(seconds):
            await desk.second()
    findings, _ = await desk.told()
    found = findings[Series(Scope.PROVIDER, "a")]
    assert found.probes.bad == pytest.approx(120, abs=1)
    assert found.share.total == 0
    (episode,) = found.spells.episodes
    assert (episode.cause, episode.length_s(0)) == ("down", 120)


async def test_a_second_is_a_second_however_often_it_is_looked_at(desk):
    desk.states["a"] = HealthState.HEALTHY
    for _ in range(40):
        await desk.second(0.25)
    await desk.second(3)
    findings, _ = await desk.told()
    assert findings[Series(Scope.PROVIDER, "a")].probes.good == 13


async def test_states_that_are_neither_up_nor_down_are_no_evidence(desk):
    for state in set(HealthState) - {HealthState.HEALTHY, HealthState.DOWN}:
        desk.states["a"] = state
        await desk.second()
    findings, _ = await desk.told()
    assert findings[Series(Scope.PROVIDER, "a")].probes.total == 0


async def test_a_ledger_that_fails_loses_nothing_and_is_told_of_once(desk, caplog):
    caplog.set_level(logging.INFO)
    desk.disk.fault = "the disk is full"
    for _ in range(3):
        desk.happened()
        await desk.second()
    assert [each.message for each in caplog.records] == [
        "availability is not recorded for now, and requests are served as before: the disk is full"
    ]
    state = desk.books.state()
    assert (state.fault, state.waiting, state.lost) == ("the disk is full", 3, 0)
    with pytest.raises(LedgerFault):
        await desk.told()
    assert await desk.books.figures() is None
    desk.disk.fault = None
    findings, _ = await desk.told()
    assert findings[M].share.good == 3
    assert caplog.records[-1].message == "availability is recorded again; 0 outcomes were lost"
    assert desk.books.state().fault is None


async def test_what_is_kept_for_a_ledger_that_stays_away_is_bounded_and_the_loss_is_counted(desk, monkeypatch):
    monkeypatch.setattr(module, "MOST_CELLS", 6)
    desk.disk.fault = "gone"
    for _ in range(5):
        desk.happened(count=2)
        await desk.second(60)
    assert desk.books.state().lost == 4
    assert desk.books.state().waiting == 6
    desk.disk.fault = None
    findings, _ = await desk.told()
    assert findings[M].share.good == 6


async def test_a_jump_of_the_clock_is_neither_up_nor_down(desk):
    await desk.second()
    await desk.second()
    desk.clock.set_back(-3600)
    await desk.second()
    _, report = await desk.told("24h")
    assert report.uptime.unknown_s == pytest.approx(3601, abs=1)
    assert report.uptime.down_s == pytest.approx(0, abs=0.01)


async def test_a_clock_that_is_set_back_counts_nothing_twice_and_nothing_below_zero(desk):
    desk.happened(count=5)
    await desk.second(600)
    desk.clock.set_back(300)
    desk.happened(count=3)
    await desk.second()
    findings, report = await desk.told()
    assert findings[M].share.good == 8
    assert min(report.uptime.up_s, report.uptime.down_s, report.uptime.unknown_s) >= 0
    assert report.uptime.value == 1.0


async def test_a_restart_goes_on_with_what_was_there_and_shows_the_time_between(desk, tmp_path):
    desk.happened(count=4)
    await desk.second()
    await desk.books.stop()
    following = Desk(tmp_path)
    following.clock.advance(121)
    following.books = Bookkeeper(
        following.tally, following.connect, clock=following.clock, snapshot=following.books._snapshot,
        standings=lambda: (), number=8,
    )  # fmt: skip
    following.happened()
    await following.second()
    findings, report = await following.told()
    await following.books.stop()
    assert findings[M].share.good == 5
    assert report.uptime.down_s == pytest.approx(120)
    assert report.uptime.outages[0].cause == "it was stopped"


async def test_figures_are_for_every_name_and_window_that_has_any(desk):
    desk.happened(count=99)
    desk.happened("rate")
    found = await desk.books.figures()
    assert {(each.series, each.window) for each in found} == {
        (series, window) for series in (THE_GATEWAY, M) for window in ("1h", "24h", "7d", "30d")
    }
    (longest,) = [each for each in found if each.series == M and each.window == "30d"]
    assert (longest.value, longest.burn, longest.left) == (0.99, pytest.approx(1), pytest.approx(0, abs=1e-9))
    assert longest.lower < 0.99 < longest.upper


async def test_figures_that_are_old_are_shown_once_more_and_read_again_meanwhile(desk):
    desk.happened()
    first = await desk.books.figures()
    desk.happened("rate")
    assert await desk.books.figures() is first
    desk.clock.advance(module.FRESH_S)
    assert await desk.books.figures() is first
    await desk.books._reading
    await asyncio.sleep(0)
    assert (await desk.books.figures())[0].value == 0.5


async def test_figures_that_are_too_old_are_waited_for(desk):
    desk.happened()
    await desk.books.figures()
    desk.happened("rate")
    desk.clock.advance(module.STALE_S)
    assert (await desk.books.figures())[0].value == 0.5


async def test_while_it_runs_it_writes_again_and_again(desk, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "EVERY_S", 0.01)
    desk.happened()
    running = asyncio.create_task(desk.books.run())
    for _ in range(1000):
        await asyncio.sleep(0.005)
        if desk.books._written_s and not desk.books._kept and not desk.books._one_at_a_time.locked():
            break
    running.cancel()
    await asyncio.wait((running,))
    totals = await asyncio.to_thread(totals_in, tmp_path / "x.db")
    assert {each.count for each in totals} == {1}


async def test_many_names_are_written_less_often_but_never_in_another_minute(desk, monkeypatch):
    monkeypatch.setattr(pace, "FEW", 1)
    monkeypatch.setattr(pace, "SELDOM_S", 5.0)
    monkeypatch.setattr(module, "EVERY_S", 1.0)
    desk.happened()
    desk.happened("server")  # four counts: every fourth second
    await desk.second()
    due = []
    for _ in range(8):
        desk.clock.advance(1)
        due.append(desk.books._is_due())
        if due[-1]:
            desk.happened()
            desk.happened("server")
            desk.books.tick()
            await desk.books.write()
    assert due == [False, False, False, True] * 2
    desk.clock.advance(60 - desk.clock.unix_s() % 60)  # the minute is over a moment after it was written
    assert desk.books._is_due()


def test_however_many_names_there_are_a_kill_loses_less_than_a_second():
    waits = [pace.pause_s(counts, module.EVERY_S) for counts in (1, pace.FEW, 3 * pace.FEW, 10**7)]
    assert waits == sorted(waits)
    assert waits[1] == 0
    assert waits[-1] + module.EVERY_S <= 1


async def test_few_names_are_written_each_second(desk):
    await desk.second()
    desk.clock.advance(0.9)
    assert desk.books._is_due()


async def test_somebody_who_reads_for_long_holds_up_no_write(desk, tmp_path):
    desk.disk.free.clear()
    reading = asyncio.create_task(desk.told())
    await asyncio.to_thread(desk.disk.read.wait, 10)
    desk.happened()
    await asyncio.wait_for(desk.second(), 10)
    totals = await asyncio.to_thread(totals_in, tmp_path / "x.db")
    assert {each.count for each in totals} == {1}
    assert not reading.done()
    desk.disk.free.set()
    await reading


# ---- what was spent

PAID = Usage(prompt_tokens=100, completion_tokens=10)
DOLLARS = Price(2_000_000, 8_000_000)
KEY = ("", "m", "a")


async def test_what_was_spent_is_told_with_the_counts(desk):
    desk.happened()
    desk.books.spending.note(desk.books.spending.line(KEY), DOLLARS, PAID)
    found = await desk.books.spend("1h", 1)
    assert (found.total.cost_micros, found.outlay) == (280, None)


async def test_what_is_spent_while_the_ledger_fails_is_written_when_it_can_be(desk):
    desk.disk.fault = "no space"
    for _ in range(5):
        desk.happened()
        desk.books.spending.note(desk.books.spending.line(KEY), DOLLARS, PAID)
        await desk.second()
    assert (desk.books.state().fault, desk.books.state().unwritten_picos) == ("no space", 5 * 280_000_000)
    desk.disk.fault = None
    await desk.second()
    assert desk.books.state().unwritten_picos == 0
    assert (await desk.books.spend("1h", 1)).total.cost_micros == 5 * 280


async def test_it_belongs_to_the_minute_in_which_it_was_spent(desk):
    desk.books.spending.note(desk.books.spending.line(KEY), DOLLARS, PAID)
    await desk.second(3 * 3600)
    await desk.second()
    assert (await desk.books.spend("1h", 1)).total.answers == 0
    assert (await desk.books.spend("24h", 1)).total.answers == 1


async def test_what_was_spent_is_written_also_where_nothing_else_was_counted(desk, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "EVERY_S", 0.01)
    desk.books.spending.note(desk.books.spending.line(KEY), DOLLARS, PAID)
    running = asyncio.create_task(desk.books.run())
    for _ in range(2000):
        await asyncio.sleep(0.005)
        if desk.books._written_s and not desk.books._unwritten and not desk.books._one_at_a_time.locked():
            break
    running.cancel()
    await asyncio.wait((running,))
    assert (await desk.books.spend("1h", 1)).total.answers == 1


async def test_the_budget_is_read_with_the_figures(desk):
    desk.snapshot = replace(desk.snapshot, allowance=Allowance(1000, Period.MONTH))
    desk.books.spending.note(desk.books.spending.line(KEY), DOLLARS, PAID)
    desk.happened()
    await desk.books.figures()
    assert (desk.books.outlay.picos, desk.books.outlay.ratio) == (280_000_000, 0.28)
    desk.snapshot = replace(desk.snapshot, allowance=None)
    desk.clock.advance(module.STALE_S + 1)
    await desk.books.figures()
    assert desk.books.outlay is None
