"""How a scripted fault changes a streamed answer: a reel in, a take (what really goes over the wire) out.

Pure. `spoiling` does the same for answers that are not streamed.
"""

import enum
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import singledispatch
from itertools import chain, islice

from sixnines.testing import faults
from sixnines.testing.faults import ErrorSpec, Fault, FaultBase
from sixnines.testing.wire import LAST_CHUNK, Headers, Reel, Reply, frame, head_bytes, unframe

PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in to continue.</body></html>\n"
NOT_HTTP = b"SSH-2.0-OpenSSH_9.2p1\r\n"
BAD_SIZE = b"zz\r\n"
_PADDING = 1000  # bytes in one header of a huge head: under the limit that parsers set for a single line


class Ending(enum.Enum):
    """What becomes of the connection after a take."""

    KEEP = enum.auto()  # the answer is complete
    FINISH = enum.auto()  # the answer is complete and the connection closes
    CUT = enum.auto()  # the connection closes with the answer incomplete
    RESET = enum.auto()  # the same with a TCP reset
    HANG = enum.auto()  # nothing more happens until the caller leaves


@dataclass(slots=True)
class Take:
    """What goes over the wire.

    Attributes:
        headers: of a 200 answer with chunked body; None for bytes without any HTTP of ours around them.
        opening: sent at once.
        steps: sent one by one, paced.
        closing: sent with the last step.
        ending: what comes then.
        ping: sent every `pings_every_s` while it hangs; b"" is silence.
        pings_every_s: seconds.
        step_s: the pace where the fault sets it, else None.
        terminator: what an interrupted stream is ended with.
    """

    headers: Headers | None
    ending: Ending
    opening: bytes = b""
    steps: Iterator[bytes] = field(default_factory=lambda: iter(()))
    closing: bytes = b""
    ping: bytes = b""
    pings_every_s: float = 0.0
    step_s: float | None = None
    terminator: bytes = b""


@dataclass(frozen=True, slots=True)
class Voice:
    """How the engine would say an error at this point of this request.

    Attributes:
        error: the error as an answer.
        event: the error inside a stream.
        done_after_error: whether the terminator follows it.
        seed: of random bytes.
    """

    error: Callable[[ErrorSpec], Reply | Reel]
    event: Callable[[ErrorSpec], bytes]
    done_after_error: bool
    seed: int


def play(reel: Reel) -> Take:
    """The take of a reel without any fault."""
    ending = Ending.FINISH if reel.close else Ending.KEEP
    closing = reel.closing + reel.terminator
    return Take(reel.headers, ending, reel.opening, reel.steps, closing, terminator=reel.terminator)


def stage(fault: Fault, reel: Reel, voice: Voice) -> Reply | Take:
    """The take of a reel with a fault; a plain reply where the fault is one."""
    return before_head(fault) or _stage(fault, reel, voice)


def before_head(fault: FaultBase) -> Take | None:
    """The take of a fault that comes before any answer, streamed or not; None for the others."""
    match fault:
        case faults.ResetBeforeHead():
            return Take(None, Ending.RESET)
        case faults.CloseBeforeHead():
            return Take(None, Ending.CUT)
        case faults.HangBeforeHead():
            return Take(None, Ending.HANG)
        case faults.GarbageHead():
            return Take(None, Ending.CUT, NOT_HTTP)
        case _:
            return None


