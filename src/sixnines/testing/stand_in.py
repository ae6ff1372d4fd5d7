"""One stand-in engine as an application for the HTTP server: requests in, scripted behaviour out.

Owns the state (journal, slots, rules); renders nothing itself. Never does anything that the script does not say.
"""

import asyncio
from dataclasses import dataclass

import msgspec

from sixnines.clock import Clock
from sixnines.server.gone import CallerGone
from sixnines.server.interface import Request
from sixnines.server.responder import HttpResponder
from sixnines.testing.admin import ADMIN_PATH, Admin
from sixnines.testing.answers import Answer, answer
from sixnines.testing.asks import Ask
from sixnines.testing.director import Cue, Director
from sixnines.testing.engines.interface import Document, Engine, Info, Refused, Route, State, Talk, Visit
from sixnines.testing.faults import ErrorSpec, Preset
from sixnines.testing.journal import Journal
from sixnines.testing.pacing import Wheel
from sixnines.testing.performing import Performer, Timing
from sixnines.testing.script import Asked, Behaviour, Respond, Script, ScriptError
from sixnines.testing.slots import QueueFull, Slots
from sixnines.testing.spoiling import spoil
from sixnines.testing.staging import Take, Voice, play, stage
from sixnines.testing.stamp import Stamp
from sixnines.testing.wire import Headers, Reel, Reply, json_bytes

_JSON_TYPE: Headers = [(b"content-type", b"application/json")]
_decode = msgspec.json.Decoder(dict[str, object]).decode


@dataclass(slots=True)
class _Turn:
    """One request on its way: what it is, what it gets, and what that costs."""

    visit: Visit
    route: Route | None
    behaviour: Behaviour
    refusal: Reply | None
    generated: Answer | None = None


