"""Between two dialects, through the neutral form: the codec for a caller and a provider that speak differently.

Knows no dialect by name: it is given the two formats.
"""

from collections.abc import Callable
from typing import Generic, TypeVar, cast

import msgspec

from sixnines.dialects.call import Call, Neutral
from sixnines.dialects.codec import Codec, Collector, Relay, Telling, Whole
from sixnines.dialects.interface import AnswerHead, AnyFormat, Format, StreamParser, StreamRenderer
from sixnines.dialects.neutral import (
    ChatRequest,
    Choice,
    CompletionRequest,
    Delta,
    EmbeddingRequest,
    EmbeddingResponse,
    Finish,
    GenerationResponse,
    StreamDone,
    StreamFault,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from sixnines.dialects.said import Half, Said, thinks_again
from sixnines.domain.kind import Continues

Request = TypeVar("Request", bound=ChatRequest | CompletionRequest | EmbeddingRequest)
Response = TypeVar("Response", bound=GenerationResponse | EmbeddingResponse)
Render = Callable[[GenerationResponse, AnswerHead], bytes]


class _Progress:
    """What every translated stream keeps count of."""

    __slots__ = ("_finished", "_parser", "_seen", "complete", "empty", "fault", "progress", "ready", "usage")

    def __init__(self, parser: StreamParser) -> None:
        self._parser = parser
        self._seen: set[int] = set()
        self._finished: set[int] = set()
        self.ready = False
        self.progress = 0
        self.complete = False
        self.empty = True
        self.fault: StreamFault | None = None
        self.usage: Usage | None = None

    @property
    def finished(self) -> bool:
        """Every choice that has begun has come to its finish."""
        return bool(self._finished) and self._finished >= self._seen

    def _take(self, data: bytes, *, ended: bool) -> list[Delta]:
        """The steps that `data` brings, up to a fault or the terminator."""
        steps: list[Delta] = []
        for event in self._parser.end() if ended else self._parser.feed(data):
            if self.fault is not None or self.complete:
                break
            self.empty = False
            match event:
                case Delta():
                    self._note(event)
                    steps.append(event)
                case StreamDone() if self.finished:
                    self.complete = True
                case StreamDone():
                    self.fault = StreamFault(message="the stream ended without a finish reason", code="unfinished")
                case StreamFault():
                    self.fault = event
        return steps

    def _note(self, step: Delta) -> None:
        if step.usage is not None:
            self.usage = step.usage
        if step.has_content or step.finish is not None:
            self._seen.add(step.index)
            self.ready = True
            self.progress += 1
        if step.finish is not None:
            self._finished.add(step.index)


class TranslatingRelay(_Progress):
    """A stream in one dialect to a stream in another."""

    __slots__ = ("_renderer",)

    def __init__(self, parser: StreamParser, renderer: StreamRenderer) -> None:
        super().__init__(parser)
        self._renderer = renderer

    def feed(self, data: bytes) -> bytes:
        """Upstream bytes in, the caller's bytes out; nothing after the terminator."""
        return b"" if self.complete else self._rendered(self._take(data, ended=False))

    def end(self) -> bytes:
        """What the end of the upstream's body completes."""
        return b"" if self.complete or self.fault is not None else self._rendered(self._take(b"", ended=True))

    def _rendered(self, steps: list[Delta]) -> bytes:
        out = [self._renderer.delta(step) for step in steps]
        if self.complete:
            out.append(self._renderer.done())
        return b"".join(out)


class TellingTranslation(TranslatingRelay):
    """A stream in one dialect to one in another, with a record of what its caller was told."""

    __slots__ = ("_half", "_head")

    def __init__(self, parser: StreamParser, renderer: StreamRenderer, head: AnswerHead, half: Half) -> None:
        super().__init__(parser, renderer)
        self._head = head
        self._half = half

    @property
    def said(self) -> Said:
        """What the caller knows once all bytes so far are sent."""
        return self._half.said

    def closing(self) -> bytes:
        """See `Telling`."""
        return self._renderer.done() if self.finished else b""

    def _rendered(self, steps: list[Delta]) -> bytes:
        told: list[Delta] = []
        for step in steps:
            if self._half.resumes and step.reasoning:
                self.fault, self.complete = thinks_again(), False
                break
            told.append(self._told(step))
        out = super()._rendered(told)
        if out and not self.said.begun:
            self.said.begin(self._head.id, self._head.created)
        return out

    def _told(self, step: Delta) -> Delta:
        """The step as the caller is told it."""
        half = self._half
        if step.text:
            text = half.fitted(step.text)
            half.tell(text)
            if text != step.text:
                step = msgspec.structs.replace(step, text=text)
        if step.usage is not None:
            half.count(step.usage)
            if half.resumes:
                step = msgspec.structs.replace(step, usage=half.total(step.usage))
        if (
            step.index != 0
            or step.reasoning
            or step.refusal
            or step.tool_calls
            or step.finish is not None
            or step.logprobs is not None
        ):
            half.said.plain = False
        return step


class TranslatingCollector(_Progress):
    """A stream in one dialect to a whole answer in another."""

    __slots__ = ("_head", "_render", "_steps")

    def __init__(self, parser: StreamParser, render: Render, head: AnswerHead) -> None:
        super().__init__(parser)
        self._render = render
        self._head = head
        self._steps: list[Delta] = []

    def feed(self, data: bytes) -> bytes:
        """Upstream bytes in; nothing out before the end."""
        self._steps += self._take(data, ended=False)
        return b""

    def end(self) -> bytes:
        """Nothing out."""
        if not self.complete and self.fault is None:
            self._steps += self._take(b"", ended=True)
        return b""

    def whole(self) -> Whole:
        """The answer, put together from the steps."""
        choices = tuple(
            _assembled(index, [step for step in self._steps if step.index == index]) for index in sorted(self._seen)
        )
        head = self._head
        answer = GenerationResponse(
            id=head.id, model=head.model, created=head.created, choices=choices, usage=self.usage
        )
        return Whole(self._render(answer, head), self.usage)


def _assembled(index: int, steps: list[Delta]) -> Choice:
    """One choice out of its steps."""
    finish: Finish | None = None
    calls: dict[int, ToolCallDelta] = {}
    for step in steps:
        finish = step.finish or finish
        for piece in step.tool_calls:
            known = calls.get(piece.index)
            calls[piece.index] = (
                piece
                if known is None
                else ToolCallDelta(
                    index=piece.index,
                    id=known.id or piece.id,
                    name=known.name or piece.name,
                    arguments=known.arguments + piece.arguments,
                )
            )
    reasoning = "".join(step.reasoning for step in steps)
    refusal = "".join(step.refusal for step in steps)
    return Choice(
        index=index,
        text="".join(step.text for step in steps),
        reasoning=reasoning or None,
        refusal=refusal or None,
        finish=finish,
        tool_calls=tuple(
            ToolCall(id=call.id or f"call_{at}", name=call.name or "", arguments=call.arguments)
            for at, call in sorted(calls.items())
        ),
    )


class TranslatingCodec(Generic[Request, Response]):
    """A codec out of two formats for one operation."""

    __slots__ = ("_egress", "_ingress")

    def __init__(self, ingress: Format[Request, Response], egress: Format[Request, Response]) -> None:
        self._ingress = ingress
        self._egress = egress

    def request(self, call: Call, upstream_model: str, *, stream: bool, context_window: int | None) -> bytes:
        """The call in the provider's words.

        Raises:
            MalformedRequest: the call uses something that the provider's dialect cannot express.
        """
        neutral = call.neutral()
        changes: dict[str, object] = {"model": upstream_model, "context_window": context_window}
        if not isinstance(neutral, EmbeddingRequest):
            changes |= {"stream": stream, "include_usage": stream}
        # Both formats belong to the call's operation: whoever made this codec saw to that.
        return self._egress.render_request(cast("Request", msgspec.structs.replace(neutral, **changes)))

    def answer(self, body: bytes, head: AnswerHead) -> Whole:
        """A whole answer of the provider, for the caller."""
        try:
            response = self._egress.parse_response(body)
        except ValueError as error:
            return Whole(b"", fault=StreamFault(message=f"not an answer: {error}", garbage=True))
        if isinstance(response, GenerationResponse) and any(choice.finish is None for choice in response.choices):
            return Whole(b"", fault=StreamFault(message="an answer without a finish reason", code="unfinished"))
        return Whole(self._ingress.render_response(response, head), response.usage)

    def relay(self, head: AnswerHead) -> Relay:
        """A stream for a caller who asked for one."""
        return TranslatingRelay(*self._machines(head))

    def telling(self, head: AnswerHead, said: Said, continues: Continues = Continues.EXACTLY) -> Telling:
        """A stream for a caller who asked for one, with a record."""
        if said.begun:
            changes: dict[str, object] = {"begun": True}
            if said.id is not None:
                changes["id"] = said.id
            if said.created is not None:
                changes["created"] = int(said.created)
            head = msgspec.structs.replace(head, **changes)
        return TellingTranslation(*self._machines(head), head, Half(said, continues))

    def _machines(self, head: AnswerHead) -> tuple[StreamParser, StreamRenderer]:
        parser, renderer = self._egress.stream_parser, self._ingress.stream_renderer
        if parser is None or renderer is None:
            raise TypeError("this operation does not stream")
        return parser(), renderer(head)

    def collector(self, head: AnswerHead) -> Collector:
        """A stream for a caller who asked for a whole answer."""
        parser = self._egress.stream_parser
        if parser is None:
            raise TypeError("this operation does not stream")
        return TranslatingCollector(parser(), cast("Render", self._ingress.render_response), head)


def translate(ingress: AnyFormat, egress: AnyFormat) -> Codec:
    """The codec between two formats for the same operation."""
    return TranslatingCodec[Neutral, GenerationResponse | EmbeddingResponse](
        cast("Format[Neutral, GenerationResponse | EmbeddingResponse]", ingress),
        cast("Format[Neutral, GenerationResponse | EmbeddingResponse]", egress),
    )