def padding(size: int) -> Headers:
    """Headers of at least `size` bytes."""
    return [(b"x-padding-%d" % number, b"a" * _PADDING) for number in range(-(-size // _PADDING))]


def noise(seed: int, size: int) -> bytes:
    """Random bytes, the same for the same seed."""
    return random.Random(seed).randbytes(size)  # noqa: S311 - noise, not a secret


def crumbs(data: bytes, size: int) -> Iterator[bytes]:
    """`data` in pieces of `size` bytes."""
    return (data[start : start + size] for start in range(0, len(data), size))


@singledispatch
def _stage(fault: FaultBase, reel: Reel, voice: Voice) -> Reply | Take:
    raise NotImplementedError(f"{type(fault).__name__} {reel} {voice}")


@_stage.register
def _(fault: faults.HangAfterHead, reel: Reel, _voice: Voice) -> Take:
    return _hang(reel, b"", 0, fault.pings_every_s)


@_stage.register
def _(fault: faults.Hang, reel: Reel, _voice: Voice) -> Take:
    return _hang(reel, reel.opening, fault.after_chunks, fault.pings_every_s)


def _hang(reel: Reel, opening: bytes, after_chunks: int, pings_every_s: float | None) -> Take:
    ping = reel.ping if pings_every_s is not None else b""
    steps = islice(reel.steps, after_chunks)
    return Take(reel.headers, Ending.HANG, opening, steps, ping=ping, pings_every_s=pings_every_s or 0.0)


@_stage.register
def _(fault: faults.HugeHeaders, reel: Reel, _voice: Voice) -> Take:
    take = play(reel)
    take.headers = [*reel.headers, *padding(fault.size)]
    return take


@_stage.register
def _(_fault: faults.Html, _reel: Reel, _voice: Voice) -> Reply:
    return page()


def page() -> Reply:
    """A web page where an answer should be."""
    return Reply(200, [(b"content-type", b"text/html; charset=utf-8")], PAGE)


@_stage.register
def _(_fault: faults.BadGzip, reel: Reel, _voice: Voice) -> Take:
    take = play(reel)
    take.headers = [*reel.headers, (b"content-encoding", b"gzip")]
    return take


@_stage.register
def _(_fault: faults.TruncatedJson, reel: Reel, _voice: Voice) -> Take:
    event = unframe(next(reel.steps, b""))
    return Take(reel.headers, Ending.KEEP, steps=iter((frame(event[: len(event) // 2]),)))


@_stage.register
def _(fault: faults.WrongLength, reel: Reel, _voice: Voice) -> Take:
    last = unframe(reel.closing + reel.terminator)
    promised = b"%x\r\n%b" % (len(last) + fault.missing, last)
    return Take(reel.headers, Ending.CUT, reel.opening, reel.steps, promised)


@_stage.register
def _(fault: faults.Trickle, reel: Reel, _voice: Voice) -> Take:
    head = head_bytes(200, [*reel.headers, (b"transfer-encoding", b"chunked")])
    data = b"".join((head, reel.opening, *reel.steps, reel.closing, reel.terminator, LAST_CHUNK))
    return Take(None, Ending.CUT, steps=crumbs(data, fault.size), step_s=fault.every_s)


@_stage.register
def _(fault: faults.Close, reel: Reel, _voice: Voice) -> Take:
    return Take(reel.headers, Ending.CUT, reel.opening, islice(reel.steps, fault.after_chunks))


@_stage.register
def _(fault: faults.Reset, reel: Reel, _voice: Voice) -> Take:
    return Take(reel.headers, Ending.RESET, reel.opening, islice(reel.steps, fault.after_chunks))


@_stage.register
def _(fault: faults.End, reel: Reel, _voice: Voice) -> Take:
    return Take(reel.headers, Ending.KEEP, reel.opening, islice(reel.steps, fault.after_chunks))


@_stage.register
def _(fault: faults.ErrorEvent, reel: Reel, voice: Voice) -> Take:
    done = voice.done_after_error if fault.done is None else fault.done
    closing = voice.event(fault.error) + (reel.terminator if done else b"")
    return Take(reel.headers, Ending.KEEP, reel.opening, islice(reel.steps, fault.after_chunks), closing)


@_stage.register
def _(fault: faults.DoneWithoutFinish, reel: Reel, _voice: Voice) -> Take:
    return Take(reel.headers, Ending.KEEP, reel.opening, islice(reel.steps, fault.after_chunks), reel.terminator)


@_stage.register
def _(_fault: faults.NoTerminator, reel: Reel, _voice: Voice) -> Take:
    return Take(reel.headers, Ending.KEEP, reel.opening, reel.steps, reel.closing)


@_stage.register
def _(_fault: faults.EmptyStream, reel: Reel, _voice: Voice) -> Take:
    return Take(reel.headers, Ending.KEEP)


@_stage.register
def _(fault: faults.InvalidJson, reel: Reel, _voice: Voice) -> Take:
    lines = any(b"ndjson" in value for name, value in reel.headers if name == b"content-type")
    broken = frame(b'{"broken": \n' if lines else b'data: {"broken": \n\n')
    take = play(reel)
    take.steps = chain(islice(reel.steps, fault.after_chunks), (broken,), reel.steps)
    return take


@_stage.register
def _(fault: faults.Garbage, reel: Reel, voice: Voice) -> Take:
    steps = islice(reel.steps, fault.after_chunks)
    return Take(reel.headers, Ending.KEEP, reel.opening, steps, frame(noise(voice.seed, fault.size)))


@_stage.register
def _(fault: faults.BadChunkSize, reel: Reel, _voice: Voice) -> Take:
    return Take(reel.headers, Ending.CUT, reel.opening, islice(reel.steps, fault.after_chunks), BAD_SIZE)