class StandIn:
    """The application.

    Args:
        engine: the kind to play.
        script: how.
        clock: wall clock, for the times that answers carry.

    Attributes:
        engine: the kind.
        journal: what has happened.
        slots: who is being served.
        script: the script in force.
    """

    def __init__(self, engine: Engine, script: Script, clock: Clock) -> None:
        self.engine = engine
        self.journal = Journal()
        self.slots = Slots(self.journal.tell)
        self._clock = clock
        self._serial = 0
        self._loop = asyncio.get_running_loop()
        self._wheel = Wheel(self._loop)
        self._performer = Performer(self._wheel, self._loop)
        self._admin = Admin(self)
        self.follow(script)

    def follow(self, script: Script) -> None:
        """Put another script in force, for requests that come from now on; its counters start at nothing.

        Raises:
            ScriptError: this kind cannot play it; the old one stays.
        """
        problem = self.engine.check(script)
        if problem is not None:
            raise ScriptError(problem)
        self.script = script
        self._director = Director(script)
        self.slots.limit, self.slots.room = script.slots, script.queue
        self.slots.admit()

    def reset(self) -> None:
        """Forget what has happened; rules count from nothing again."""
        self.journal.reset()
        self._director = Director(self.script)

    def state(self) -> State:
        """What the engine can see of itself."""
        journal, slots = self.journal, self.slots
        return State(
            script=self.script,
            running=slots.running,
            waiting=slots.waiting,
            finished=journal.finished,
            prompt_tokens=journal.prompt_tokens,
            generated_tokens=journal.generated_tokens,
        )

    async def __call__(self, request: Request, responder: HttpResponder) -> None:
        """Answer one request."""
        if request.path.startswith(ADMIN_PATH):
            self._admin.answer(request, responder)
            return
        self.journal.enter(request)
        left = True
        try:
            await self._serve(request, responder)
            left = False
        finally:
            self.journal.leave(cancelled=left)

    async def _serve(self, request: Request, responder: HttpResponder) -> None:
        turn = self._read(request)
        if turn.behaviour.trouble:
            self.journal.played[turn.behaviour.trouble] += 1
        outcome = self._outcome(turn)
        timing = Timing(came_at=self._loop.time(), head_s=turn.behaviour.head_s)
        needs_slot = turn.generated is not None or (isinstance(turn.route, Info) and turn.route.waits)
        if not needs_slot:
            await self._performer.perform(self._spoiled(outcome, turn), responder, timing)
            return
        if self.script.interrupt and turn.generated is not None:
            self._performer.interrupt()
        try:
            await self.slots.take()
        except QueueFull:
            full = self.engine.error(ErrorSpec(preset=Preset.OVERLOADED), turn.visit, self.script)
            await self._performer.perform(full, responder, timing)
            return
        await self._generate(outcome, turn, responder, timing)

    async def _generate(self, outcome: Reply | Reel, turn: _Turn, responder: HttpResponder, timing: Timing) -> None:
        """Play an answer that holds a slot."""
        made, ask = turn.generated, turn.visit.ask
        timing.came_at = self._loop.time()
        if made is not None:
            rate = turn.behaviour.tokens_per_s
            timing.first_token_s = turn.behaviour.first_token_s
            timing.step_s = 1 / rate if rate else 0.0
            timing.tokens = made.generated
        orphaned = False
        try:
            await self._performer.perform(self._spoiled(outcome, turn), responder, timing)
            if made is not None and ask is not None:
                self.journal.finished += 1
                self.journal.prompt_tokens += ask.prompt_tokens
                self.journal.generated_tokens += made.generated
        except (asyncio.CancelledError, CallerGone):
            orphaned = ask is not None and not ask.stream and not self.engine.hears_hangup
            if orphaned:  # the engine goes on for nobody, and the slot stays taken
                self._loop.call_at(timing.ends_at, self.slots.give)
            raise
        finally:
            if not orphaned:
                self.slots.give()

    # ---- what the request is

    def _read(self, request: Request) -> _Turn:
        self._serial += 1
        request_id = request.header(b"x-request-id")
        stamp = Stamp(
            self._serial,
            self.script.seed,
            self._clock.unix_s(),
            None if request_id is None else request_id.decode("latin-1"),
        )
        method, path = request.method, request.path
        visit = Visit(method, path, stamp, request.query, request.header)
        route = self.engine.find(path)
        allowed = () if route is None else ("POST",) if isinstance(route, Talk) else route.methods
        if route is None or method not in allowed:
            return self._turn(visit, None, self.engine.stray(visit, allowed))
        if isinstance(route, Info):
            visit.document = _document(request.body)
            return self._turn(visit, route, None)
        document = _document(request.body)
        if document is None:
            return self._turn(visit, route, self.engine.unreadable(visit, request.body))
        visit.document = document
        try:
            visit.ask = self._ask(route.read(document, visit, self.script))
        except Refused as refused:
            return self._turn(visit, route, refused.reply)
        return self._turn(visit, route, None)

    def _ask(self, ask: Ask) -> Ask:
        """Complete an ask by what holds for every kind: the name that is answered, and no more tokens than fit."""
        if not ask.served:
            ask.served = self.script.models[0] if self.engine.says_alias or not ask.model else ask.model
        room = max(self.script.context_window - ask.prompt_tokens, 0)
        ask.max_tokens = room if ask.max_tokens is None else min(ask.max_tokens, room)
        return ask

    def _turn(self, visit: Visit, route: Route | None, refusal: Reply | None) -> _Turn:
        ask = visit.ask
        cue = Cue(
            route.operation if isinstance(route, Talk) else Asked.INFO,
            visit.method,
            visit.path,
            visit.header,
            "" if ask is None else ask.model,
            ask is not None and ask.stream,
            "" if ask is None else ask.prompt,
        )
        return _Turn(visit, route, self._director.choose(cue), refusal)

    # ---- what it gets

    def _outcome(self, turn: _Turn) -> Reply | Reel:
        """The answer before any fault. Sets `turn.generated` where output is generated."""
        behaviour, visit = turn.behaviour, turn.visit
        if behaviour.respond is not None:
            return _fixed(behaviour.respond)
        error = behaviour.error or self._objection(turn)
        if error is None and turn.refusal is not None:
            return turn.refusal
        if error is None and isinstance(turn.route, Talk) and visit.ask is not None:
            error = self._missing(visit.ask)
            if error is None:
                return self._answer(turn, turn.route, visit.ask)
        if error is None and isinstance(turn.route, Info):
            return turn.route.tell(visit, self.state())
        return self.engine.error(error or ErrorSpec(preset=Preset.SERVER_ERROR), visit, self.script)

    def _answer(self, turn: _Turn, talk: Talk, ask: Ask) -> Reply | Reel:
        turn.generated = answer(ask, turn.behaviour, self.script.seed)
        if ask.stream and talk.stream is not None:
            return talk.stream(ask, turn.generated, turn.visit.stamp)
        return talk.whole(ask, turn.generated, turn.visit.stamp)

    def _objection(self, turn: _Turn) -> ErrorSpec | None:
        """A key that is missing or wrong."""
        keys = self.script.api_keys
        if keys and self.engine.guarded(turn.visit.path) and self.engine.key(turn.visit) not in keys:
            return ErrorSpec(preset=Preset.UNAUTHORIZED)
        return None

    def _missing(self, ask: Ask) -> ErrorSpec | None:
        """A model that is not served, or a prompt that does not fit."""
        any_model = self.engine.any_model if self.script.any_model is None else self.script.any_model
        if ask.model and not any_model and not self.engine.knows(ask.model, self.script):
            return ErrorSpec(preset=Preset.MISSING)
        if self.engine.overflows and ask.prompt_tokens > self.script.context_window:
            return ErrorSpec(preset=Preset.CONTEXT)
        return None

    def _spoiled(self, outcome: Reply | Reel, turn: _Turn) -> Reply | Take:
        """The answer with the fault that the script asks for."""
        fault = turn.behaviour.fault
        if fault is None:
            return outcome if isinstance(outcome, Reply) else play(outcome)
        visit, script, engine = turn.visit, self.script, self.engine
        voice = Voice(
            lambda spec: engine.error(spec, visit, script),
            lambda spec: engine.error_event(spec, visit, script),
            engine.done_after_error,
            script.seed,
        )
        return spoil(fault, outcome, voice) if isinstance(outcome, Reply) else stage(fault, outcome, voice)


def _document(body: bytes) -> Document | None:
    """The JSON object in `body`, or None."""
    try:
        return _decode(body)
    except msgspec.DecodeError:
        return None


def _fixed(respond: Respond) -> Reply:
    """A fixed answer: text as it is, anything else as JSON."""
    given = {name.lower().encode("latin-1"): value.encode("latin-1") for name, value in respond.headers.items()}
    if isinstance(respond.body, str):
        return Reply(respond.status, [*given.items()], respond.body.encode())
    headers = [header for header in _JSON_TYPE if header[0] not in given]
    return Reply(respond.status, [*headers, *given.items()], json_bytes(respond.body))
