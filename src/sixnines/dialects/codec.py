"""What the engine needs of a pair of dialects: the port between attempts and wire formats.

A codec belongs to one (caller dialect, provider dialect, operation). Failures are values: a relay or an answer says
what is wrong with a stream or a body, it never raises for what an upstream sent.
"""

from typing import Protocol

import msgspec

from sixnines.dialects.call import Call
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import StreamFault, Usage
from sixnines.dialects.said import Said
from sixnines.domain.kind import Continues


class Whole(msgspec.Struct, frozen=True, gc=False):
    """A complete answer in the caller's dialect, or why the upstream's is none.

    Attributes:
        body: the bytes for the caller.
        usage: as the provider reported it.
        fault: why it is none.
        reasons: why it ended, one for all choices; None where they have not been looked at one by one.
    """

    body: bytes
    usage: Usage | None = None
    fault: StreamFault | None = None
    reasons: tuple[str, ...] | None = None


class Relay(Protocol):
    """A stream on its way from a provider to a caller. The engine looks at the attributes after every `feed`.

    Attributes:
        ready: content (or a finish reason) has come: the commit point.
        progress: counts the events that carry content or a finish reason; pings do not count.
        complete: finish reasons and the terminator have come.
        empty: not a single event has come.
        fault: the first error event or unreadable bytes; nothing is relayed after it.
        usage: as the provider reported it.
    """

    @property
    def ready(self) -> bool: ...  # noqa: D102
    @property
    def progress(self) -> int: ...  # noqa: D102
    @property
    def complete(self) -> bool: ...  # noqa: D102
    @property
    def empty(self) -> bool: ...  # noqa: D102
    @property
    def fault(self) -> StreamFault | None: ...  # noqa: D102
    @property
    def usage(self) -> Usage | None: ...  # noqa: D102

    def feed(self, data: bytes) -> bytes:
        """Upstream bytes in, the caller's bytes out."""
        ...

    def end(self) -> bytes:
        """The upstream ended its body: the caller's last bytes."""
        ...


class Telling(Relay, Protocol):
    """A relay that keeps a record of what the caller was told, so that another provider can go on if this one breaks.

    A half that does something else than to go on has the fault `said.NOT_CONTINUED`.
    """

    @property
    def said(self) -> Said:
        """What the caller knows once all bytes that came out of the relay are sent to him."""
        ...

    def closing(self) -> bytes:
        """What ends the caller's stream where the answer has come to its finish, and the provider did not say the end.

        b"" where something of the answer is missing.
        """
        ...


class Collector(Relay, Protocol):
    """A relay that keeps what it reads, for callers who asked for one whole answer."""

    def whole(self) -> Whole:
        """The answer, once `complete`."""
        ...


class Codec(Protocol):
    """Requests one way, answers the other."""

    def request(self, call: Call, upstream_model: str, *, stream: bool, context_window: int | None) -> bytes:
        """The body for the provider.

        Raises:
            MalformedRequest: the call uses something that the provider's dialect cannot express.
        """
        ...

    def answer(self, body: bytes, head: AnswerHead) -> Whole:
        """A whole 200 answer of the provider, for the caller."""
        ...

    def relay(self, head: AnswerHead) -> Relay:
        """A stream for a caller who asked for one."""
        ...

    def telling(self, head: AnswerHead, said: Said, continues: Continues = Continues.EXACTLY) -> Telling:
        """A stream for a caller who asked for one, and who knows `said` of the answer.

        Args:
            head: what the answer repeats, the same for every half.
            said: empty for the first half, which is relayed as `relay` does it. It is not changed: the relay has its
                own, which is true once its bytes are sent.
            continues: as the call for this half was made (`continuation.continued`).
        """
        ...

    def collector(self, head: AnswerHead) -> Collector:
        """A stream for a caller who asked for a whole answer."""
        ...
