"""How a scripted fault changes an answer that is not streamed. Pure; `staging` does the same for streams."""

from functools import singledispatch

from sixnines.testing import faults
from sixnines.testing.faults import Fault, FaultBase
from sixnines.testing.staging import BAD_SIZE, Ending, Take, Voice, before_head, crumbs, noise, padding, page, play
from sixnines.testing.wire import Reply, frame, head_bytes


def spoil(fault: Fault, reply: Reply, voice: Voice) -> Reply | Take:
    """What goes over the wire instead of `reply`."""
    return before_head(fault) or _spoil(fault, reply, voice)


def _half(reply: Reply) -> bytes:
    return reply.body[: len(reply.body) // 2]


def _raw(reply: Reply, length: int) -> bytes:
    """The head of `reply` with a length of our choice."""
    return head_bytes(reply.status, [*reply.headers, (b"content-length", b"%d" % length)])


@singledispatch
def _spoil(fault: FaultBase, reply: Reply, voice: Voice) -> Reply | Take:
    raise NotImplementedError(f"{type(fault).__name__} {reply} {voice}")


@_spoil.register
def _(_fault: faults.HangAfterHead, reply: Reply, _voice: Voice) -> Take:
    return Take(None, Ending.HANG, _raw(reply, len(reply.body)))


@_spoil.register
def _(fault: faults.HugeHeaders, reply: Reply, _voice: Voice) -> Reply:
    return Reply(reply.status, [*reply.headers, *padding(fault.size)], reply.body, reply.close)


@_spoil.register
def _(_fault: faults.Html, _reply: Reply, _voice: Voice) -> Reply:
    return page()


@_spoil.register
def _(_fault: faults.BadGzip, reply: Reply, _voice: Voice) -> Reply:
    return Reply(reply.status, [*reply.headers, (b"content-encoding", b"gzip")], reply.body, reply.close)


@_spoil.register(faults.TruncatedJson)
@_spoil.register(faults.End)
def _(_fault: FaultBase, reply: Reply, _voice: Voice) -> Reply:
    return Reply(reply.status, reply.headers, _half(reply), reply.close)


@_spoil.register
def _(fault: faults.WrongLength, reply: Reply, _voice: Voice) -> Take:
    return Take(None, Ending.CUT, _raw(reply, len(reply.body) + fault.missing) + reply.body)


@_spoil.register
def _(fault: faults.Trickle, reply: Reply, _voice: Voice) -> Take:
    data = _raw(reply, len(reply.body)) + reply.body
    return Take(None, Ending.CUT, steps=crumbs(data, fault.size), step_s=fault.every_s)


@_spoil.register
def _(_fault: faults.Hang, _reply: Reply, _voice: Voice) -> Take:
    return Take(None, Ending.HANG)


@_spoil.register
def _(_fault: faults.Close, reply: Reply, _voice: Voice) -> Take:
    return Take(None, Ending.CUT, _raw(reply, len(reply.body)) + _half(reply))


@_spoil.register
def _(_fault: faults.Reset, reply: Reply, _voice: Voice) -> Take:
    return Take(None, Ending.RESET, _raw(reply, len(reply.body)) + _half(reply))


@_spoil.register
def _(fault: faults.ErrorEvent, _reply: Reply, voice: Voice) -> Reply | Take:
    error = voice.error(fault.error)
    return error if isinstance(error, Reply) else play(error)


@_spoil.register(faults.DoneWithoutFinish)
@_spoil.register(faults.NoTerminator)
def _(_fault: FaultBase, reply: Reply, _voice: Voice) -> Reply:
    return reply


@_spoil.register
def _(_fault: faults.EmptyStream, reply: Reply, _voice: Voice) -> Reply:
    return Reply(reply.status, reply.headers, b"", reply.close)


@_spoil.register
def _(_fault: faults.InvalidJson, reply: Reply, _voice: Voice) -> Reply:
    return Reply(reply.status, reply.headers, b'{"broken": ', reply.close)


@_spoil.register
def _(fault: faults.Garbage, reply: Reply, voice: Voice) -> Reply:
    return Reply(reply.status, reply.headers, noise(voice.seed, fault.size), reply.close)


@_spoil.register
def _(_fault: faults.BadChunkSize, reply: Reply, _voice: Voice) -> Take:
    return Take(reply.headers, Ending.CUT, frame(_half(reply)) + BAD_SIZE)
