"""Counts outcomes as they happen: plain integers in dictionaries, emptied each second. Pure.

On the path of every request: nearly all are good at the first attempt, and those take one look-up. Holds only names of
the config: what callers invent has no target. Never reads a clock: whoever empties it knows which minute it was.
"""

from collections.abc import Iterable
from typing import Final, Protocol

from sixnines.config.snapshot import ModelSpec, RouteSpec, Snapshot
from sixnines.domain.availability import GOOD, THE_GATEWAY, Scope, Series
from sixnines.domain.failure import FailureKind
from sixnines.domain.trail import Trail
from sixnines.reliability.outcomes import of_attempt, of_request

Counts = dict[tuple[Series, str], int]
"""Outcomes by whose they are and by cause."""

_LOADING: Final = FailureKind.LOADING


class Ended(Protocol):
    """A request that is over (see `engine.ticket.Ticket`)."""

    outcome: str
    target: ModelSpec | RouteSpec | None
    trail: Trail
    status: int
    error: str | None


class Tally:
    """Counts since it was last emptied."""

    __slots__ = ("_cut", "_others", "_routes", "_straight")

    def __init__(self) -> None:
        self._straight: dict[tuple[str, str], int] = {}
        self._others: Counts = {}
        self._routes: set[str] = set()
        self._cut = False

    def cut(self) -> None:
        """From now on the gateway ends what is under way: it is stopping."""
        self._cut = True

    def note(self, ticket: Ended) -> None:
        """A request is over."""
        target = ticket.target
        attempts = ticket.trail.attempts
        if ticket.outcome == "ok" and target is not None and len(attempts) == 1:
            key = target.name, attempts[0].provider
            straight = self._straight
            straight[key] = straight.get(key, 0) + 1
            if target.__class__ is RouteSpec:
                self._routes.add(target.name)
        else:
            self._note(ticket)

    def seconds(self, provider: str, cause: str) -> None:
        """A provider was up (`GOOD`) or down for a second, as probes found."""
        self._count(Series(Scope.PROBES, provider), cause)

    def empty(self) -> Counts:
        """What has been counted; from now on it is counted anew."""
        straight, counts = self._straight, self._others
        self._straight, self._others = {}, {}
        for (name, provider), count in straight.items():
            for series in (THE_GATEWAY, self._named(name), Series(Scope.PROVIDER, provider)):
                key = series, GOOD
                counts[key] = counts.get(key, 0) + count
        self._routes.clear()
        return counts

    def _note(self, ticket: Ended) -> None:
        cut = self._cut
        cause = of_request(ticket.outcome, status=ticket.status, error=ticket.error, cut=cut)
        if cause is not None:
            self._count(THE_GATEWAY, cause)
            target = ticket.target
            if target is not None:
                scope = Scope.ROUTE if isinstance(target, RouteSpec) else Scope.MODEL
                self._count(Series(scope, target.name), cause)
        loading: set[str] = set()
        for attempt in ticket.trail.attempts:
            failure = attempt.failure
            if failure is not None and failure.kind is _LOADING:
                if attempt.provider in loading:  # who waits for an engine asks it again and again
                    continue
                loading.add(attempt.provider)
            said = of_attempt(failure, cancelled=attempt.cancelled, word=ticket.outcome, cut=cut)
            if said is not None:
                self._count(Series(Scope.PROVIDER, attempt.provider), said)

    def _named(self, name: str) -> Series:
        return Series(Scope.ROUTE if name in self._routes else Scope.MODEL, name)

    def _count(self, series: Series, cause: str) -> None:
        key = series, cause
        self._others[key] = self._others.get(key, 0) + 1


def configured(snapshot: Snapshot) -> Iterable[Series]:
    """Everything of a config of which outcomes are counted, in its order."""
    yield THE_GATEWAY
    for scope, names in (
        (Scope.MODEL, snapshot.models),
        (Scope.ROUTE, snapshot.routes),
        (Scope.PROVIDER, snapshot.providers),
    ):
        for name in names:
            yield Series(scope, name)
