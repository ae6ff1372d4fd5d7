"""W3C Trace Context: reads `traceparent` and `tracestate`, and writes them again for whoever is asked next.

Never repeats what does not follow the format: a malformed `traceparent` is as good as none, a malformed `tracestate` is
left out. Format: https://www.w3.org/TR/trace-context-1/ (level 1, the recommendation of 2021-11-23).
"""

import re
from binascii import hexlify
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

_PARENT: Final = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_INVALID_VERSION: Final = b"ff"
_FIRST_VERSION: Final = b"00"
_SAMPLED: Final = 1  # section 3.2.2.5: of the flags the lowest bit; the others mean nothing yet
_KEY: Final = rb"(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})"
_VALUE: Final = rb"[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
_MEMBER: Final = re.compile(rb"(%b)=(%b)" % (_KEY, _VALUE))
_TRACE: Final = 16  # bytes
_BOTH: Final = 24  # with the id of the request's span
_BITS: Final = 192
_NOT_ZERO: Final = 1 << 64 | 1  # neither is 0, and neither has to be looked at
_RECORDED_LINE: Final = b"\r\ntraceparent: 00-%b-%016x-01"
_OTHER_LINE: Final = b"\r\ntraceparent: 00-%b-%016x-00"
_MOST_MEMBERS: Final = 32  # section 3.3.1.1
# At least 512 characters must be passed on (section 3.3.1.5). More would go into every request to a provider.
_LONGEST_STATE: Final = 4096


class Parent(msgspec.Struct, frozen=True, gc=False):
    """The caller's span.

    Attributes:
        trace_id: 128 bits, not 0.
        span_id: 64 bits, not 0.
        sampled: the caller records it.
        state: `tracestate`, to be passed on as it is; b"" for none.
    """

    trace_id: int
    span_id: int
    sampled: bool
    state: bytes = b""


class Traced(msgspec.Struct, frozen=True):
    """One request's place in a trace.

    Attributes:
        ids: that of the trace, which is the caller's or a new one (16 bytes), and the request's own (8 bytes).
        parent_id: the caller's span, 0 if there is none.
        sampled: it is recorded; who is asked upstream is told.
        state: passed on.
        bits: random numbers of so many bits, for the spans of attempts.
    """

    ids: bytes
    parent_id: int
    sampled: bool
    state: bytes
    bits: Callable[[int], int]

    @property
    def trace_id(self) -> int:
        """128 bits, not 0."""
        return int.from_bytes(self.ids[:_TRACE], "big")

    @property
    def span_id(self) -> int:
        """The request's own: 64 bits, not 0."""
        return int.from_bytes(self.ids[_TRACE:], "big")

    def new_span(self) -> int:
        """An id for the span of an attempt, never 0."""
        return self.bits(64) or 1

    def lines(self, span_id: int) -> bytes:
        """The header lines that make `span_id` the parent of what is sent with them, each after a line break."""
        form = _RECORDED_LINE if self.sampled else _OTHER_LINE
        line = form % (hexlify(self.ids[:_TRACE]), span_id)
        return b"%b\r\ntracestate: %b" % (line, self.state) if self.state else line


def read_parent(headers: Iterable[tuple[bytes, bytes]]) -> Parent | None:
    """The caller's span, if the headers (lower-case names) name one, and only one.

    Sections 3.2 and 4.3: what follows the fourth field of a later version is ignored, version ff and ids of zeros are
    none, and two `traceparent` are none either.
    """
    parents = [value for name, value in headers if name == b"traceparent"]
    found = _PARENT.fullmatch(parents[0]) if len(parents) == 1 else None
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    ids = int(trace_id, 16), int(span_id, 16)
    if version == _INVALID_VERSION or (more is not None and version == _FIRST_VERSION) or not all(ids):
        return None
    states = [value for name, value in headers if name == b"tracestate"]
    return Parent(*ids, bool(int(flags, 16) & _SAMPLED), read_state(states))


def read_state(values: Iterable[bytes]) -> bytes:
    """`tracestate` in one line; b"" where a member is malformed, comes twice, or where there are too many.

    Several headers are one list (RFC 9110 section 5.3); empty members are allowed and left out.
    """
    joined = b",".join(values)
    if len(joined) > _LONGEST_STATE:
        return b""
    members = [stripped for each in joined.split(b",") if (stripped := each.strip(b" \t"))]
    found = [_MEMBER.fullmatch(each) for each in members]
    keys = {each[1] for each in found if each is not None}
    if len(members) > _MOST_MEMBERS or len(keys) < len(members):
        return b""
    return b",".join(members)


def traced(parent: Parent | None, bits: Callable[[int], int], *, sampled: bool) -> Traced:
    """The place of a request that has just come.

    Args:
        parent: the caller's span; it decides whether the request is recorded.
        bits: see `Traced`.
        sampled: whether it is recorded where there is no parent.
    """
    if parent is None:
        return Traced((bits(_BITS) | _NOT_ZERO).to_bytes(_BOTH, "big"), 0, sampled, b"", bits)
    own = (bits(64) or 1).to_bytes(8, "big")
    return Traced(parent.trace_id.to_bytes(_TRACE, "big") + own, parent.span_id, parent.sampled, parent.state, bits)
