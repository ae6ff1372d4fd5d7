"""W3C Trace Context: reads `traceparent` and `tracestate`, and writes them again for whoever is asked next.

Never repeats what does not follow the format: a malformed `traceparent` is as good as none, a malformed `tracestate` is
left out. Format: https://www.w3.org/TR/trace-context-1/ (level 1, the recommendation of 2021-11-23).
"""

import re
import struct
from binascii import hexlify, unhexlify
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
_SPAN: Final = 8
_LINE: Final = b"\r\ntraceparent: 00-"
_RECORDED: Final = b"-01"
_NOT_RECORDED: Final = b"-00"
_AT_ONCE: Final = 64
"""Places made at once: what each costs alone is mostly the calls."""
_PLACE: Final = _TRACE + _SPAN + _SPAN  # bytes: the trace, the request's own span, that of the first attempt
_places: Final = struct.Struct(f"{_TRACE}s{_SPAN}s{_SPAN}s").iter_unpack
_shown: Final = struct.Struct(f"{2 * _TRACE}s{2 * _SPAN}s{2 * _SPAN}s").iter_unpack
# No id is 0, and none has to be looked at.
_NOT_ZERO: Final = int.from_bytes((1 << 128 | 1 << 64 | 1).to_bytes(_PLACE, "big") * _AT_ONCE, "big")
_MOST_MEMBERS: Final = 32  # section 3.3.1.1
# At least 512 characters must be passed on (section 3.3.1.5). More would go into every request to a provider.
_LONGEST_STATE: Final = 4096


class Parent(msgspec.Struct, frozen=True, gc=False):
    """The caller's span.

    Attributes:
        trace_id: 16 bytes, not only zeros.
        span_id: 8 bytes, not only zeros.
        sampled: the caller records it.
        state: `tracestate`, to be passed on as it is; b"" for none.
    """

    trace_id: bytes
    span_id: bytes
    sampled: bool
    state: bytes = b""


class Traced(msgspec.Struct, gc=False):
    """One request's place in a trace.

    Ids are bytes, 16 of a trace and 8 of a span, never only zeros.

    Attributes:
        trace_id: the caller's or a new one.
        span_id: the request's own.
        parent_id: the caller's span, b"" if there is none.
        sampled: it is recorded; who is asked upstream is told.
        state: passed on.
        first: the span of the first attempt.
        trace_text, span_text: `trace_id` and `span_id` in hexadecimal digits.
        line: the header lines that make `first` the parent of what is sent with them, each after a line break.
        bits: random numbers of so many bits, for the spans of further attempts.
        begun: `first` is taken.
    """

    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    sampled: bool
    state: bytes
    first: bytes
    trace_text: bytes
    span_text: bytes
    line: bytes
    bits: Callable[[int], int]
    begun: bool = False

    def new_span(self) -> bytes:
        """An id for the span of an attempt."""
        if self.begun:
            return _new(_SPAN, self.bits)
        self.begun = True
        return self.first

    def lines(self, span_id: bytes) -> bytes:
        """The header lines that make `span_id` the parent of what is sent with them, each after a line break."""
        if span_id == self.first:
            return self.line
        return _lines(self.trace_text, span_id, self.state, sampled=self.sampled)


def _new(size: int, bits: Callable[[int], int]) -> bytes:
    return (bits(8 * size) or 1).to_bytes(size, "big")


def _lines(trace_text: bytes, span_id: bytes, state: bytes, *, sampled: bool) -> bytes:
    line = b"".join((_LINE, trace_text, b"-", hexlify(span_id), _RECORDED if sampled else _NOT_RECORDED))
    return b"%b\r\ntracestate: %b" % (line, state) if state else line


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
    ids = unhexlify(trace_id), unhexlify(span_id)
    if version == _INVALID_VERSION or (more is not None and version == _FIRST_VERSION) or not all(map(any, ids)):
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


def continued(parent: Parent, bits: Callable[[int], int]) -> Traced:
    """The place of a request whose caller has named his span.

    Args:
        parent: that; it decides whether the request is recorded.
        bits: see `Traced`.
    """
    trace_id, span_id, first = parent.trace_id, _new(_SPAN, bits), _new(_SPAN, bits)
    text = hexlify(trace_id)
    line = _lines(text, first, parent.state, sampled=parent.sampled)
    return Traced(
        trace_id, span_id, parent.span_id, parent.sampled, parent.state, first, text, hexlify(span_id), line, bits
    )


class Roots:
    """Places for requests that begin a trace.

    Args:
        bits: see `Traced`.
        chance: a random number from 0 to 1.
        share: of these requests that are recorded, from 0 to 1.
    """

    __slots__ = ("_bits", "_chance", "_made", "_share")

    def __init__(self, bits: Callable[[int], int], chance: Callable[[], float], share: float) -> None:
        self._bits = bits
        self._chance = chance
        self._share = share
        self._made: list[Traced] = []

    def take(self) -> Traced:
        """One that nobody has had."""
        made = self._made
        if not made:
            made = self._made = self._more()
        return made.pop()

    def _more(self) -> list[Traced]:
        bits, chance, share = self._bits, self._chance, self._share
        data = (bits(8 * _PLACE * _AT_ONCE) | _NOT_ZERO).to_bytes(_PLACE * _AT_ONCE, "big")
        texts = _shown(hexlify(data))
        all_ = share >= 1.0
        made = []
        for (trace, span, first), (shown, own, next_) in zip(_places(data), texts, strict=True):
            sampled = all_ or chance() < share
            line = b"".join((_LINE, shown, b"-", next_, _RECORDED if sampled else _NOT_RECORDED))
            made.append(Traced(trace, span, b"", sampled, b"", first, shown, own, line, bits))
        return made
