"""Bytes from one connection to requests, one at a time. No I/O, no clock.

Never parses past the end of a request: what follows it waits as bytes until the request has been answered, so
pipelining needs no queue of parsed requests, and the head is measured to the byte. Every head has a fresh parser
(0.2 microseconds), so nothing of one request can leak into the next and an idle connection holds none. A head that is
the last one again but for its Content-Length needs no parser (ADR 0012).
"""

import enum

import httptools
import msgspec

from sixnines.server.body import HEAD_END, Body, ChunkedBody, Content, SizedBody, held_back
from sixnines.server.head import MAX_TARGET, Head, Headers, check_head
from sixnines.server.interface import Limits, Request
from sixnines.server.refused import Reason, Refused
from sixnines.transport.known_head import KnownHead


class Phase(enum.Enum):
    """Which part of a request the reader waits for."""

    IDLE = enum.auto()  # between requests
    HEAD = enum.auto()
    BODY = enum.auto()


class RequestReader:
    """Reads the requests of one connection. After it has raised `Refused` it must not be used any more.

    Attributes:
        version: `1.1` or `1.0`, of the last request whose head was read.
        keep_alive: the caller of that request may send another one.
    """

    __slots__ = (
        "_body",
        "_expects_continue",
        "_head",
        "_head_reader",
        "_is_head",
        "_known",
        "_last",
        "_limits",
        "_peer",
        "_rest",
        "keep_alive",
        "version",
    )

    def __init__(self, limits: Limits, peer: str) -> None:
        """Read requests from `peer` within `limits`."""
        self.version = "1.1"
        self.keep_alive = False
        self._is_head = False
        self._limits = limits
        self._peer = peer
        self._rest = b""
        self._head_reader: HeadReader | None = None
        self._head: Head | None = None
        self._known: KnownHead | None = None
        self._last: Head | None = None
        self._body: Body | None = None
        self._expects_continue = False

    @property
    def phase(self) -> Phase:
        """What the next bytes belong to."""
        if self._head_reader is not None:
            return Phase.HEAD
        return Phase.IDLE if self._head is None else Phase.BODY

    @property
    def idle(self) -> bool:
        """No part of a request has come."""
        return self._head_reader is None and self._head is None

    @property
    def is_head(self) -> bool:
        """The last request, perhaps not read to its end, asks for the head of an answer only."""
        return self._is_head if self._head_reader is None else self._head_reader.method == b"HEAD"

    @property
    def held(self) -> int:
        """Bytes that wait for the next `feed`."""
        return len(self._rest)

    def hold(self, data: bytes) -> int:
        """Keep bytes for the next request; how many are waiting."""
        self._rest += data
        return len(self._rest)

    def feed(self, data: bytes) -> Request | None:
        """Take bytes, after those that were held; the request they complete, or None when it needs more.

        Raises:
            Refused: the request must not reach the application.
        """
        if self._rest:
            data = self._rest + data
            self._rest = b""
        head, body = self._head, self._body
        if head is None or body is None:
            read = self._feed_head(data)
            if read is None:
                return None
            head, data = read
            length = head.length
            if length is not None and head.coding is None and length <= len(data):
                # The usual request: all of it came at once.
                self._rest = data[length:]
                return Request(head.method, head.path, head.query, head.headers, data[:length], self._peer)
            self._head = head
            self._expects_continue = head.expects_continue
            body = self._body = _body_of(head, self._limits)
        data = body.feed(data)
        if not body.complete:
            return None
        self._rest = data
        self._head = self._body = None
        return Request(head.method, head.path, head.query, head.headers, body.content.finish(), self._peer)

    def take_continue(self) -> bool:
        """Whether `100 Continue` must be sent now: true at most once a request.

        Not when some of the body has come already (RFC 9110 section 10.1.1).
        """
        if not self._expects_continue or self._body is None or self._body.content.begun:
            return False
        self._expects_continue = False
        return True

    def _feed_head(self, data: bytes) -> tuple[Head, bytes] | None:
        reader = self._head_reader
        if reader is None:
            if self._known is not None and (read := self._read_known(self._known, data)) is not None:
                return read
            self._known = None
            data = data.lstrip(b"\r\n")  # empty lines before a request are skipped: RFC 9112 section 2.2
            if not data:
                return None
            reader = self._head_reader = HeadReader(self._limits)
            read = reader.feed(data)
            if read is not None:
                self._known = KnownHead(data[: len(data) - len(read[1])], self._limits.max_head)
        else:
            read = reader.feed(data)
        if read is None:
            return None
        self._head_reader = None
        head = self._last = read[0]
        self._is_head = head.method == "HEAD"
        self.version = head.version
        self.keep_alive = head.keep_alive
        return read

    def _read_known(self, known: KnownHead, data: bytes) -> tuple[Head, bytes] | None:
        """The head and what follows it, if the head is the last one again but for its Content-Length.

        Everything that is said about the last head (`version` and so on) holds for it.
        """
        matched = known.match(data)
        head = self._last
        if matched is None or head is None:
            return None
        digits, body_at = matched
        if digits != known.digits:
            length = int(digits)
            if length > self._limits.max_body:
                return None
            fields = [(name, digits if name == b"content-length" else value) for name, value in head.headers]
            head = msgspec.structs.replace(head, headers=fields, length=length)
        return head, data[body_at:]


