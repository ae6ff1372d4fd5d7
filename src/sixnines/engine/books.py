"""The books of attempts: what the board, the metrics and the trail are told. Decides nothing.

Whatever ends an attempt, also the caller's leaving, ends it here exactly once.
"""

import logging
from typing import Final

from sixnines.accounting.spending import Line
from sixnines.config.snapshot import DeploymentSpec, ModelSpec, RouteSpec
from sixnines.dialects.codec import Whole
from sixnines.dialects.neutral import Usage
from sixnines.domain.attempt import Attempt, AttemptRole
from sixnines.domain.availability import Scope, Series
from sixnines.domain.failure import Failure
from sixnines.domain.operation import Operation
from sixnines.domain.price import FREE
from sixnines.domain.trail import Trail
from sixnines.engine.order import Entry, Live
from sixnines.engine.page import Page
from sixnines.engine.services import Services
from sixnines.health.breaker import Breaker, BreakerState
from sixnines.health.deployment import ProviderHealth
from sixnines.routing.candidate import Candidate, price_of
from sixnines.telemetry.counting import Counter
from sixnines.telemetry.metrics import ATTEMPTS, FALLBACKS

_log: Final = logging.getLogger("sixnines")
# How much the last request says about how long the next will take.
_NEWEST_SHARE: Final = 0.1
_CLOSED: Final = BreakerState.CLOSED
_RETRY: Final = AttemptRole.RETRY  # looked up once: on Python 3.11 that takes as long as a call


