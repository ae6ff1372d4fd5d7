"""The application: from a path to what serves it, and from every error to an answer.

The router knows exact paths only: nothing is decoded, joined or normalised before it is compared.
"""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final, Protocol

import msgspec

from sixnines.config.text_formats import MAX_NAME
from sixnines.dialects.call import Call
from sixnines.dialects.openai.voice import OpenAIVoice
from sixnines.domain.operation import Operation
from sixnines.domain.price import micros
from sixnines.domain.trail import Trail
from sixnines.endpoints.interface import Endpoint
from sixnines.engine.interface import Sink
from sixnines.engine.pipeline import Pipeline
from sixnines.engine.recent import Entry, Recent
from sixnines.engine.recorder import Recorder
from sixnines.engine.services import GenerationCell, Services
from sixnines.engine.ticket import Caller, Ticket
from sixnines.errors import (
    AllAttemptsFailed,
    Draining,
    Forbidden,
    HopLoop,
    SixNinesError,
    Unauthenticated,
    UnknownPath,
    UnsupportedMedia,
    WrongMethod,
)
from sixnines.reliability.tally import Tally
from sixnines.server import cors, same_site
from sixnines.server.errors import ErrorAnswer, bug, describe
from sixnines.server.gone import CallerGone
from sixnines.server.interface import OWNER, Request, Responder
from sixnines.server.observing import Observing
from sixnines.server.wishes import read_priority, read_wishes
from sixnines.telemetry.metrics import BUGS, REFUSALS

_log: Final = logging.getLogger("sixnines")
_JSON: Final = (b"content-type", b"application/json")
_OK: Final = 200
_VOICE: Final = OpenAIVoice()  # the dialect of every path so far
_LONGEST_SHOWN: Final = 200
_ADMIN: Final = "/admin/"


class Visit(msgspec.Struct, frozen=True, gc=False):
    """One request with all that a page needs to answer it."""

    request: Request
    responder: Responder
    ticket: Ticket
    draining: bool

    def admit_caller(self) -> None:
        """Let a caller in, and the owner of the gateway.

        Raises:
            Unauthenticated: see `Gate.admit_caller`.
        """
        if self.request.peer != OWNER:
            self.ticket.generation.gate.admit_caller(self.request.header(b"authorization"))

    def admit_admin(self) -> None:
        """Let an administrator in, and the owner of the gateway.

        Raises:
            Unauthenticated, Forbidden: see `Gate.admit_admin`.
        """
        if self.request.peer != OWNER:
            self.ticket.generation.gate.admit_admin(self.request.header(b"authorization"))


class Page(Protocol):
    """Something served with GET: `path` exact, or a prefix when it ends in `/`."""

    path: str

    async def serve(self, visit: Visit) -> None:
        """Answer a GET or HEAD."""
        ...


class Action(Protocol):
    """Something that is no model call and served with POST, at an exact path, with a body of JSON."""

    path: str

    async def serve(self, visit: Visit) -> None:
        """Answer a POST."""
        ...


class Site(Protocol):
    """What people see with a browser: all below its own paths, whatever the method. Admits by itself."""

    def takes(self, visit: Visit) -> bool:
        """Whether this request is for it."""
        ...

    async def serve(self, visit: Visit) -> None:
        """Answer it."""
        ...


