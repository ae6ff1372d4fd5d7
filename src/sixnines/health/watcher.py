"""Watches providers beside the requests: probes them, and notices when their streams stand still.

Never spends a token, never delays a request, and never ends by what a provider does. Several workers probe no more
often than one: who probes tells the others that he does and what he found, and they put off their own. How busy an
engine is each worker asks for itself, as long as it uses that engine.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Mapping

from sixnines.clock import Clock
from sixnines.config.snapshot import ProviderSpec, Snapshot
from sixnines.health.board import Board
from sixnines.health.deployment import ProviderHealth
from sixnines.health.news import News
from sixnines.health.poller import Poller
from sixnines.health.prober import Prober
from sixnines.health.state import HealthState
from sixnines.providers.interface import Kind, ProbeResult, ProbeState

_log = logging.getLogger("sixnines")

_STATES = {
    ProbeState.HEALTHY: HealthState.HEALTHY,
    ProbeState.LOADING: HealthState.LOADING,
    ProbeState.BUSY: HealthState.BUSY,
    ProbeState.MISCONFIGURED: HealthState.MISCONFIGURED,
    ProbeState.DOWN: HealthState.DOWN,
}
# How often streams are looked at, in seconds: short beside the shortest sensible `hung`.
_LOOK_EVERY_S = 1.0
# In which the news of the worker that asks first reach the others, who need not ask then.
_TURN_S = 0.25
# Gateways and workers that were started together must not probe together.
_JITTER = 0.2


class Watcher:
    """Watches the providers of the current config.

    Args:
        prober: sends probes.
        board: is told what they find.
        kinds: by name.
        snapshot: the current config.
        clock: for the time of breakers.
        rng: spreads the probes.

    Attributes:
        tell: is given what other workers should know.
        turn: which of several workers this is: that with 0 asks at once about whom nothing is known, the others then.
    """

    def __init__(
        self, prober: Prober, board: Board, kinds: Mapping[str, Kind], *, snapshot: Callable[[], Snapshot],
        clock: Clock, rng: random.Random,
    ) -> None:  # fmt: skip
        self._prober = prober
        self._board = board
        self._kinds = kinds
        self._snapshot = snapshot
        self._clock = clock
        self._rng = rng
        self._due: dict[str, float] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._told: dict[str, HealthState] = {}
        self._woken = asyncio.Event()
        self._poller = Poller(prober, board, kinds, snapshot=snapshot, clock=clock, rng=rng)
        self._poller.ended = self._woken.set
        self.turn = 0
        self.tell: Callable[[News], None] = _nobody_listens

    def hear(self, news: News) -> None:
        """What another worker tells."""
        spec = self._snapshot().providers.get(news.provider)
        if spec is None:
            return  # it goes by another config for a moment
        if news.state is None:
            self._put_off(spec, self._snapshot().health.interval_s)
        else:
            self._take_note(spec, news.state, news.reason, news.resident)
            self._told[spec.name] = _STATES[news.state]

    async def run(self) -> None:
        """Watch until cancelled."""
        self._board.suspect = self._suspect
        self._board.wanted = self._wanted
        try:
            while True:
                self._woken.clear()
                self._look_at_streams()
                self._look_at_states()
                wait_s = self._start_probes()
                now = self._clock.monotonic_s()
                wait_s = min(wait_s, max(0.0, self._poller.start_due(now) - now))
                # Not `wait_for`: on Python 3.11 it swallows a cancellation that comes together with the end of a probe.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await self._woken.wait()
        finally:
            await self._poller.close()
            for task in self._asking.values():
                task.cancel()
            await asyncio.gather(*self._asking.values(), return_exceptions=True)

    def _suspect(self, provider: ProviderHealth) -> None:
        """A request could not reach it: look now, not at the next turn."""
        if provider.state is not HealthState.DOWN and provider.name not in self._asking:
            self._due[provider.name] = 0.0
            self._woken.set()

    def _wanted(self, provider: ProviderHealth) -> None:
        """Routing goes by how busy it is, or by its memory, after a quiet time."""
        del provider
        self._woken.set()

    def _look_at_states(self) -> None:
        now = self._clock.monotonic_s()
        for provider in self._board.providers():
            provider.look(now)

    def _look_at_streams(self) -> None:
        hung_s = self._snapshot().health.hung_s
        now = asyncio.get_running_loop().time()
        for provider in self._board.providers():
            hung = provider.streams > 0 and now - provider.progress_at > hung_s
            if hung != provider.hung:
                provider.hangs(hung=hung)
                if hung:
                    _log.warning("provider %s hangs: it streams, and nothing has come for %g s", provider.name, hung_s)
                else:
                    _log.info("provider %s goes on", provider.name)

    def _start_probes(self) -> float:
        """Ask those who are due; the seconds until somebody will be."""
        snapshot = self._snapshot()
        if not snapshot.health.active:
            return _LOOK_EVERY_S
        now = self._clock.monotonic_s()
        next_at = now + _LOOK_EVERY_S
        for name, spec in snapshot.providers.items():
            if name in self._asking:
                continue
            due = self._due.setdefault(name, now + self.turn * _TURN_S)
            if due <= now:
                self._asking[name] = asyncio.create_task(self._ask(spec))
            else:
                next_at = min(next_at, due)
        return max(0.0, next_at - now)

    async def _ask(self, spec: ProviderSpec) -> None:
        kind = self._kinds[spec.kind.name]
        self.tell(News(spec.name))
        try:
            result = await self._prober.ask(spec, kind.probe)
            resident: ProbeResult | None = None
            if kind.resident is not None and result.state is ProbeState.HEALTHY:
                resident = await self._prober.ask(spec, kind.resident)
            self._note(spec, result, resident)
        finally:
            del self._asking[spec.name]
            self._woken.set()

    def _note(self, spec: ProviderSpec, result: ProbeResult, resident: ProbeResult | None) -> None:
        was_down = self._board.provider(spec).state is HealthState.DOWN
        models = None if resident is None or resident.models is None else frozenset(resident.models)
        self._take_note(spec, result.state, result.reason, models)
        self.tell(News(spec.name, result.state, result.reason, models))
        state = _STATES[result.state]
        if self._told.get(spec.name) is not state or (was_down and state is HealthState.HEALTHY):
            self._told[spec.name] = state
            _log_change(spec, state, result.reason)

    def _take_note(self, spec: ProviderSpec, found: ProbeState, reason: str, resident: frozenset[str] | None) -> None:
        """What a probe has found, whoever sent it."""
        provider, now = self._board.provider(spec), self._clock.monotonic_s()
        well = found is ProbeState.HEALTHY
        provider.found(_STATES[found], reason)
        provider.resident = resident
        if well:
            for deployment in self._board.of_provider(spec.name):
                deployment.breaker.reached(now)
        health = self._snapshot().health
        self._put_off(spec, health.interval_s if well else health.unhealthy_interval_s)

    def _put_off(self, spec: ProviderSpec, interval_s: float) -> None:
        self._due[spec.name] = self._clock.monotonic_s() + interval_s * self._rng.uniform(1 - _JITTER, 1 + _JITTER)


def _nobody_listens(news: News) -> None:
    del news


def _log_change(spec: ProviderSpec, state: HealthState, reason: str) -> None:
    """One line for each change: a warning unless it is well or `optional`."""
    level = logging.INFO if state is HealthState.HEALTHY or spec.optional else logging.WARNING
    _log.log(level, "provider %s%s is %s: %s", spec.name, " (optional)" if spec.optional else "", state, reason)
