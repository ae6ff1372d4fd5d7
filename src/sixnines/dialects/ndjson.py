"""Lines out of bytes in any cuts, for streams of one JSON value a line.

Never decodes a line, never keeps more than one, and never raises: a line that is too large is reported as `overflow`.
Rules: the NDJSON specification 1.0.0; empty lines, which it lets a reader skip, are how a server keeps a connection
open.
"""

# As much as an event of an event stream may hold.
_LIMIT = 1024 * 1024


class LineSplitter:
    """Cuts one stream into lines.

    Attributes:
        overflow: a line was larger than the limit. Nothing comes out any more.
    """

    __slots__ = ("_limit", "_pieces", "_size", "overflow")

    def __init__(self, limit: int = _LIMIT) -> None:
        """Make a splitter for lines of at most `limit` bytes."""
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self.overflow = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes, without their ends and without those that are empty."""
        if self.overflow:
            return []
        if b"\n" not in data:
            self._keep(data)
            return []
        first, *lines = data.split(b"\n")
        rest = lines.pop()
        self._pieces.append(first)
        lines.insert(0, b"".join(self._pieces))
        self._pieces.clear()
        self._size = 0
        self._keep(rest)
        return self._within_limit(lines)

    def end(self) -> list[bytes]:
        """The last line, if the stream ended without its line feed."""
        line = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        return self._within_limit([line])

    def _keep(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > self._limit:
            self._pieces.clear()
            self.overflow = True

    def _within_limit(self, lines: list[bytes]) -> list[bytes]:
        kept: list[bytes] = []
        for line in lines:
            if len(line) > self._limit:
                self.overflow = True
                self._pieces.clear()
                break
            if text := line.strip():
                kept.append(text)
        return kept
