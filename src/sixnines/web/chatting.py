"""One conversation with a model through this very gateway, told to a page as it comes. Never keeps a word of it.

What is asked runs as any caller's request does: it is planned, counted, remembered, and cancelled when the page leaves.
"""

from collections.abc import AsyncGenerator, Iterator
from typing import Final, Literal

import msgspec

from sixnines.client.seen import Request
from sixnines.client.words import milliseconds, plain
from sixnines.dialects.sse import SseSplitter
from sixnines.web.asking import Asking, Coming, Refused, refused

_PATH: Final = "/v1/chat/completions"
_OK: Final = 200
_END: Final = b"[DONE]"
_ANSWERED: Final = "ok"
_ROLES: Final = {"fallback": "then ", "retry": "again ", "hedge": "meanwhile ", "continuation": "to go on, "}


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one of the two has said."""

    role: Literal["system", "user", "assistant"]
    content: str


class Chat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page sends: the whole conversation, since nobody else keeps it.

    Attributes:
        model: the name of a model or route.
        messages: so far; the last is the question.
        max_tokens: of the answer; None: as the model likes.
        temperature: None: as the model likes.
    """

    model: str
    messages: list[Message]
    max_tokens: int | None = None
    temperature: float | None = None


class Head(msgspec.Struct, frozen=True, tag="head"):
    """The answer has begun, or there will be none.

    Attributes:
        request: its id.
        model, provider: who answers, where the gateway's answers say so.
        attempts: so many it took.
        fallback: the kind of failure that made it leave the first candidate, or None.
    """

    request: str
    model: str | None
    provider: str | None
    attempts: str | None
    fallback: str | None


class Piece(msgspec.Struct, frozen=True, tag="piece"):
    """Some of the answer; `thought` is what a model says before it, where it tells."""

    text: str = ""
    thought: str = ""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """It ended by an error: `message` is what a caller would read."""

    message: str
    code: str | None


class Trail(msgspec.Struct, frozen=True, tag="trail"):
    """It is over.

    Attributes:
        tried: who was passed over, who was asked in order, and what came of it, a sentence each.
        provider: who answered; None if nobody did.
        model: whose answer it was.
        outcome: as `/admin/v1/requests` says it.
        completion_tokens: of the answer, as its provider counted them.
    """

    tried: list[str]
    provider: str | None
    model: str | None
    outcome: str
    completion_tokens: int | None


class _Delta(msgspec.Struct, frozen=True):
    content: str | None = None
    reasoning_content: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    delta: _Delta = _Delta()


class _Error(msgspec.Struct):
    message: str
    code: str | int | None = None


class _Event(msgspec.Struct):
    choices: list[_Choice] = []
    error: _Error | None = None


_event: Final = msgspec.json.Decoder(_Event).decode
_encode: Final = msgspec.json.Encoder().encode


async def told(ask: Asking, chat: Chat) -> AsyncGenerator[bytes, None]:
    """Ask, and tell of the answer: lines of JSON, a `head` first and a `trail` last."""
    options = {"max_tokens": chat.max_tokens, "temperature": chat.temperature}
    body = {
        "model": chat.model,
        "messages": chat.messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        **{key: value for key, value in options.items() if value is not None},
    }
    async with ask.open("POST", _PATH, _encode(body)) as answer:
        head = _head(answer)
        yield _line(head)
        if answer.status == _OK:
            async for each in _pieces(answer):
                yield _line(each)
        else:
            problem = refused(answer.status, b"".join([piece async for piece in answer]))
            yield _line(Failed(plain(problem.message), problem.code))
    trail = await _trail(ask, head.request)
    if trail is not None:
        yield _line(trail)


async def _pieces(answer: Coming) -> AsyncGenerator[Piece | Failed, None]:
    splitter = SseSplitter()
    is_whole = False
    async for data in answer:
        for event in splitter.feed(data):
            is_whole = is_whole or event.data == _END
            if event.data != _END:
                for each in _of_event(event.data):
                    yield each
    if answer.broken or not is_whole:
        yield Failed("The answer broke off.", None)


def _of_event(data: bytes) -> Iterator[Piece | Failed]:
    try:
        event = _event(data)
    except msgspec.MsgspecError:  # an engine's own, that nobody here reads
        return
    if event.error is not None:
        yield Failed(plain(event.error.message), None if event.error.code is None else str(event.error.code))
    for choice in event.choices[:1]:
        text, thought = choice.delta.content or "", choice.delta.reasoning_content or ""
        if text or thought:
            yield Piece(text, thought)


def _head(answer: Coming) -> Head:
    fields = {name: value.decode("latin-1") for name, value in answer.headers}

    def said(name: bytes) -> str | None:
        return fields.get(b"x-sixnines-" + name)

    return Head(said(b"request-id") or "", said(b"model"), said(b"provider"), said(b"attempts"), said(b"fallback"))


async def _trail(ask: Asking, request_id: str) -> Trail | None:
    """What the gateway remembers of the request; None if it does not."""
    try:
        found = await ask.get(f"/admin/v1/requests/{request_id}", Request)
    except Refused:
        return None
    tokens = None if found.usage is None else found.usage.completion_tokens
    return Trail([*tried(found)], found.provider, found.model, found.outcome, tokens)


def tried(request: Request) -> Iterator[str]:
    """Who was passed over for a request, and who was asked, in order; a sentence each."""
    for passed in request.skipped:
        yield plain(f"{passed.deployment} was not asked: {passed.reason}")
    for each in request.attempts:
        asked = f"{_ROLES.get(each.role, '')}{each.deployment}"
        after = milliseconds(each.ms)
        if each.kind == _ANSWERED:
            yield plain(f"{asked} answered after {after}")
        elif each.kind == "cancelled":
            yield plain(f"{asked} was no longer waited for after {after}")
        else:
            status = "" if each.status is None else f" {each.status}"
            message = "" if each.message is None else f": {each.message}"
            yield plain(f"{asked} failed after {after} ({each.kind}{status}){message}")


def _line(value: msgspec.Struct) -> bytes:
    return _encode(value) + b"\n"
