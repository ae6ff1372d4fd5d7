"""Counts outcomes as they happen: plain integers in dictionaries, emptied again and again. Pure.

On the path of every request: nearly all are good at the first attempt, and counted on their page. Holds only names of
the config: what callers invent has no target. Never reads a clock: whoever empties it knows which minute it was.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from sixnines.config.snapshot import ModelSpec, RouteSpec, Snapshot
from sixnines.domain.attempt import Attempt
from sixnines.domain.availability import GOOD, THE_GATEWAY, Scope, Series
from sixnines.domain.failure import FailureKind
from sixnines.domain.trail import Trail
from sixnines.engine.page import Page
from sixnines.reliability.outcomes import of_failure, of_request

Counted = tuple[Series, str, int]
"""Whose outcomes they are, their cause, and how many."""

# Looked up once, and plain text: on Python 3.11 an enumeration takes as long as a call, and to be hashed as well.
_LOADING: Final = FailureKind.LOADING
_GATEWAY: Final = Scope.GATEWAY.value
_MODEL: Final = Scope.MODEL.value
_ROUTE: Final = Scope.ROUTE.value
_PROVIDER: Final = Scope.PROVIDER.value
_PROBES: Final = Scope.PROBES.value


class Ended(Protocol):
    """A request that is over (see `engine.ticket.Ticket`)."""

    outcome: str
    target: ModelSpec | RouteSpec | None
    trail: Trail
    status: int
    error: str | None
    page: Page | None


class Tally:
    """Counts since it was last emptied."""

    __slots__ = ("_cut", "_others", "_pages", "_routes", "_straight")

    def __init__(self) -> None:
        self._pages: list[Page] = []
        self._straight: dict[tuple[str, str], int] = {}
        self._others: dict[tuple[str, str, str], int] = {}
        self._routes: set[str] = set()
        self._cut = False

    def cut(self) -> None:
        """From now on the gateway ends what is under way: it is stopping."""
        self._cut = True

    def note(self, ticket: Ended) -> None:
        """A request is over."""
        attempts = ticket.trail.attempts
        # A good answer may be of one that broke off when it had said all of it.
        if len(attempts) != 1 or ticket.outcome != "ok" or attempts[0].failure is not None:
            self._note(ticket)
            return
        page = ticket.page
        if page is not None:
            if not page.good:
                self._pages.append(page)
            page.good += 1
            return
        key = ticket.target.name, attempts[0].provider  # type: ignore[union-attr] # what is answered has a target
        try:
            self._straight[key] += 1
        except KeyError:
            self._straight[key] = 1

    def seconds(self, provider: str, cause: str, seconds: int) -> None:
        """A provider was up (`GOOD`) or down for so many seconds, as probes found."""
        self._count(_PROBES, provider, cause, seconds)

    def empty(self, snapshot: Snapshot) -> list[Counted]:
        """What has been counted, each series and cause once; from now on it is counted anew.

        Args:
            snapshot: the current config. A request may have begun with the one before.
        """
        self._routes.update(snapshot.routes)
        self._routes.difference_update(snapshot.models)
        good, providers = self._empty_pages()
        straight, others = self._straight, self._others
        self._straight, self._others = {}, {}
        for (name, provider), count in straight.items():
            known = good.get(name)
            series = Series(Scope.ROUTE if name in self._routes else Scope.MODEL, name) if known is None else known[0]
            good[name] = series, count if known is None else known[1] + count
            # Of an answer that is good although its provider broke off the provider is counted apart.
            providers[provider] = providers.get(provider, 0) + count
        total = sum(providers.values())
        providers.pop("", None)
        counted = [(THE_GATEWAY, GOOD, total)] if total else []
        counted += [(series, GOOD, count) for series, count in good.values()]
        counted += [(Series(Scope.PROVIDER, name), GOOD, count) for name, count in providers.items()]
        counted += [(Series(Scope(scope), name), cause, count) for (scope, name, cause), count in others.items()]
        return counted

    def _empty_pages(self) -> tuple[dict[str, tuple[Series, int]], dict[str, int]]:
        """What stands on pages: by the name that was asked for, which is a model's or a route's, and by provider.

        By plain text: a series is hashed in ten times the time.
        """
        pages, self._pages = self._pages, []
        good: dict[str, tuple[Series, int]] = {}
        providers: dict[str, int] = {}
        for page in pages:
            count, page.good = page.good, 0
            known = good.get(page.name)
            good[page.name] = page.series, count if known is None else count + known[1]
            providers[page.provider] = providers.get(page.provider, 0) + count
        return good, providers

    def _note(self, ticket: Ended) -> None:
        target = ticket.target
        answered = self._blame(ticket.trail.attempts)
        if ticket.outcome == "ok" and target is not None:
            key = target.name, answered
            self._straight[key] = self._straight.get(key, 0) + 1
            return
        cause = of_request(ticket.outcome, ticket.status, ticket.error, cut=self._cut)
        if cause is not None:
            self._count(_GATEWAY, "", cause)
            if target is not None:
                self._count(_ROUTE if target.__class__ is RouteSpec else _MODEL, target.name, cause)

    def _blame(self, attempts: Sequence[Attempt]) -> str:
        """Count the attempts that gave no answer; the provider that gave it, or ""."""
        loading: list[str] = []
        answered = ""
        for attempt in attempts:
            failure, provider = attempt.failure, attempt.provider
            if failure is None:
                answered = answered if attempt.cancelled else provider
                continue
            if failure.kind is _LOADING:
                if provider in loading:  # who waits for an engine asks it again and again
                    continue
                loading.append(provider)
            said = of_failure(failure, cut=self._cut)
            if said is not None:
                self._count(_PROVIDER, provider, said)
        return answered

    def _count(self, scope: str, name: str, cause: str, count: int = 1) -> None:
        key = scope, name, cause
        self._others[key] = self._others.get(key, 0) + count


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
