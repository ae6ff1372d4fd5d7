"""Writes down the decision about each request, for `sixnines replay`.

Never fails a request and never waits: what cannot be written down is counted by whoever takes it. Never passes on a
session or the beginning of a prompt: of a conversation only a number is kept, mixed with a secret of this gateway, so
that nobody can find out by trying whether it belongs to a prompt that he guesses.
"""

import hashlib
import logging
from collections.abc import Callable
from typing import Protocol

from sixnines.clock import Clock
from sixnines.config.text_formats import MAX_NAME
from sixnines.domain.priority import Priority
from sixnines.domain.wishes import NO_WISHES
from sixnines.engine.recorded import NOTHING_WISHED, VERSION, Recorded, Tried, Wished
from sixnines.engine.ticket import Ticket
from sixnines.routing import affinity
from sixnines.routing.ask import Ask
from sixnines.routing.candidate import Plan, price_of

_log = logging.getLogger("sixnines")
_NORMAL = Priority.NORMAL
# A larger body is not looked into again for its conversation: that would take a millisecond for each MiB.
_LOOKED_INTO = 64 * 1024
_NORMALLY = NOTHING_WISHED.priority  # the very text: it is how a default is known that need not be written


class Lines(Protocol):
    """Takes what is to be written."""

    def offer(self, record: object) -> None:
        """Write it, or drop and count it."""
        ...


class Recorder:
    """Writes down decisions.

    Args:
        lines: takes them.
        clock: for when a request came.
        secret: of this gateway, at most 64 bytes.
        later: calls what it is given once the answer is on its way (the event loop's `call_soon`).
    """

    def __init__(self, lines: Lines, clock: Clock, secret: bytes, later: Callable[..., object]) -> None:
        self._lines = lines
        self._clock = clock
        self._secret = secret
        self._later = later

    def note(self, name: str, ask: Ask, plan: Plan, ticket: Ticket) -> None:
        """A request has ended.

        Args:
            name: the model or route that it asked for.
            ask: what it asked of routing.
            plan: what came of that.
            ticket: what became of it.
        """
        self._later(self._write_down, name, ask, plan, ticket)

    def _write_down(self, name: str, ask: Ask, plan: Plan, ticket: Ticket) -> None:
        try:
            self._lines.offer(self._recorded(name, ask, plan, ticket))
        except Exception:  # noqa: BLE001 - the answer has been given, and must not be spoilt by the books
            _log.exception("request %s could not be recorded", ticket.id)

    def _recorded(self, name: str, ask: Ask, plan: Plan, ticket: Ticket) -> Recorded:
        total_s = ticket.ended_s - ticket.arrived_s
        first = plan.candidates[0].deployment if plan.candidates else None
        attempts, usage = ticket.trail.attempts, ticket.usage
        return Recorded(
            v=VERSION,
            at=round(self._clock.unix_s() - total_s, 3),
            id=ticket.id,
            asked=ticket.asked[:MAX_NAME],
            name=name,
            operation=ask.operation,
            stream=ticket.streamed,
            tokens_floor=ask.tokens_floor,
            prompt_tokens=ask.prompt_tokens,
            answer_tokens=ask.answer_tokens,
            outcome=ticket.outcome,
            features=ask.features,
            needs=tuple(ask.needs),
            conversation=self._conversation(ask),
            wishes=_wished(ticket),
            order=[each.deployment.id for each in plan.candidates],
            skipped=plan.skipped,
            window=None if first is None else first.context_window,
            price=None if first is None else price_of(first),
            tried=[Tried(each.deployment, each.word, round(each.milliseconds, 1)) for each in attempts],
            answered=next((each.deployment for each in attempts if each.answered), None),
            first_content_ms=round((ticket.first_content_s - ticket.arrived_s) * 1000, 1)
            if ticket.first_content_s
            else None,
            total_ms=round(total_s * 1000, 1),
            prompt_used=None if usage is None else usage.prompt_tokens,
            answer_used=None if usage is None else usage.completion_tokens,
            revision=ticket.generation.revision,
        )

    def _conversation(self, ask: Ask) -> str | None:
        if ask.call is not None and len(ask.call.body) > _LOOKED_INTO and not ask.wishes.session:
            return None
        key = affinity.key(ask)
        if key is None:
            return None
        return hashlib.blake2b(key.to_bytes(8, "big"), digest_size=8, key=self._secret).hexdigest()


def _wished(ticket: Ticket) -> Wished:
    wishes = ticket.wishes
    if wishes is NO_WISHES and ticket.priority is _NORMAL:
        return NOTHING_WISHED
    priority = _NORMALLY if ticket.priority is _NORMAL else ticket.priority.name.lower()
    denied = tuple(sorted(wishes.deny))
    return Wished(wishes.quality, wishes.local_only, denied, wishes.pin, priority, wishes.candidate)
