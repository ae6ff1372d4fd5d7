"""Which providers are broken on purpose, how, and until when. An operator breaks them to see the failover.

Never breaks one that the config does not allow to be broken, and never for ever: each ends by itself. While none is,
the two tables of ways are empty, and nothing is different from a gateway that cannot do this at all.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from sixnines.clock import Clock
from sixnines.config.snapshot import Snapshot
from sixnines.domain.injected_fault import FaultKind, InjectedFault
from sixnines.transport.interface import Transport

if TYPE_CHECKING:  # loaded when the first one is broken
    from sixnines.transport.broken import BrokenTransport

_log: Final = logging.getLogger("sixnines")

# What stops a whole process is met by its health path too; an engine that errs, is slow or dies in an answer may still
# say that it is well.
_MET_BY_PROBES: Final = frozenset({FaultKind.REFUSE, FaultKind.HANG})


class Handle(Protocol):
    """Something that will happen."""

    def cancel(self) -> None:
        """It will not."""
        ...


Later = Callable[[float, Callable[[], None]], Handle]
"""Has something happen after so many seconds."""


@dataclass(frozen=True, slots=True)
class Broken:
    """One provider that is broken on purpose.

    Attributes:
        fault: what it suffers.
        until: monotonic time of its end.
    """

    fault: InjectedFault
    until: float


class Faults:
    """See the top.

    Args:
        transport: the way that requests go otherwise.
        ways: where attempts look for another way to a provider, by its name (`Services.detours`).
        clock: the time.
        later: has a fault end.
        tells: the log is told; not by several workers.

    Attributes:
        probe_ways: where probes look for one.
    """

    def __init__(
        self, transport: Transport, ways: dict[str, Transport], clock: Clock, later: Later, *, tells: bool
    ) -> None:
        self.probe_ways: dict[str, Transport] = {}
        self._transport = transport
        self._ways = ways
        self._clock = clock
        self._later = later
        self._tells = tells
        self._set: dict[str, tuple[Broken, BrokenTransport, Handle]] = {}

    def begin(self, provider: str, fault: InjectedFault, until: float) -> None:
        """Break a provider from now on, in place of what it suffered so far.

        Args:
            provider: its name.
            fault: what it suffers.
            until: monotonic time of its end.
        """
        from sixnines.transport.broken import BrokenTransport  # noqa: PLC0415 - few gateways ever need it

        self._take_away(provider)
        way = BrokenTransport(self._transport, fault)
        self._ways[provider] = way
        if fault.kind in _MET_BY_PROBES:
            self.probe_ways[provider] = way
        left_s = until - self._clock.monotonic_s()
        self._set[provider] = Broken(fault, until), way, self._later(left_s, lambda: self.end(provider))
        if self._tells:
            _log.warning("provider %s is broken on purpose: %s, for %.0f s", provider, fault.kind, left_s)

    def end(self, provider: str) -> None:
        """Leave it alone again. What was found of it meanwhile stays until an answer or a probe says more."""
        if self._take_away(provider) and self._tells:
            _log.info("provider %s is no longer broken on purpose", provider)

    def of(self, provider: str) -> Broken | None:
        """What it suffers now."""
        found = self._set.get(provider)
        return None if found is None else found[0]

    def all(self) -> Iterator[tuple[str, InjectedFault]]:
        """Those that suffer anything, by name."""
        return ((name, broken.fault) for name, (broken, _, _) in self._set.items())

    def configure(self, snapshot: Snapshot) -> None:
        """End what another config does not allow any more."""
        for provider in tuple(self._set):
            if not snapshot.server.fault_injection or provider not in snapshot.providers:
                self.end(provider)

    def _take_away(self, provider: str) -> bool:
        found = self._set.pop(provider, None)
        if found is None:
            return False
        _, way, end = found
        end.cancel()
        self._ways.pop(provider, None)
        self.probe_ways.pop(provider, None)
        way.mend()
        return True
