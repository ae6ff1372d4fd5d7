"""Where the engine puts an answer: what it needs of the server's responder, and no more."""

from typing import Protocol


class Sink(Protocol):
    """One answer to one caller (see `server.interface.Responder`)."""

    __slots__ = ()

    @property
    def started(self) -> bool:
        """The status line has been handed over."""
        ...

    def send(self, status: int, headers: list[tuple[bytes, bytes]] | bytes, body: bytes) -> None:
        """A complete answer."""
        ...

    def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """The head of a streamed answer."""
        ...

    async def write(self, data: bytes) -> None:
        """More of a streamed answer; returns when there is room for more."""
        ...

    def end(self) -> None:
        """The end of a streamed answer."""
        ...


class Voice(Protocol):
    """How the caller's dialect frames a stream and tells of an error inside it."""

    @property
    def stream_content_type(self) -> bytes:
        """The media type of a streamed answer."""
        ...

    def stream_error(self, message: str, error_type: str, code: str | None) -> bytes:
        """The error event, with the terminator that the dialect wants after it."""
        ...
