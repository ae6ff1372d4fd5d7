"""What a kind of engine is to a stand-in: routes and renderers. Pure: no sockets, no clock, no randomness."""

import abc
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sixnines.testing.answers import Answer
from sixnines.testing.asks import Ask
from sixnines.testing.faults import ErrorSpec
from sixnines.testing.script import Asked, Script
from sixnines.testing.stamp import Stamp
from sixnines.testing.wire import Headers, Reel, Reply

Document = dict[str, object]


@dataclass(frozen=True, slots=True)
class State:
    """What an engine can see of itself.

    Attributes:
        script: the script in force.
        running: requests being generated.
        waiting: requests that wait for a slot.
        finished: generated answers so far.
        prompt_tokens: prompt tokens read so far.
        generated_tokens: tokens generated so far.
    """

    script: Script
    running: int = 0
    waiting: int = 0
    finished: int = 0
    prompt_tokens: int = 0
    generated_tokens: int = 0


@dataclass(slots=True)
class Visit:
    """One request as far as errors and information answers look at it.

    Attributes:
        method: as sent.
        path: without the query.
        stamp: ids and time of the answer.
        query: without the question mark.
        header: the first value of a request header, by its name in lower case.
        document: the body, if it is a JSON object.
        ask: what it asks for, once that is known.
    """

    method: str
    path: str
    stamp: Stamp
    query: str = ""
    header: Callable[[bytes], bytes | None] = lambda _: None
    document: Document | None = None
    ask: Ask | None = None

    @property
    def model(self) -> str:
        """The model asked for, or ""."""
        return "" if self.ask is None else self.ask.model


class Refused(Exception):  # noqa: N818 - not a fault: the engine's ordinary answer to a bad request
    """The request is one that the engine answers with an error.

    Attributes:
        reply: that answer.
    """

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Talk:
    """A path that generates output.

    Attributes:
        operation: what it generates.
        read: what the document of a visit asks for; raises `Refused`.
        whole: the complete answer.
        stream: the streamed answer; None where the path does not stream.
    """

    operation: Asked
    read: Callable[[Document, Visit, Script], Ask]
    whole: Callable[[Ask, Answer, Stamp], Reply]
    stream: Callable[[Ask, Answer, Stamp], Reel] | None = None


@dataclass(frozen=True, slots=True)
class Info:
    """A path that tells something.

    Attributes:
        tell: the answer.
        methods: the methods it takes.
        waits: it is answered only when a slot is free.
    """

    tell: Callable[[Visit, State], Reply]
    methods: tuple[str, ...] = ("GET", "HEAD")
    waits: bool = False


Route = Talk | Info


@dataclass(frozen=True, slots=True)
class Shape:
    """One error of one kind.

    Attributes:
        status: the HTTP status.
        message: the text; `{model}`, `{prompt_tokens}`, `{window}` and `{known}` are filled in.
        type: the envelope's type, where it has one.
        code: the envelope's code, where it has one.
        param: the envelope's field at fault, where it has one.
    """

    status: int
    message: str
    type: str = ""
    code: str | None = None
    param: str | None = None

    def text(self, spec: ErrorSpec, visit: Visit, script: Script) -> str:
        """The message for one request."""
        if spec.message is not None:
            return spec.message
        return self.message.format(
            model=visit.model or script.models[0],
            prompt_tokens=max(0 if visit.ask is None else visit.ask.prompt_tokens, script.context_window + 1),
            window=script.context_window,
            known=", ".join(script.models),
        )


class Engine(abc.ABC):
    """One kind of engine.

    Attributes:
        name: the provider kind in config.
        any_model: it serves every model name unless the script says otherwise.
        says_alias: answers name the first of the script's models instead of the one asked for.
        overflows: a prompt larger than the context window is an error (as opposed to silently cut).
        object_arguments: calls carry their arguments as an object, so text cannot be scripted for them.
        done_after_error: the terminator follows an error inside a stream.
        hears_hangup: it notices that a caller who does not stream has gone.
        keep_alive_s: how long an idle connection stays open.
        routes: what it serves, by path; a path that ends in `*` stands for all that begin so.
    """

    name: str
    any_model = False
    says_alias = False
    overflows = True
    object_arguments = False
    done_after_error = False
    hears_hangup = True
    keep_alive_s = 75.0
    routes: Mapping[str, Route]

    def check(self, script: Script) -> str | None:
        """Why this kind cannot play `script`, or None."""
        if script.interrupt:
            return "interrupt: only the llamacpp-python kind interrupts; remove it"
        behaviours = (script.default, *(rule.then for rule in script.rules))
        calls = [call for behaviour in behaviours for call in behaviour.tool_calls]
        if self.object_arguments and any(isinstance(call.arguments, str) for call in calls):
            return f"tool_calls.arguments: {self.name} sends an object; give one instead of text"
        return None

    def find(self, path: str) -> Route | None:
        """What is served at `path`."""
        found = self.routes.get(path)
        if found is not None:
            return found
        return next((r for key, r in self.routes.items() if key[-1] == "*" and path.startswith(key[:-1])), None)

    def guarded(self, path: str) -> bool:  # noqa: ARG002 - most kinds guard every path
        """Whether `path` needs a key when keys are required."""
        return True

    def key(self, visit: Visit) -> str | None:
        """The key that a request shows: a bearer token (RFC 6750) unless the kind has a header of its own."""
        value = visit.header(b"authorization") or b""
        return value[7:].decode("latin-1") if value[:7].lower() == b"bearer " else None

    def knows(self, model: str, script: Script) -> bool:
        """Whether `model` is one of the script's."""
        return model in script.models

    @abc.abstractmethod
    def stray(self, visit: Visit, allowed: tuple[str, ...]) -> Reply:
        """The answer for a path that is not served (`allowed` is empty), or not with this method."""

    @abc.abstractmethod
    def unreadable(self, visit: Visit, body: bytes) -> Reply:
        """The answer to a body that is not a JSON object."""

    @abc.abstractmethod
    def error(self, spec: ErrorSpec, visit: Visit, script: Script) -> Reply | Reel:
        """An error in this kind's envelope."""

    @abc.abstractmethod
    def error_event(self, spec: ErrorSpec, visit: Visit, script: Script) -> bytes:
        """The same inside a stream: framed, or b"" where this kind lets the stream end without a word."""


def retry_after(spec: ErrorSpec) -> Headers:
    """The Retry-After header (RFC 9110 section 10.2.3) that the script asks for."""
    return [] if spec.retry_after_s is None else [(b"retry-after", b"%d" % spec.retry_after_s)]
