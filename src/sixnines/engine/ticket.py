"""One request on its way, and whom its answer goes to. Values only."""

from typing import Final

import msgspec

from sixnines.config.snapshot import Expose, ModelSpec, RouteSpec
from sixnines.dialects.neutral import Usage
from sixnines.domain.operation import Operation
from sixnines.domain.priority import Priority
from sixnines.domain.trace_context import Traced
from sixnines.domain.trail import Trail
from sixnines.domain.wishes import NO_WISHES, Wishes
from sixnines.engine.interface import Sink, Voice
from sixnines.engine.page import Page
from sixnines.engine.services import Generation
from sixnines.routing.candidate import Candidate
from sixnines.routing.lessons import Lessons

_JSON: Final = (b"content-type", b"application/json")
_TRAIL: Final = Expose.TRAIL
_NORMAL: Final = Priority.NORMAL


class Caller(msgspec.Struct, frozen=True, gc=False):
    """Where the answer goes and how errors inside a stream are said."""

    sink: Sink
    voice: Voice


class Ticket(msgspec.Struct):
    """One request on its way.

    Attributes:
        id: the request id, told to the caller on every answer.
        generation: the config that it keeps to its end.
        arrived_s: monotonic seconds.
        via: the gateways that it came through, as a header value; b"" if it came straight from a caller.
        trail: filled in as things happen; read by the error table.
        model: the model that answers, once one does.
        extra_headers: for every answer (CORS).
        priority: whom it goes before, where requests wait.
        wishes: the caller's headers that have a say in who serves it.
        operation, asked, streamed: what is asked for; None, "" and False until it is known.
        target: what the name means; None until it is known.
        status, error: of the error answer, if it was one; set where that is sent.
        outcome: how a call ended, in the word that `REQUESTS` counts; "" if it was refused before it was planned.
        first_content_s, ended_s: monotonic seconds of a stream's first content and of the answer's end, 0.0 before.
        usage: as the provider reported it.
        lessons: what its attempts teach; None where nobody learns.
        answering: whose answer it gets, once that is settled; the first of them where another goes on with it.
        trace: its place in a trace; None where nothing is traced.
        tap: where its answer goes instead, if somebody listens to it.
        body: of a whole answer, once it is sent.
        reasons: see `Whole`.
        page: where it is counted, if it is a whole answer; None as long as there is none.
    """

    id: str
    generation: Generation
    arrived_s: float
    via: bytes
    trail: Trail
    model: str = ""
    extra_headers: list[tuple[bytes, bytes]] = []
    priority: Priority = _NORMAL
    wishes: Wishes = NO_WISHES
    operation: Operation | None = None
    asked: str = ""
    streamed: bool = False
    target: ModelSpec | RouteSpec | None = None
    status: int = 0
    error: str | None = None
    outcome: str = ""
    first_content_s: float = 0.0
    ended_s: float = 0.0
    usage: Usage | None = None
    lessons: Lessons | None = None
    answering: Candidate | None = None
    trace: Traced | None = None
    tap: Sink | None = None
    body: bytes = b""
    reasons: tuple[str, ...] | None = None
    page: Page | None = None

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The answer headers of DESIGN section 6, as far as they are known."""
        request_id = self.id.encode()
        headers = [(b"x-request-id", request_id), (b"x-sixnines-request-id", request_id), *self.extra_headers]
        if self.model:
            headers.append((b"x-sixnines-model", self.model.encode()))
        attempts = self.trail.attempts
        if not attempts:
            return headers
        headers.append((b"x-sixnines-attempts", b"%d" % len(attempts)))
        answered = next((each for each in attempts if each.answered), attempts[-1])
        if self.generation.snapshot.server.expose is _TRAIL or self.wishes.candidate is not None:
            headers.append((b"x-sixnines-provider", answered.provider.encode()))
        first = attempts[0].failure
        if first is not None and len(attempts) > 1:
            headers.append((b"x-sixnines-fallback", first.kind.value.encode()))
        return headers

    def json_headers(self, page: Page) -> list[tuple[bytes, bytes]] | bytes:
        """The same for an answer in JSON; already as lines where only config and this process have a say in them.

        Args:
            page: of the answer.
        """
        attempts = self.trail.attempts
        if len(attempts) != 1 or self.extra_headers:
            return [_JSON, *self.headers()]
        exposed = self.generation.snapshot.server.expose is _TRAIL or self.wishes.candidate is not None
        request_id = self.id.encode()
        return b"content-type: application/json\r\nx-request-id: %b\r\nx-sixnines-request-id: %b\r\n%b" % (
            request_id, request_id, page.lines(exposed=exposed)
        )  # fmt: skip
