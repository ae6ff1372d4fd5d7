"""What parsers of event streams share: from bytes to events of the neutral form, one event at a time.

Never raises: bytes that are not the format become a `StreamFault`, once, when they cannot be read any further.
"""

import abc

from sixnines.dialects.neutral import StreamEvent, StreamFault
from sixnines.dialects.sse import SseSplitter


class EventStreamParser(abc.ABC):
    """A parser that is given one event's data at a time by `feed`. Subclasses say what it means in `_read`."""

    __slots__ = ("_overflowed", "_splitter")

    def __init__(self) -> None:
        self._splitter = SseSplitter()
        self._overflowed = False

    def feed(self, data: bytes) -> list[StreamEvent]:
        """The events completed by `data`."""
        out: list[StreamEvent] = []
        for event in self._splitter.feed(data):
            if event.data:
                self._read(event.data, out)
        if self._splitter.overflow and not self._overflowed:
            self._overflowed = True
            out.append(StreamFault(message="an event larger than the gateway reads", garbage=True))
        return out

    def end(self) -> list[StreamEvent]:
        """Nothing: an event that is not finished is none (WHATWG HTML, section 9.2.6)."""
        return []

    @abc.abstractmethod
    def _read(self, data: bytes, out: list[StreamEvent]) -> None:
        """Append what one event means."""
