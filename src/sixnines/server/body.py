"""Request bodies: from framed, perhaps compressed bytes to plain content, within `max_body`.

No I/O. Never holds more than `max_body` bytes of content and one read's worth of input, whatever the caller
declares or compresses.
"""

import zlib
from typing import Final, Protocol

import httptools

from sixnines.server.refused import Reason, Refused

HEAD_END: Final = b"\r\n\r\n"
"""What ends every request head and every chunked body (RFC 9112 sections 2.1 and 7.1)."""

# What a chunked body may take on the wire: a chunk of one byte takes six, and small trailers are fine. More than this
# is somebody who never wants to end.
_BYTES_PER_BYTE: Final = 8
_FRAMING_BYTES: Final = 4096

# The chunked grammar is the parser's; it is given a head of our own because the caller's has been read by then,
# and no header call-back, so that trailers are checked and dropped (RFC 9110 section 6.5.1 allows it).
_CHUNKED_HEAD: Final = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"


def held_back(data: bytes) -> int:
    """How many bytes at the end of `data` may be the beginning of `HEAD_END` (which `data` does not hold)."""
    if data.endswith(b"\r\n\r"):
        return 3
    if data.endswith(b"\r\n"):
        return 2
    return 1 if data.endswith(b"\r") else 0


class Content:
    """Collects the content of one body and undoes its content coding."""

    __slots__ = ("_data", "_inflater", "_limit", "_wire_bytes")

    def __init__(self, coding: str | None, limit: int) -> None:
        """Make room for at most `limit` bytes, before and after undoing `coding` (see `head.Head`)."""
        self._data: bytes | bytearray = b""
        self._inflater = None if coding is None else _Inflater(coding)
        self._limit = limit
        self._wire_bytes = 0

    def add(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            Refused: the body is too large, or is not in the coding it claims to be in.
        """
        self._wire_bytes += len(data)
        self._check_size(self._wire_bytes)
        if self._inflater is not None:
            data = self._inflater.feed(data, self._limit - len(self._data) + 1)
            self._check_size(len(self._data) + len(data))
        if not self._data:
            self._data = data
        elif isinstance(self._data, bytearray):
            self._data += data
        else:
            self._data = bytearray(self._data + data)

    def finish(self) -> bytes:
        """The whole content.

        Raises:
            Refused: compressed content that stops early.
        """
        if self._inflater is not None and self._wire_bytes:
            self._inflater.finish()
        return bytes(self._data)

    @property
    def begun(self) -> bool:
        """Some of the body has come."""
        return self._wire_bytes > 0

    def _check_size(self, size: int) -> None:
        if size > self._limit:
            raise Refused(Reason.BODY_TOO_LARGE, f"The body has more than {self._limit} bytes.")


class _Inflater:
    """Undoes gzip (RFC 1952, one member) or deflate (RFC 1950; raw RFC 1951, which some callers send, too)."""

    __slots__ = ("_coding", "_stream")

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._stream = zlib.decompressobj(wbits=31) if coding == "gzip" else None

    def feed(self, data: bytes, room: int) -> bytes:
        """Plain bytes, at most `room` of them: a caller who gets that many has got too many."""
        if self._stream is None:
            # A zlib header's first byte names method 8 in its low bits; raw deflate would need a padded stored block.
            is_zlib = data[0] & 0x0F == 8  # noqa: PLR2004 - RFC 1950 section 2.2
            self._stream = zlib.decompressobj(wbits=15 if is_zlib else -15)
        try:
            plain = self._stream.decompress(data, room)
        except zlib.error:
            raise self._broken("is not valid") from None
        if self._stream.unused_data:
            raise self._broken("goes on after its end")
        return plain

    def finish(self) -> None:
        """Check that the compressed stream has ended."""
        if self._stream is None or not self._stream.eof:
            raise self._broken("stops early")

    def _broken(self, what: str) -> Refused:
        return Refused(Reason.MALFORMED, f"The body claims to be {self._coding} and {what}.")


class Body(Protocol):
    """One body being read."""

    content: Content
    complete: bool

    def feed(self, data: bytes) -> bytes:
        """Take bytes; what is left over after the end of the body.

        Raises:
            Refused: see `Content.add`; or the framing is broken.
        """
        ...


class SizedBody:
    """A body with a Content-Length."""

    __slots__ = ("_missing", "complete", "content")

    def __init__(self, content: Content, length: int) -> None:
        """Read `length` bytes into `content`."""
        self.content = content
        self.complete = length == 0
        self._missing = length

    def feed(self, data: bytes) -> bytes:
        """Take bytes; what is left over after the end of the body."""
        piece = data[: self._missing]
        if piece:
            self._missing -= len(piece)
            self.complete = self._missing == 0
            self.content.add(piece)
        return data[len(piece) :]


class ChunkedBody:
    """A chunked body (RFC 9112 section 7.1). Chunk extensions and trailers are checked and dropped."""

    __slots__ = ("_held", "_parser", "_sink", "_spare_bytes", "complete", "content")

    def __init__(self, content: Content, limit: int) -> None:
        """Read chunks into `content`; their framing may take a small multiple of `limit` bytes."""
        self.content = content
        self.complete = False
        self._sink = _ChunkSink()
        self._parser = httptools.HttpRequestParser(self._sink)
        self._parser.feed_data(_CHUNKED_HEAD)
        self._held = b""
        self._spare_bytes = _BYTES_PER_BYTE * limit + _FRAMING_BYTES

    def feed(self, data: bytes) -> bytes:
        """Take bytes; what is left over after the end of the body.

        The parser is fed up to one possible end at a time, so that it never sees the next request.
        """
        data = self._held + data
        self._held = b""
        start = 0
        while start < len(data) and not self.complete:
            end = data.find(HEAD_END, start) + len(HEAD_END)
            if end < len(HEAD_END):
                end = len(data) - held_back(data[start:])
                self._held = data[end:]
                self._parse(data[start:end])
                return b""
            self._parse(data[start:end])
            start = end
        return data[start:]

    def _parse(self, data: bytes) -> None:
        broken = False
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            broken = True
        pieces = b"".join(self._sink.pieces)
        self._sink.pieces.clear()
        if pieces:
            self.content.add(pieces)
        if broken:
            raise Refused(Reason.MALFORMED, "The chunked body is malformed.")
        self._spare_bytes -= len(data)
        if self._spare_bytes < 0:
            raise Refused(Reason.BODY_TOO_LARGE, "The chunk sizes, extensions and trailers are too large.")
        self.complete = self._sink.complete


class _ChunkSink:
    """Where the parser puts the content of chunks. Without a header call-back trailers leave no trace."""

    __slots__ = ("complete", "pieces")

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.complete = False

    def on_body(self, data: bytes) -> None:
        self.pieces.append(data)

    def on_message_complete(self) -> None:
        self.complete = True