class App:
    """Serves endpoints and actions (POST), pages (GET) and the site.

    Attributes:
        in_flight: the requests being served.
        observing: tells of calls that have ended, where config wants that; may change at any time.
        site: the web page, where there is one.
        draining: no call is taken any more.
        tally: counts what came of calls.
    """

    def __init__(
        self,
        services: Services,
        cell: GenerationCell,
        *,
        endpoints: Sequence[Endpoint],
        pages: Sequence[Page],
        actions: Sequence[Action] = (),
        recent: Recent,
    ) -> None:
        self._services = services
        self._monotonic_s, self._unix_s = services.clock.monotonic_s, services.clock.unix_s
        self._cell = cell
        self._recent = recent
        self._pipeline = Pipeline(services)
        self._endpoints = {endpoint.path: endpoint for endpoint in endpoints}
        self._pages = {page.path: page for page in pages if not page.path.endswith("/")}
        self._actions = {action.path: action for action in actions}
        self._folders = [page for page in pages if page.path.endswith("/")]
        self._instance = services.instance.encode()
        self.observing: Observing | None = None
        self.site: Site | None = None
        self.in_flight = 0
        self.draining = False
        self.tally = Tally()

    async def __call__(self, request: Request, responder: Responder) -> None:
        """Answer one request, whatever happens."""
        generation = self._cell.current
        services = self._services
        fields = request.fields()
        ticket = Ticket(
            id=services.rng.getrandbits(96).to_bytes(12, "big").hex(),
            generation=generation,
            arrived_s=self._monotonic_s(),
            via=fields.get(b"x-sixnines-via", b""),
            trail=Trail([], ()),
        )
        if generation.snapshot.server.cors_origins:
            ticket.extra_headers = cors.allowed_origin(request, generation.snapshot.server.cors_origins)
        self.in_flight += 1
        try:
            endpoint = self._endpoints.get(request.path)
            if endpoint is not None and request.method == "POST":
                ticket.operation = endpoint.operation
                call = self._call(endpoint, request, fields, ticket=ticket, responder=responder)
                await self._pipeline.serve(call, ticket, Caller(self._sink(call, ticket, responder), _VOICE))
            else:
                await self._look_up(Visit(request, responder, ticket, self.draining), known=endpoint is not None)
        except SixNinesError as error:
            if isinstance(error, AllAttemptsFailed) and not self._tells_requests():
                _log.warning("request %s failed: %s", ticket.id, ticket.trail)
            answer = describe(error, ticket.trail, generation.snapshot.server.expose)
            services.metrics.count(REFUSALS, (answer.row.code or str(answer.row.status),))
            _answer(responder, ticket, answer)
        except CallerGone:
            raise  # nobody is left to tell
        except Exception:  # a bug of ours must not take the connection or the process with it
            services.metrics.count(BUGS)
            _log.exception("internal error, request id %s", ticket.id)
            ticket.outcome = "bug"
            if responder.started:
                raise
            _answer(responder, ticket, bug())
        finally:
            self.in_flight -= 1
            if ticket.operation is not None:
                self.tally.note(ticket)
                self._remember(ticket, ticket.operation, responder)

    def _remember(self, ticket: Ticket, operation: Operation, responder: Responder) -> None:
        """Keep what operators ask for of a call that is over."""
        entry = Entry(  # by position: names would take as long again
            ticket.id,
            operation,
            ticket.asked[:MAX_NAME],
            ticket.streamed,
            ticket.model,
            ticket.outcome or "refused",
            ticket.status or (_OK if responder.started else 0),
            ticket.error,
            ticket.trail.attempts,
            ticket.trail.skipped,
            ticket.usage,
            self._unix_s(),
            (ticket.ended_s or self._monotonic_s()) - ticket.arrived_s,
            ticket.first_content_s and ticket.first_content_s - ticket.arrived_s,
            ticket.generation.revision,
            None if ticket.lessons is None else ticket.lessons.opinion,
            ticket.trail.picos and micros(ticket.trail.picos),
        )
        self._recent.add(entry)
        if self.observing is not None:
            self.observing.ended(entry, ticket)

    def _tells_requests(self) -> bool:
        """Each call gets a line in the log anyhow."""
        return self.observing is not None and self.observing.tells_requests

    def refuse(self, status: int, code: str, message: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
        """The body of what the server refuses before it is a request (see `server.interface.Refusal`)."""
        self._services.metrics.count(REFUSALS, (code,))
        error: dict[str, object] = {"message": message, "type": _refusal_type(status), "param": None, "code": code}
        return [_JSON], _VOICE.error(error)

    def note_bug(self, error: Exception) -> None:
        """An exception that came through `__call__`: the answer had begun."""
        _log.error("answer aborted: %s", type(error).__name__)

    def end_streams(self) -> None:
        """The time to drain is over: end what is still streaming, with an error event."""
        self.tally.cut()
        self._pipeline.end_streams()

    def record_with(self, recorder: Recorder | None) -> None:
        """Have decisions written down from now on, or no longer."""
        self._pipeline.recorder = recorder

    async def _look_up(self, visit: Visit, *, known: bool) -> None:
        """Serve what is no call; `known` if the path takes calls."""
        request = visit.request
        if self.site is not None and self.site.takes(visit):
            visit.ticket.extra_headers = []  # see `_admit_admin`
            await self.site.serve(visit)
            return
        if request.path.startswith(_ADMIN):
            self._admit_admin(visit)
        action = self._actions.get(request.path)
        if action is not None and request.method == "POST":
            _check_media_type(request.header(b"content-type"))
            await action.serve(visit)
            return
        if known or action is not None:
            self._refuse_method(visit, ("POST", "OPTIONS"))
            return
        page = self._pages.get(request.path) or self._folder(request.path)
        if page is None:
            shown = request.path[:_LONGEST_SHOWN]
            raise UnknownPath(f"Invalid URL ({request.method} {shown}). Model calls go to /v1/chat/completions.")
        if request.method in ("GET", "HEAD"):
            await page.serve(visit)
            return
        self._refuse_method(visit, ("GET", "HEAD", "OPTIONS"))

    def _admit_admin(self, visit: Visit) -> None:
        """Every admin path, whether there is one or not, and whatever the method."""
        visit.ticket.extra_headers = []  # CORS is for model calls: no other page may read this
        if visit.request.peer != OWNER:
            same_site.check(visit.request, visit.ticket.generation.snapshot.server)
        visit.admit_admin()

    def _call(
        self, endpoint: Endpoint, request: Request, fields: dict[bytes, bytes], *, ticket: Ticket, responder: Responder
    ) -> Call:
        """The call that a request makes, if it may."""
        if self.observing is not None:
            self.observing.begin(request, fields, ticket, responder)
        try:
            ticket.generation.gate.admit_caller(fields.get(b"authorization"))
        except Unauthenticated:  # looked at here only, so that it costs nobody else anything
            if request.peer != OWNER:
                raise
        if self.draining:
            raise Draining("The gateway is shutting down; ask again.")
        if ticket.via and self._instance in ticket.via:
            raise HopLoop("This request has come through this gateway before: a provider points back at it.")
        priority = read_priority(fields)
        if priority is not None:
            ticket.priority = priority
        try:
            ticket.wishes = read_wishes(fields, ticket.generation.snapshot)
        except Forbidden:  # as above
            if request.peer != OWNER:
                raise
            ticket.wishes = read_wishes(fields, ticket.generation.snapshot, trusted=True)
        _check_media_type(fields.get(b"content-type"))
        return endpoint.read(request.body)

    def _sink(self, call: Call, ticket: Ticket, responder: Responder) -> Sink:
        """Where the answer goes."""
        if call.stream and self.observing is not None:
            self.observing.listen(ticket, responder)
        return ticket.tap or responder

    def _refuse_method(self, visit: Visit, allow: tuple[str, ...]) -> None:
        request, ticket = visit.request, visit.ticket
        if request.method != "OPTIONS":
            raise WrongMethod(f"{request.method} is not possible here; use {' or '.join(allow[:1])}.", allow=allow)
        headers = [(b"allow", ", ".join(allow).encode()), *ticket.headers()]
        if ticket.generation.snapshot.server.cors_origins and cors.is_preflight(request):
            headers += cors.preflight(request, allow)
        visit.responder.send(204, headers, b"")

    def _folder(self, path: str) -> Page | None:
        return next((page for page in self._folders if path.startswith(page.path) and path != page.path), None)


def _answer(responder: Responder, ticket: Ticket, answer: ErrorAnswer) -> None:
    ticket.status, ticket.error = answer.row.status, _code(answer)
    body = _VOICE.error(answer.error)
    responder.send(answer.row.status, [_JSON, *ticket.headers(), *answer.headers], body)


def _code(answer: ErrorAnswer) -> str | None:
    code = answer.error["code"]
    return code if isinstance(code, str) else None


def _refusal_type(status: int) -> str:
    return "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"


def _check_media_type(content_type: bytes | None) -> None:
    """JSON, or nothing said (RFC 9110 8.3 lets a server guess then)."""
    if content_type is None or content_type == _JSON[1]:
        return
    media_type = content_type.split(b";", 1)[0].strip().lower()
    if media_type != b"application/json" and not media_type.endswith(b"+json"):
        shown = media_type[:_LONGEST_SHOWN].decode("latin-1")
        raise UnsupportedMedia(f"The content type `{shown}` is not read here; send `Content-Type: application/json`.")
