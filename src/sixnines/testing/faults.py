"""The wire faults a script may ask of a stand-in: one frozen value each, told apart by `kind`.

Values only: `staging` says what each does to the bytes. `after_chunks` counts content chunks (tokens) of a stream;
what a stream fault does to an answer that is not streamed is said beside it.
"""

import enum
from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]
Interval = Annotated[float, msgspec.Meta(gt=0)]


class Preset(enum.StrEnum):
    """Failures that every kind can be asked for; each kind renders them in its own envelope."""

    RATE = "rate"
    QUOTA = "quota"
    OVERLOADED = "overloaded"
    LOADING = "loading"
    CONTEXT = "context"
    UNAUTHORIZED = "unauthorized"
    MISSING = "missing"
    SERVER_ERROR = "server_error"
    POLICY = "policy"


class ErrorSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An error as the kind would send it.

    Attributes:
        preset: which one.
        message: another text than the kind's own.
        retry_after_s: sent as `Retry-After`; None leaves it out unless the kind always sends one.
    """

    preset: Preset
    message: str | None = None
    retry_after_s: Count | None = None


class FaultBase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What all faults share: nothing but the tag."""


class ResetBeforeHead(FaultBase, frozen=True, tag="reset_before_head"):
    """TCP reset after the request was read."""


class CloseBeforeHead(FaultBase, frozen=True, tag="close_before_head"):
    """A clean end of the connection after the request was read, without a byte of answer."""


class HangBeforeHead(FaultBase, frozen=True, tag="hang_before_head"):
    """Silence until the caller leaves."""


class GarbageHead(FaultBase, frozen=True, tag="garbage_head"):
    """Bytes that are not HTTP, then a close."""


class HangAfterHead(FaultBase, frozen=True, tag="hang_after_head"):
    """Status and headers, then silence.

    Attributes:
        pings_every_s: send an SSE comment this often meanwhile (a stream only); None is true silence.
    """

    pings_every_s: Interval | None = None


class HugeHeaders(FaultBase, frozen=True, tag="huge_headers"):
    """A complete answer behind a head of at least `size` bytes."""

    size: Positive = 1024 * 1024


class Html(FaultBase, frozen=True, tag="html"):
    """Status 200 with a web page, as a captive portal or a misplaced proxy sends."""


class BadGzip(FaultBase, frozen=True, tag="bad_gzip"):
    """`Content-Encoding: gzip` over bytes that are not gzip."""


class TruncatedJson(FaultBase, frozen=True, tag="truncated_json"):
    """Well-formed HTTP around half of the JSON (of the first content event of a stream)."""


class WrongLength(FaultBase, frozen=True, tag="wrong_length"):
    """More bytes promised than sent, then a close. For a stream it is the last chunk that promises too much.

    Attributes:
        missing: how many bytes do not come.
    """

    missing: Positive = 100


class Trickle(FaultBase, frozen=True, tag="trickle"):
    """The whole answer, head included, in tiny pieces.

    Attributes:
        size: bytes in a piece.
        every_s: seconds between two pieces.
    """

    size: Positive = 1
    every_s: Interval = 0.01


class Hang(FaultBase, frozen=True, tag="hang"):
    """A stream that stops moving. Not streamed: silence before the head.

    Attributes:
        after_chunks: content chunks before it stops.
        pings_every_s: send an SSE comment this often meanwhile; None is true silence.
    """

    after_chunks: Count = 1
    pings_every_s: Interval | None = None


class Close(FaultBase, frozen=True, tag="close"):
    """The connection ends without the last chunk of the chunked coding. Not streamed: it ends amid the body."""

    after_chunks: Count = 1


class Reset(FaultBase, frozen=True, tag="reset"):
    """As `close`, with a TCP reset."""

    after_chunks: Count = 1


class End(FaultBase, frozen=True, tag="end"):
    """Well-formed HTTP, but neither finish reason nor terminator. Not streamed: as `truncated_json`."""

    after_chunks: Count = 1


class ErrorEvent(FaultBase, frozen=True, tag="error_event"):
    """An error inside the 200 stream. Not streamed: the error as an ordinary answer.

    Attributes:
        after_chunks: content chunks before it.
        error: which error.
        done: whether the stream's terminator follows; None does as the kind does.
    """

    after_chunks: Count = 1
    error: ErrorSpec = ErrorSpec(preset=Preset.SERVER_ERROR)
    done: bool | None = None


class DoneWithoutFinish(FaultBase, frozen=True, tag="done_without_finish"):
    """The terminator without a finish reason. Not streamed: the finish reason is null."""

    after_chunks: Count = 1


class NoTerminator(FaultBase, frozen=True, tag="no_terminator"):
    """Everything but the terminator. Not streamed: nothing is wrong, an ordinary answer."""


class EmptyStream(FaultBase, frozen=True, tag="empty_stream"):
    """Status 200, the headers of an answer and no event at all. Not streamed: an empty body."""


class InvalidJson(FaultBase, frozen=True, tag="invalid_json"):
    """An event that is not JSON; the stream goes on after it. Not streamed: a body that is not JSON."""

    after_chunks: Count = 1


class Garbage(FaultBase, frozen=True, tag="garbage"):
    """Random bytes (seeded) in the body, then a proper end of the HTTP message. Not streamed: the body is random."""

    after_chunks: Count = 1
    size: Positive = 256


class BadChunkSize(FaultBase, frozen=True, tag="bad_chunk_size"):
    """A chunk size that is not hexadecimal, where the next chunk would begin; then a close."""

    after_chunks: Count = 1


Fault = (
    ResetBeforeHead
    | CloseBeforeHead
    | HangBeforeHead
    | GarbageHead
    | HangAfterHead
    | HugeHeaders
    | Html
    | BadGzip
    | TruncatedJson
    | WrongLength
    | Trickle
    | Hang
    | Close
    | Reset
    | End
    | ErrorEvent
    | DoneWithoutFinish
    | NoTerminator
    | EmptyStream
    | InvalidJson
    | Garbage
    | BadChunkSize
)
