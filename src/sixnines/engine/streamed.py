"""A streamed answer from its commit point to its end, and the books of it.

Knows no dialect. Whatever breaks here ends by the model's mid-stream contract, never with a silent cut.
"""

import asyncio
import logging
from typing import Final

from sixnines.dialects.neutral import Usage
from sixnines.domain.failure import Failure
from sixnines.engine.attempt import TAIL_S, finish_reading
from sixnines.engine.continuing import Continuing
from sixnines.engine.driver import Driver
from sixnines.engine.interface import Voice
from sixnines.engine.judging import unquoted
from sixnines.engine.order import Delivery, Entry, Live, Order
from sixnines.engine.services import Services
from sixnines.engine.stream import Rhythm, StreamPatience, pass_on
from sixnines.engine.ticket import Caller, Ticket
from sixnines.engine.truncation import truncated
from sixnines.routing.candidate import Candidate
from sixnines.telemetry.metrics import FIRST_CONTENT, LONGEST_PAUSE, PACE, TOKEN_GAP, TRUNCATED_PROMPTS
from sixnines.transport.interface import Exchange, Phase

_log: Final = logging.getLogger("sixnines")
_OK: Final = 200
# Short beside the time that streams have for their last words (`server.lifecycle.LAST_WORDS_S`).
_END_AGAIN_S: Final = 0.02
# No proxy in between may hold a stream back or keep it (X-Accel-Buffering: nginx, proxy_buffering).
_STREAM_HEADERS: Final = ((b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no"))
_BROKEN: Final = "The provider failed while it was answering; what came before this is not the whole answer."
_ENDING: Final = (
    "The gateway was shut down while this answer was being given; what came before this is not the whole answer."
)


class Streams:
    """The streams that are under way."""

    def __init__(self, services: Services, driver: Driver) -> None:
        self._services = services
        self._books = driver.books
        self._continuing = Continuing(driver)
        self._live: set[Exchange] = set()
        self._ending = False

    def end_all(self) -> None:
        """The gateway stops: every stream that is under way ends now, with an error event."""
        self._ending = True
        now = self._services.loop_time()
        for exchange in self._live:
            exchange.expire_at(now, Phase.BODY)
        if self._live:  # who is just passing something on sets a later time when he has done so
            asyncio.get_running_loop().call_later(_END_AGAIN_S, self.end_all)

    async def pass_on(self, delivery: Delivery, live: Live, order: Order, *, ticket: Ticket, caller: Caller) -> str:
        """Pass a stream on; returns how it went, in one word."""
        entry = delivery.entry
        spec = entry.candidate.deployment
        ticket.first_content_s = self._services.clock.monotonic_s()
        labels = (entry.candidate.model.name, spec.provider.name)
        self._services.metrics.observe_of(FIRST_CONTENT, labels, ticket.first_content_s - ticket.arrived_s, ticket.id)
        sink = caller.sink
        sink.start(_OK, [(b"content-type", caller.voice.stream_content_type), *_STREAM_HEADERS, *ticket.headers()])
        at_first = order
        failure = await self._part(entry, live, order, ticket=ticket, caller=caller)
        while failure is not None:
            if closing := self._continuing.closing(live, failure):
                await sink.write(closing)
                sink.end()
                return "ok"
            rest = None if self._ending else await self._continuing.rest(at_first, live, entry)
            if rest is None:
                break
            order, live, entry = rest
            failure = await self._part(entry, live, order, ticket=ticket, caller=caller)
        if failure is None:
            return "ok"
        await sink.write(self._last_words(failure, caller.voice))
        sink.end()
        return f"broken_{failure.kind}"

    async def _part(self, entry: Entry, live: Live, order: Order, *, ticket: Ticket, caller: Caller) -> Failure | None:
        """Pass on what one provider says; why it broke off, or None when the answer is complete."""
        failure: Failure | None = None
        complete = False
        rhythm, before, began_s = Rhythm(), live.relay.progress, self._services.clock.monotonic_s()
        self._live.add(live.exchange)
        if self._ending:  # it began while the gateway had already told all others to end
            live.exchange.expire_at(self._services.loop_time(), Phase.BODY)
        try:
            provider = entry.candidate.deployment.provider
            kind = self._services.kinds[provider.kind.name]
            patience = StreamPatience(provider.timeouts.idle_s, order.asked.until, self._services.loop_time)
            health = entry.health.provider
            failure = await pass_on(live, caller.sink, kind, patience=patience, health=health, rhythm=rhythm)
            complete = failure is None
            if failure is not None:
                failure = unquoted(failure, provider.credential)
            if complete:
                caller.sink.end()
                if kind.info.may_truncate:
                    self._note_truncation(entry, truncated(order.asked.call, live.relay.usage), ticket)
        finally:
            self._live.discard(live.exchange)
            ticket.ended_s, ticket.usage = self._services.clock.monotonic_s(), live.relay.usage
            if failure is not None:
                ticket.trail.broke(failure)
            self._books.note_end(entry, failure, live.relay.usage, complete=complete)
            usage = self._continuing.usage(order, live)
            (self._books.charge if complete else self._books.charge_part)(entry.candidate, usage, ticket.trail)
            if not complete:
                live.exchange.abort()
        if complete:
            pieces = live.relay.progress - before
            self._note_times(entry.candidate, rhythm, ticket.ended_s - began_s, pieces=pieces, usage=usage)
            await finish_reading(live.exchange, self._services.loop_time() + TAIL_S)
        return failure

    def _note_times(
        self, candidate: Candidate, rhythm: Rhythm, seconds: float, *, pieces: int, usage: Usage | None
    ) -> None:
        """How a stream came from its first content on; what came in one piece has no times to tell."""
        if not pieces or seconds <= 0:
            return
        metrics, provider = self._services.metrics, candidate.deployment.provider.name
        metrics.observe(TOKEN_GAP, (candidate.model.name, provider), seconds / pieces)
        metrics.observe(LONGEST_PAUSE, (provider,), rhythm.longest_s)
        tokens = None if usage is None else usage.completion_tokens
        if tokens is not None and tokens > 1:  # the first one was there before
            metrics.observe(PACE, (provider,), (tokens - 1) / seconds)

    def _note_truncation(self, entry: Entry, failure: Failure | None, ticket: Ticket) -> None:
        """The caller has the answer already: all that is left is to tell whoever runs the gateway."""
        if failure is not None:
            provider = entry.candidate.deployment.provider.name
            self._services.metrics.count(TRUNCATED_PROMPTS, (provider,))
            _log.warning("request %s, provider %s: %s", ticket.id, provider, failure.message)

    def _last_words(self, failure: Failure, voice: Voice) -> bytes:
        """The end of a stream that broke after the commit point."""
        if self._ending:
            return voice.stream_error(_ENDING, "server_error", "draining")
        text = failure.message if failure.rule.caller_may_see else _BROKEN
        return voice.stream_error(text, "upstream_error", failure.code or failure.kind.value)