def _body_of(head: Head, limits: Limits) -> Body:
    """What reads the body that `head` announces."""
    content = Content(head.coding, limits.max_body)
    return ChunkedBody(content, limits.max_body) if head.length is None else SizedBody(content, head.length)


class HeadReader:
    """Reads one request head, in any cuts."""

    __slots__ = ("_fields", "_held", "_limits", "_parser", "_size")

    def __init__(self, limits: Limits) -> None:
        """Read a head within `limits`."""
        self._limits = limits
        self._fields = _Fields()
        self._parser = httptools.HttpRequestParser(self._fields)
        self._held = b""
        self._size = 0

    def feed(self, data: bytes) -> tuple[Head, bytes] | None:
        """Take bytes, the first of which is not a line break; the head and what follows it, or None.

        Raises:
            Refused: the head is malformed, too large, or breaks a rule of `head`.
        """
        data = self._held + data
        end = data.find(HEAD_END) + len(HEAD_END)
        complete = end >= len(HEAD_END)
        if not complete:
            end = len(data)
        room = self._limits.max_head - self._size
        if end > room:
            # Exactly the bytes that may be read are read, so that the verdict is the same however they are cut.
            self._parse(data[:room])
            raise Refused(Reason.HEAD_TOO_LARGE, f"The request head has more than {self._limits.max_head} bytes.")
        if complete:
            self._parse(data[:end])
            return self._finish(), data[end:]
        end -= held_back(data)
        self._held = data[end:]
        self._size += end
        self._parse(data[:end])
        return None

    @property
    def method(self) -> bytes:
        """The method, once it has been read."""
        return self._parser.get_method()

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # the head is complete, and its body, which the parser would leave alone, is not the parser's anyway
        except httptools.HttpParserError as error:
            self._check_sizes()  # what came before the mistake is judged first, as it would be had it come alone
            raise _malformed(error) from None
        self._check_sizes()

    def _check_sizes(self) -> None:
        if len(self._fields.target) > MAX_TARGET:
            raise Refused(Reason.TARGET_TOO_LONG, f"The request target has more than {MAX_TARGET} bytes.")
        if len(self._fields.headers) > self._limits.max_headers:
            raise Refused(Reason.HEAD_TOO_LARGE, f"The request has more than {self._limits.max_headers} headers.")

    def _finish(self) -> Head:
        fields = self._fields
        start_line = (self.method.decode("ascii"), fields.target.decode("ascii"), self._parser.get_http_version())
        return check_head(start_line, fields.headers, self._limits)


class _Fields:
    """Where the parser puts what it finds. Never raises: the parser would wrap it; the reader checks afterwards."""

    __slots__ = ("headers", "target")

    def __init__(self) -> None:
        self.target = b""
        self.headers: Headers = []

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value.rstrip(b" \t")))


def _malformed(problem: httptools.HttpParserError) -> Refused:
    if isinstance(problem, httptools.HttpParserInvalidMethodError):
        return Refused(Reason.MALFORMED, "This is not an HTTP/1.1 request, or its method is unknown.")
    return Refused(Reason.MALFORMED, f"The request head is malformed: {problem}.")
