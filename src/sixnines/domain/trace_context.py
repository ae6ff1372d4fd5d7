"""W3C Trace Context: reads `traceparent` and `tracestate`, and writes them again for whoever is asked next.

Never repeats what does not follow the format: a malformed `traceparent` is as good as none, a malformed `tracestate` is
left out. Format: https://www.w3.org/TR/trace-context-1/ (level 1, the recommendation of 2021-11-23).
"""

import re
import struct
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
_SPAN: Final = 8
_BOTH: Final = _TRACE + _SPAN
_RECORDED_LINE: Final = b"\r\ntraceparent: 00-%b-%b-01"
_OTHER_LINE: Final = b"\r\ntraceparent: 00-%b-%b-00"
_AT_ONCE: Final = 64
"""Places made at once: what each costs alone is mostly the calls."""
_PLACE: Final = _BOTH + _SPAN  # bytes: with the span of the first attempt
_places: Final = struct.Struct(f">{_BOTH}sQ").iter_unpack
_shown: Final = struct.Struct(f"{2 * _TRACE}s{2 * _SPAN}x{2 * _SPAN}s").iter_unpack
# No id is 0, and none has to be looked at.
_NOT_ZERO: Final = int.from_bytes((1 << 128 | 1 << 64 | 1).to_bytes(_PLACE, "big") * _AT_ONCE, "big")
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


class Traced(msgspec.Struct, gc=False):
    """One request's place in a trace.

    Attributes:
        ids: that of the trace, which is the caller's or a new one (16 bytes), and the request's own (8 bytes).
        parent_id: the caller's span, 0 if there is none.
        sampled: it is recorded; who is asked upstream is told.
        state: passed on.
        first: the span of the first attempt, not 0.
        line: the header lines that make `first` the parent of what is sent with them, each after a line break.
        bits: random numbers of so many bits, for the spans of further attempts.
        begun: `first` is taken.
    """

    ids: bytes
    parent_id: int
    sampled: bool
    state: bytes
    first: int
    line: bytes
    bits: Callable[[int], int]
    begun: bool = False

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
        if self.begun:
            return self.bits(64) or 1
        self.begun = True
        return self.first

    def lines(self, span_id: int) -> bytes:
        """The header lines that make `span_id` the parent of what is sent with them, each after a line break."""
        if span_id == self.first:
            return self.line
        return _lines(self.ids, span_id, self.state, sampled=self.sampled)


def _lines(ids: bytes, span_id: int, state: bytes, *, sampled: bool) -> bytes:
    line = (_RECORDED_LINE if sampled else _OTHER_LINE) % (hexlify(ids[:_TRACE]), b"%016x" % span_id)
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


def continued(parent: Parent, bits: Callable[[int], int]) -> Traced:
    """The place of a request whose caller has named his span.

    Args:
        parent: that; it decides whether the request is recorded.
        bits: see `Traced`.
    """
    ids = parent.trace_id.to_bytes(_TRACE, "big") + (bits(64) or 1).to_bytes(_SPAN, "big")
    first = bits(64) or 1
    line = _lines(ids, first, parent.state, sampled=parent.sampled)
    return Traced(ids, parent.span_id, parent.sampled, parent.state, first, line, bits)


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
        shown = _shown(hexlify(data))
        if share >= 1.0:
            return [
                Traced(ids, 0, True, b"", first, _RECORDED_LINE % texts, bits)
                for (ids, first), texts in zip(_places(data), shown, strict=True)
            ]
        return [
            Traced(ids, 0, sampled, b"", first, (_RECORDED_LINE if sampled else _OTHER_LINE) % texts, bits)
            for (ids, first), texts in zip(_places(data), shown, strict=True)
            for sampled in (chance() < share,)
        ]