class Books:
    """Keeps them."""

    def __init__(self, services: Services) -> None:
        self._metrics = services.metrics
        self._clock = services.clock
        self._spending = services.spending
        self._pages: dict[tuple[Series, str, str, Operation], Page] = {}

    def page(self, candidate: Candidate, target: ModelSpec | RouteSpec, operation: Operation) -> Page:
        """Where a whole answer is counted. Nearly always where the last one of the same candidate was."""
        page = candidate.page
        if isinstance(page, Page) and page.name == target.name and page.operation is operation:
            return page
        return self._found(candidate, target, operation)

    def began(self, entry: Entry) -> None:
        """An attempt starts; its place has been taken."""
        health = entry.health
        if not health.calm:  # else it is closed, and has nothing to note
            health.breaker.began(entry.began_s)
        if entry.role is not _RETRY:
            health.provider.repetitions.earn()

    def note(self, entry: Entry, result: Live | Whole | Failure | None, trail: Trail, arrived_s: float) -> None:
        """An attempt has come to its first content, its whole answer or its end; None: its caller has left."""
        now = self._clock.monotonic_s()
        failure = result if isinstance(result, Failure) else None
        spec = entry.candidate.deployment
        attempt = Attempt(
            spec.id, spec.provider.name, failure, (now - entry.began_s) * 1000,
            (entry.began_s - arrived_s) * 1000, entry.role, result is None, entry.span,
        )  # fmt: skip
        trail.attempts.append(attempt)
        if failure is None and result is not None:
            entry.health.pace.note(now - entry.began_s, now)
            if entry.health.provider.resident is not None:
                entry.health.provider.holds(spec.upstream_model)
            if entry.lessons is not None:
                entry.lessons.began(entry.candidate, now - entry.began_s)
        if isinstance(result, Whole):
            self._settle(entry, None, now, complete=True, usage=result.usage)
        elif not isinstance(result, Live):
            self._settle(entry, failure, now, complete=False)

    def note_end(self, entry: Entry, failure: Failure | None, usage: Usage | None, *, complete: bool) -> None:
        """A delivered stream is over: complete, broken, or left by its caller."""
        entry.health.provider.streams -= 1
        self._settle(entry, failure, self._clock.monotonic_s(), complete=complete, usage=usage)

    def note_lost(self, entry: Entry, trail: Trail) -> None:
        """Another answer is delivered although this one had begun as well."""
        trail.lost(entry.candidate.deployment.id)
        entry.health.provider.streams -= 1
        self._settle(entry, None, self._clock.monotonic_s(), complete=False)

    def note_fallback(self, candidate: Candidate, failure: Failure, following: Candidate) -> None:
        """Somebody else is asked because this one failed."""
        labels = (
            candidate.model.name, candidate.deployment.provider.name,
            following.model.name, following.deployment.provider.name, failure.kind.value,
        )  # fmt: skip
        self._metrics.count(FALLBACKS, labels)

    def charge_page(self, page: Page, candidate: Candidate, usage: Usage | None, trail: Trail) -> None:
        """The same as `charge`, where the answer's page is known."""
        spec = candidate.deployment
        price = spec.price
        if price is None and spec.provider.local:  # as `price_of`, for which every request would wait
            price = FREE
        picos = self._spending.note(page.line, price, usage)
        if picos is not None:
            trail.picos = picos if trail.picos is None else trail.picos + picos

    def charge(self, candidate: Candidate, usage: Usage | None, trail: Trail) -> None:
        """A provider has given a complete answer: what it took, as reported, and what that costs.

        Args:
            candidate: who it was.
            usage: None where nothing was reported.
            trail: the request's.
        """
        line = self._line(candidate, trail)
        picos = self._spending.note(line, price_of(candidate.deployment), usage)
        if picos is not None:
            trail.picos = picos if trail.picos is None else trail.picos + picos

    def charge_part(self, candidate: Candidate, usage: Usage | None, trail: Trail) -> None:
        """The same of an answer that broke off, or that nobody got to its end."""
        line = self._line(candidate, trail)
        picos = self._spending.note_part(line, price_of(candidate.deployment), usage)
        if picos is not None:
            trail.picos = picos if trail.picos is None else trail.picos + picos

    def _line(self, candidate: Candidate, trail: Trail) -> Line:
        return self._spending.line((trail.route, candidate.model.name, candidate.deployment.provider.name))

    def _found(self, candidate: Candidate, target: ModelSpec | RouteSpec, operation: Operation) -> Page:
        is_route = isinstance(target, RouteSpec)
        series = Series(Scope.ROUTE if is_route else Scope.MODEL, target.name)
        model, provider = candidate.model.name, candidate.deployment.provider.name
        key = series, model, provider, operation
        page = self._pages.get(key)
        if page is None:
            answers = self._metrics.answers((target.name, model, provider, operation))
            line = self._spending.line((target.name if is_route else "", model, provider))
            page = self._pages[key] = Page(series, model, operation, answers=answers, line=line)
        candidate.page = page
        return page

    def _answers_of(self, provider: ProviderHealth) -> Counter:
        found = provider.answers = self._metrics.counter(ATTEMPTS, (provider.name, "ok"))
        return found

    def _settle(
        self, entry: Entry, failure: Failure | None, now: float, *, complete: bool, usage: Usage | None = None
    ) -> None:
        health, spec, lessons = entry.health, entry.candidate.deployment, entry.lessons
        provider = health.provider
        if provider.places.limit is not None:
            provider.served_s += _NEWEST_SHARE * (now - entry.began_s - provider.served_s)
        if complete:
            if not health.calm and health.breaker.state is not _CLOSED:
                _log.info("deployment %s answers again", spec.id)
            health.succeeded()
            (provider.answers or self._answers_of(provider)).add()
            if lessons is not None:
                lessons.completed(entry.candidate, usage)
        elif failure is None:  # the caller left, or a bug: either way it says nothing about the provider
            health.abandoned()
        else:
            was = health.breaker.state
            health.failed(failure, now, pinned=entry.pinned)
            if health.breaker.state is not was:
                _tell(spec, health.breaker, failure, now)
            self._metrics.count(ATTEMPTS, (spec.provider.name, failure.kind.value))
            if lessons is not None:
                lessons.failed(entry.candidate, failure)
        provider.places.give_back()  # last: whoever gets the place goes by what is known now


def _tell(spec: DeploymentSpec, breaker: Breaker, failure: Failure, now: float) -> None:
    """One line for each time that a deployment is left alone, with the last reason."""
    level = logging.INFO if spec.provider.optional else logging.WARNING
    rest_s = breaker.open_until - now
    _log.log(level, "deployment %s rests for %.0f s after %s: %s", spec.id, rest_s, failure.kind, failure.message)
