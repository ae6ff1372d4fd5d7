"""Where a response begins and ends (RFC 9112): bytes in, status, headers and body pieces out.

Knows no socket, clock or pool. What llhttp would let pass but nothing good sends is refused here too: framing that two
readers could read differently, switched protocols, heads and trailers without end.
"""

from typing import Final, NoReturn

import httptools
import msgspec

from sixnines.transport.known_head import KnownHead

MAX_HEAD: Final = 64 * 1024
"""Bytes of a response head, interim responses before it included. Real engines send under 1 KiB, clouds under 8."""

MAX_FIELDS: Final = 200
"""Header fields of one head."""

MAX_INTERIM: Final = 16
"""Interim (1xx) responses before the final one; nothing we speak to needs more than one."""

MAX_BARREN: Final = 64 * 1024
"""Bytes in a row of chunk extensions and trailers that bring no content."""

_CONTINUE: Final = 100
_SWITCHING_PROTOCOLS: Final = 101
_FIRST_FINAL: Final = 200
_OK: Final = 200

_LENGTH: Final = b"content-length"
_CODING: Final = b"transfer-encoding"
_KEEP_ALIVE: Final = b"keep-alive"
_HEAD_END: Final = b"\r\n\r\n"
_TELLING: Final = frozenset({_LENGTH, _CODING, _KEEP_ALIVE})


class Violation(Exception):  # noqa: N818 - it is the peer's, not an error of ours
    """The peer's bytes are not an HTTP/1.1 response within the limits. The message says why, without quoting them."""


class _Known(msgspec.Struct, frozen=True, gc=False):
    """The head of the last response, what it says, and how long it lets the connection be kept."""

    head: KnownHead
    fields: list[tuple[bytes, bytes]]
    keep_alive_terms: bytes


