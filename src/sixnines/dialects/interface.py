"""What a dialect offers for one operation: four pure functions and two stream machines.

`parse_*` take bytes from the wire, `render_*` make them. A request parser raises `errors.MalformedRequest` with the
field at fault; a response parser raises `ValueError` for anything that is not the format.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import msgspec

from sixnines.dialects.neutral import (
    ChatRequest,
    CompletionRequest,
    Delta,
    EmbeddingRequest,
    EmbeddingResponse,
    GenerationResponse,
    StreamEvent,
)

Request = TypeVar("Request")
Response = TypeVar("Response")


class AnswerHead(msgspec.Struct, frozen=True, gc=False):
    """What every answer and chunk repeats.

    Attributes:
        id: the answer's id, unique per request.
        model: the model name that the caller asked for.
        created: Unix seconds.
        include_usage: the caller asked for usage in the stream.
        base64: the caller asked for vectors as base64 instead of JSON numbers.
        begun: the caller has the beginning of the stream already; only what goes on is rendered.
    """

    id: str
    model: str
    created: int
    include_usage: bool = False
    base64: bool = False
    begun: bool = False


class StreamParser(Protocol):
    """Bytes in any cuts to events. The same bytes give the same events however they are cut; garbage never raises."""

    def feed(self, data: bytes) -> list[StreamEvent]:
        """The events completed by `data`."""
        ...

    def end(self) -> list[StreamEvent]:
        """The events that the end of the stream completes (a last line without its line feed)."""
        ...


class StreamRenderer(Protocol):
    """Events to the bytes of this dialect's stream."""

    def delta(self, event: Delta) -> bytes:
        """The chunk or chunks for one step, or b"" when the format has nothing to say for it (yet)."""
        ...

    def done(self) -> bytes:
        """What ends a complete stream, terminator included."""
        ...


@dataclass(frozen=True, slots=True)
class Format(Generic[Request, Response]):
    """One operation in one dialect.

    Attributes:
        parse_request: body of a request to its meaning.
        render_request: the reverse.
        parse_response: body of a complete (not streamed) 200 answer to its meaning.
        render_response: the reverse; the head's id, model and created time win over the response's own.
        stream_parser: makes a parser for a streamed answer; None where the operation does not stream.
        stream_renderer: makes the reverse.
    """

    parse_request: Callable[[bytes], Request]
    render_request: Callable[[Request], bytes]
    parse_response: Callable[[bytes], Response]
    render_response: Callable[[Response, AnswerHead], bytes]
    stream_parser: Callable[[], StreamParser] | None = None
    stream_renderer: Callable[[AnswerHead], StreamRenderer] | None = None


ChatFormat = Format[ChatRequest, GenerationResponse]
CompletionFormat = Format[CompletionRequest, GenerationResponse]
EmbeddingFormat = Format[EmbeddingRequest, EmbeddingResponse]
AnyFormat = ChatFormat | CompletionFormat | EmbeddingFormat
