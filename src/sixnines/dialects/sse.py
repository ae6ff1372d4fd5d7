"""Server-sent events out of bytes in any cuts.

Never decodes the data, never keeps more than one event, and never raises: a stream whose event is too large is
reported as `overflow`. Rules: WHATWG HTML, section 9.2.6 "Interpreting an event stream". The fields `id` and `retry`
are read over: nobody here reconnects.
"""

from typing import Final

import msgspec

_BOM: Final = b"\xef\xbb\xbf"
_COLON: Final = ord(":")
# No engine sends a larger event: a whole embedding batch or a page of logprobs stays below it.
_LIMIT: Final = 1024 * 1024


class SseEvent(msgspec.Struct, frozen=True, gc=False):
    """One event. A Struct although it never becomes bytes again: one is made per token, and no class is quicker.

    Attributes:
        event: the event's type, b"" where the stream names none.
        data: its data lines, joined by line feeds.
    """

    event: bytes
    data: bytes


class SseSplitter:
    """Cuts one stream into events.

    Attributes:
        overflow: an event or a line was larger than the limit. Nothing comes out any more.
    """

    __slots__ = (
        "_after_cr", "_between", "_data", "_event", "_limit", "_line", "_line_size", "_opening", "_size", "overflow",
    )  # fmt: skip

    def __init__(self, limit: int = _LIMIT) -> None:
        """Make a splitter for events of at most `limit` bytes."""
        self._limit = limit
        self._between = False  # nothing is kept: what comes next starts an event
        self._opening: bytes | None = b""  # what came of a byte order mark; None once that is settled
        self._after_cr = False  # a line feed that comes next belongs to the line end already seen
        self._line: list[bytes] = []  # the pieces of a line that has not ended
        self._line_size = 0
        self._event = b""
        self._data: list[bytes] = []
        self._size = 0
        self.overflow = False

    def feed(self, data: bytes) -> list[SseEvent]:
        """The events that `data` completes. An event ends with an empty line; what the end of a stream cuts is lost."""
        if self._between:
            events = self._plain_events(data)
            if events is not None:
                return events
        out: list[SseEvent] = []
        self._take(data, out)
        self._between = not (
            self._opening is not None or self._after_cr or self._line or self._data or self._event or self.overflow
        )
        return out

    def _plain_events(self, data: bytes) -> list[SseEvent] | None:
        """Whole events of one line each, as nearly every engine sends nearly always; None if `data` is anything else.

        Quick, because it looks at no event alone: the line feeds are counted, and if there are only those between
        events and at the end, then each event is one line.
        """
        if (
            not data.startswith(b"data: ")
            or not data.endswith(b"\n\n")
            or len(data) > self._limit
            or data.find(b"\r") >= 0  # `find` because `in` takes twice as long
        ):
            return None
        if data.find(b"\n") == len(data) - 2:
            return [SseEvent(b"", data[6:-2])]
        payloads = data[6:-2].split(b"\n\ndata: ")
        if data.count(b"\n") != 2 * len(payloads):
            return None
        return [SseEvent(b"", payload) for payload in payloads]

    def _take(self, data: bytes, out: list[SseEvent]) -> None:
        """The same for any `data`: line by line."""
        if self._opening is not None:
            data = self._opened(self._opening + data)
        if self._after_cr or data.find(b"\r") >= 0:
            data = self._with_line_feeds(data)
        if self._line or self._data or self._event:
            data = self._finish_event(data, out)
        events = None if self.overflow else self._plain_events(data)
        if events is not None:
            out += events
            return
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._take_line(line, out)
        self._keep(rest)

    def _opened(self, data: bytes) -> bytes:
        """The start of the stream without its byte order mark."""
        if len(data) < len(_BOM) and _BOM.startswith(data):
            self._opening = data
            return b""
        self._opening = None
        return data.removeprefix(_BOM)

    def _with_line_feeds(self, data: bytes) -> bytes:
        """The same lines with every end of line as one line feed."""
        if self._after_cr and data:
            data = data.removeprefix(b"\n")
            self._after_cr = False
        if data.endswith(b"\r"):
            self._after_cr = True
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _finish_event(self, data: bytes, out: list[SseEvent]) -> bytes:
        """Take lines up to the end of the event that an earlier piece began; what follows it."""
        at = 0
        while (end := data.find(b"\n", at)) >= 0:
            line = self._ended_line(data[at:end])
            at = end + 1
            if not line:
                self._dispatch(out)
                return data[at:]
            self._take_line(line, out)
        self._keep(data[at:])
        return b""

    def _keep(self, piece: bytes) -> None:
        """Keep the beginning of a line whose end has not come."""
        if piece and not self.overflow:
            self._line.append(piece)
            self._line_size += len(piece)
            if self._line_size > self._limit:
                self._overflowed()

    def _ended_line(self, piece: bytes) -> bytes:
        if not self._line:
            return piece
        self._line.append(piece)
        line = b"".join(self._line)
        self._line.clear()
        self._line_size = 0
        return line

    def _take_line(self, line: bytes, out: list[SseEvent]) -> None:
        if self.overflow:
            return
        if not line:
            self._dispatch(out)
            return
        if len(line) > self._limit:
            self._overflowed()
            return
        if line[0] == _COLON:
            return  # a comment: how engines keep a connection open while they wait
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
            self._size += len(value) + 1
            if self._size > self._limit:
                self._overflowed()
        elif field == b"event":
            self._event = value

    def _dispatch(self, out: list[SseEvent]) -> None:
        if self._data:
            out.append(SseEvent(self._event, b"\n".join(self._data)))
            self._data.clear()
            self._size = 0
        self._event = b""

    def _overflowed(self) -> None:
        self.overflow = True
        self._line.clear()
        self._data.clear()