class ResponseParser:
    """Parses one response after another over the life of one connection.

    Call `begin`, then `feed` until `complete`. After a `Violation` or a `surplus` the connection is of no more use.

    Attributes:
        status: of the final response once its head is complete; 0 before.
        complete: the response has been read to its end.
        keep_alive: once complete: by its headers and version the connection may carry another exchange.
        keep_alive_terms: value of the response's Keep-Alive header, or b"".
        surplus: bytes came after the end of the response. (llhttp skips empty lines there; those can never be
            taken for a response, so they are not counted.)
    """

    __slots__ = (
        "_barren",
        "_chunked",
        "_headers",
        "_interim",
        "_known",
        "_parser",
        "_pieces",
        "_refusal",
        "_room",
        "_sized",
        "complete",
        "keep_alive",
        "keep_alive_terms",
        "status",
        "surplus",
    )
    __deletable__ = ("_parser",)  # for machine code, which else keeps its attributes for good (ADR 0015)

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._known: _Known | None = None
        self.begin([], [])

    def begin(self, headers: list[tuple[bytes, bytes]], pieces: list[bytes]) -> None:
        """Get ready for the next response, whose header fields and body pieces are appended to the given lists."""
        self._headers = headers
        self._pieces = pieces
        self._room = MAX_HEAD
        self._interim = 0
        self._barren = 0
        self._chunked = self._sized = False
        self._refusal = ""
        self.status = 0
        self.complete = self.keep_alive = self.surplus = False
        self.keep_alive_terms = b""

    @property
    def silent(self) -> bool:
        """Not a single byte has come since `begin`."""
        return self._room == MAX_HEAD

    @property
    def headed(self) -> bool:
        """The head of the final response is complete."""
        return self.status != 0

    @property
    def ends_with_connection(self) -> bool:
        """The body has neither length nor chunks: the end of the connection is its end (RFC 9112 section 6.3, 8)."""
        return self.status != 0 and not (self._sized or self._chunked)

    def feed(self, data: bytes) -> None:
        """Take what the peer sent.

        Raises:
            Violation: it is not HTTP/1.1, or more than the limits allow. Pieces before the fault have been appended.
        """
        if self.status:
            self._feed_body(data)
            return
        silent = self._room == MAX_HEAD
        if silent and self._known is not None:
            if self._read_known(self._known, data):
                return
            self._known = None
        if len(data) <= self._room:
            self._room -= len(data)
            self._parse(data)
            if silent and self.complete:
                self._remember(data)
            return
        # The limit is exact whatever the cuts, so that it can be tested and no timing makes an answer fail.
        head, rest = data[: self._room], data[self._room :]
        self._room = -1
        self._parse(head)
        if not self.headed:
            raise Violation(f"the response head is larger than {MAX_HEAD // 1024} KiB")
        self._parse(rest)

    def _read_known(self, known: "_Known", data: bytes) -> bool:
        """Read `data` without llhttp, which stays where it is, between two responses.

        Only if it is a response, all of it and nothing more, that differs from the last in content and length alone.
        """
        matched = known.head.match(data)
        if matched is None:
            return False
        digits, body_at = matched
        if body_at + int(digits) != len(data):
            return False
        self._room -= body_at
        if digits == known.head.digits:
            self._headers += known.fields
        else:
            self._headers += [(name, digits if name == _LENGTH else value) for name, value in known.fields]
        if body_at < len(data):
            self._pieces.append(data[body_at:])
        self.status = _OK
        self.keep_alive_terms = known.keep_alive_terms
        self._sized = self.complete = self.keep_alive = True
        return True

    def _remember(self, data: bytes) -> None:
        """Know the head of the response that `data` is, if it is a usual one: 200 with a length, and no end."""
        if self.status == _OK and self.keep_alive:
            head = KnownHead(data[: data.find(_HEAD_END) + len(_HEAD_END)], MAX_HEAD)
            if head.digits:
                self._known = _Known(head, self._headers.copy(), self.keep_alive_terms)

    def dispose(self) -> None:
        """Let go of llhttp, which holds this object in turn: no garbage collection is needed for a connection."""
        del self._parser

    def _feed_body(self, data: bytes) -> None:
        before = len(self._pieces)
        self._parse(data)
        if len(self._pieces) > before or self.complete:
            self._barren = 0
            return
        # llhttp collects a trailer field in memory until it ends: one without end must not be waited for.
        self._barren += len(data)
        if self._barren > MAX_BARREN:
            raise Violation(f"more than {MAX_BARREN // 1024} KiB of chunk extensions or trailers")

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if self.complete:
                self.surplus = True
                return
            # llhttp's texts are fixed strings: they name what is wrong and quote nothing.
            raise Violation(self._refusal or f"the response is not valid HTTP/1.1 ({error})") from None

    def _refuse(self, why: str) -> NoReturn:
        """Stop llhttp from within a callback."""
        self._refusal = why
        raise Violation(why)

    # What llhttp calls, in this order.

    def on_message_begin(self) -> None:
        """The first byte of a status line."""
        if self.complete:
            self._refuse("bytes after the end of the response")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header or trailer field. Trailers are dropped: nothing here reads them (RFC 9110 section 6.5.1)."""
        if self.status:
            return
        name = name.lower()
        value = value.rstrip(b" \t")
        if name in _TELLING:
            self._heed(name, value)
        self._headers.append((name, value))
        if len(self._headers) > MAX_FIELDS:
            self._refuse(f"more than {MAX_FIELDS} header fields")

    def _heed(self, name: bytes, value: bytes) -> None:
        """A field that tells how to read on (RFC 9112 sections 6.1 to 6.3)."""
        if name == _KEEP_ALIVE:
            self.keep_alive_terms = value
        elif name == _LENGTH:
            self._sized = True
        elif self._chunked or value.lower() != b"chunked":
            # We never send TE, so a coding other than one `chunked` was not asked for (RFC 9112 section 7.4).
            self._refuse("an unknown transfer coding")
        else:
            self._chunked = True

    def on_headers_complete(self) -> None:
        """The empty line after a head."""
        status: int = self._parser.get_status_code()
        version = self._parser.get_http_version()
        if version == "1.0":
            if self._chunked:
                self._refuse("a transfer coding in HTTP/1.0")  # faulty framing by RFC 9112 section 6.1
        elif version != "1.1":
            self._refuse("the response is not HTTP/1.1")
        if status >= _FIRST_FINAL:
            self.status = status
            return
        self._interim += 1
        if status < _CONTINUE:
            self._refuse("a status below 100")
        if status == _SWITCHING_PROTOCOLS:
            self._refuse("the server switched protocols, which nobody asked for")
        if self._sized or self._chunked:
            self._refuse("an interim response with a body")
        if self._interim > MAX_INTERIM:
            self._refuse(f"more than {MAX_INTERIM} interim responses")

    def on_body(self, piece: bytes) -> None:
        """A piece of the body."""
        self._pieces.append(piece)

    def on_message_complete(self) -> None:
        """The end of a response, interim or final."""
        if self.status:
            self.complete = True
            self.keep_alive = self._parser.should_keep_alive()
        else:
            self._headers.clear()
            self.keep_alive_terms = b""
