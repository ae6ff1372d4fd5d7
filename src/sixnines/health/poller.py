"""Asks providers in use how busy they are and what they hold in memory, where routing goes by it.

Never delays a request, and never asks where config has no use for the answer, or of an engine that nobody uses. Each of
several workers asks for itself, what it uses itself: an answer is good for a second, and would be older by the telling.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping

from sixnines.clock import Clock
from sixnines.config.snapshot import ProviderSpec, Snapshot
from sixnines.health.board import IN_USE_FOR_S, Board
from sixnines.health.prober import Prober
from sixnines.providers.interface import Kind, Probe, ProbeState

_log = logging.getLogger("sixnines")

# Gateways that were started together must not ask together.
_JITTER = 0.2


def _unheard() -> None:
    pass


class Poller:
    """Asks the providers of the current config. Driven by the watcher.

    Args:
        prober: sends probes.
        board: is told what they find.
        kinds: by name.
        snapshot: the current config.
        clock: for the age of what they find.
        rng: spreads the probes.

    Attributes:
        ended: called when an answer has come.
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
        self.ended: Callable[[], None] = _unheard
        self._of: Snapshot | None = None
        self._warm: frozenset[str] = frozenset()
        self._asked: tuple[ProviderSpec, ...] = ()
        self._due: dict[str, float] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._refusals: dict[str, str] = {}

    def start_due(self, now: float) -> float:
        """Ask those who are due; the monotonic time at which somebody will be, or infinity."""
        snapshot = self._snapshot()
        if snapshot is not self._of:
            self._configure(snapshot)
        next_at = float("inf")
        for spec in self._asked:
            provider = self._board.provider(spec)
            if spec.name in self._asking or (now - provider.used_at > IN_USE_FOR_S and not provider.places.in_flight):
                continue
            due = self._due.get(spec.name, 0.0)
            if due <= now:
                self._asking[spec.name] = asyncio.create_task(self._ask(spec))
            else:
                next_at = min(next_at, due)
        return next_at

    async def close(self) -> None:
        """Ask nobody any more."""
        for task in self._asking.values():
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    def _configure(self, snapshot: Snapshot) -> None:
        self._of = snapshot
        models = (model for model in snapshot.models.values() if model.rules.prefer_warm)
        self._warm = frozenset(each.provider.name for model in models for each in model.deployments)
        asked = (each for each in snapshot.providers.values() if self._load_probe(each) or self._memory_probe(each))
        self._asked = tuple(asked) if snapshot.health.active else ()

    def _load_probe(self, spec: ProviderSpec) -> Probe | None:
        return None if spec.saturation is None else self._kinds[spec.kind.name].load

    def _memory_probe(self, spec: ProviderSpec) -> Probe | None:
        return self._kinds[spec.kind.name].resident if spec.name in self._warm else None

    async def _ask(self, spec: ProviderSpec) -> None:
        health = self._snapshot().health
        interval_s = health.load_interval_s
        try:
            if (probe := self._load_probe(spec)) is not None and not await self._ask_load(spec, probe, interval_s):
                interval_s = max(interval_s, health.interval_s)  # it may be started anew with other flags
            if (probe := self._memory_probe(spec)) is not None:
                models = (await self._prober.ask(spec, probe)).models
                self._board.provider(spec).resident = None if models is None else frozenset(models)
        finally:
            self._due[spec.name] = self._clock.monotonic_s() + interval_s * self._rng.uniform(1 - _JITTER, 1 + _JITTER)
            del self._asking[spec.name]
            self.ended()

    async def _ask_load(self, spec: ProviderSpec, probe: Probe, interval_s: float) -> bool:
        """Ask how busy it is; False when it will not tell."""
        provider = self._board.provider(spec)
        before = provider.places.taken
        result = await self._prober.ask(spec, probe)
        if result.load is not None:
            # What began or ended while it was asked may be in its count or not: taken for ours, it is nobody else's.
            ours = max(before, provider.places.taken)
            provider.gauge.note(result.load, ours, self._clock.monotonic_s(), interval_s)
            self._refusals.pop(spec.name, None)
            return True
        provider.gauge.forget()
        if result.state is not ProbeState.MISCONFIGURED:
            return True  # it is down, or loads: the probes of its health tell that
        if self._refusals.get(spec.name) != result.reason:
            self._refusals[spec.name] = result.reason
            instead = "saturation has no effect there" if spec.max_in_flight is None else "max_in_flight alone counts"
            level = logging.INFO if spec.optional else logging.WARNING
            _log.log(level, "provider %s does not tell how busy it is: %s; %s", spec.name, result.reason, instead)
        return False
