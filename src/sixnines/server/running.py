"""The running gateway as a change sees it: what it serves, how to have it serve something else, and how it does.

Never decides whether a change is good, and never swaps before everything that takes time or may fail has been done.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import msgspec

from sixnines.config.load import Loaded
from sixnines.config.snapshot import Snapshot
from sixnines.control.tally import Tally
from sixnines.domain.failure import FailureKind
from sixnines.errors import ActivationRefused
from sixnines.server.colleagues import Colleagues, Replies

# A complete answer, and what is the caller's own fault (see `Ticket.outcome`). A request that is too long for every
# model speaks against a config: windows are part of it.
_GOOD = frozenset({"ok", FailureKind.CALLER.value, FailureKind.POLICY.value})
# Nobody knows how it would have ended.
_LEFT_OUT = "client_gone"


class Part(msgspec.Struct, frozen=True, array_like=True):
    """What one worker knows of how the gateway does.

    Attributes:
        in_flight: requests that it serves.
        good, bad: how those have ended that it has served: see `Tally`.
    """

    in_flight: int
    good: int
    bad: int


_pack = msgspec.msgpack.Encoder().encode
_part = msgspec.msgpack.Decoder(Part).decode


@dataclass(frozen=True, slots=True)
class Held:
    """A config that is served.

    Attributes:
        loaded: what came of its files; it has a snapshot.
        revision: the number that it is recorded under; 0 if it is not.
    """

    loaded: Loaded
    revision: int = 0

    @property
    def snapshot(self) -> Snapshot:
        """What is gone by.

        Raises:
            ActivationRefused: it has none.
        """
        if self.loaded.snapshot is None:
            raise ActivationRefused(f"{self.loaded.summary()}; such a config cannot be served")
        return self.loaded.snapshot

    def is_like(self, other: "Held") -> bool:
        """Whether both are one config under one number."""
        return self.revision == other.revision and self.snapshot.digest == other.snapshot.digest


Activate = Callable[[Held], Awaitable[list[str]]]
"""Has all workers go by a config, or raises `ActivationRefused`; the keys that take effect at the next start only."""


@dataclass(frozen=True, slots=True)
class Ways:
    """What a gateway offers to whoever changes what it serves.

    Attributes:
        held: what new requests are served by.
        adjusted: what becomes of a config before it is served here: another port than the one that it says.
        activate: see `Activate`.
    """

    held: Callable[[], Held]
    adjusted: Callable[[Loaded], Loaded]
    activate: Activate


def part_of(in_flight: int, ended: Iterable[tuple[str, float]], bugs: float) -> Part:
    """One worker's part.

    Args:
        in_flight: requests that it serves.
        ended: calls by how they ended; the same word may come more than once.
        bugs: those that ended by a fault of the gateway.
    """
    good = bad = 0.0
    for word, count in ended:
        if word in _GOOD:
            good += count
        elif word != _LEFT_OUT:
            bad += count
    return Part(in_flight, int(good), int(bad + bugs))


class Running:
    """See the top. Answers other workers as well (`server.colleagues.Reporter`).

    Args:
        ways: to change what it serves.
        part: what this worker knows.
        colleagues: the others.
    """

    subject = "running"

    def __init__(self, ways: Ways, part: Callable[[], Part], colleagues: Colleagues) -> None:
        self._ways = ways
        self._part = part
        self._colleagues = colleagues
        self._last: dict[int, Part] = {}

    @property
    def revision(self) -> int:
        """The number of the revision that new requests are served by; 0 for a config that could not be recorded."""
        return self._ways.held().revision

    @property
    def loaded(self) -> Loaded:
        """The config that new requests are served by."""
        return self._ways.held().loaded

    async def activate(self, loaded: Loaded, revision: int) -> list[str]:
        """Serve new requests by another config; those under way keep theirs.

        Raises:
            ActivationRefused: a worker cannot go by it; all go by the old one still.
        """
        return await self._ways.activate(Held(self._ways.adjusted(loaded), revision))

    async def tally(self) -> Tally:
        """How requests have ended so far, over all workers."""
        total, _ = await self.all_parts()
        return Tally(total.good, total.bad)

    async def all_parts(self) -> tuple[Part, Replies]:
        """The sum over all workers, and what the others said. Who does not answer counts as he last did."""
        own = self._part()
        replies = await self._colleagues.ask(self.subject)
        self._last |= {worker: _part(said) for worker, said in replies.said.items()}
        others = [self._last[each] for each in (*replies.said, *replies.missing) if each in self._last]
        in_flight = sum(each.in_flight for each in (own, *others))
        return Part(in_flight, own.good + sum(e.good for e in others), own.bad + sum(e.bad for e in others)), replies

    def report(self, about: bytes) -> bytes:
        """What this worker knows."""
        del about
        return _pack(self._part())
