"""The soak's own HTTP client: one request on one connection, everything that came back written down.

Never raises for what a server does: a cut, a reset and silence are part of the answer. Judges nothing.
"""

import asyncio
import contextlib
import socket
import struct
import time
from dataclasses import dataclass, field

import httptools

HOST = "127.0.0.1"
_READ = 64 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # struct linger: on, zero seconds


@dataclass(frozen=True, slots=True)
class Habits:
    """How a caller reads.

    Attributes:
        patience_s: how long he waits for the whole answer.
        leaves_after_s: seconds after which he goes away; None stays.
        leaves_at_byte: bytes of the body after which he goes away; None stays.
        resets: he goes with a TCP reset, as a process that is killed.
        gap_s: seconds that he rests between two reads, of small pieces.
    """

    patience_s: float
    leaves_after_s: float | None = None
    leaves_at_byte: int | None = None
    resets: bool = False
    gap_s: float = 0.0

    @property
    def leaves(self) -> bool:
        """Whether he goes away before the end, unless the answer is quicker."""
        return self.leaves_after_s is not None or self.leaves_at_byte is not None


@dataclass(slots=True)
class Answer:
    """What came back.

    Attributes:
        status: 0 when no head came.
        headers: by lower-case name.
        body: as far as it came.
        whole: the HTTP message came to its proper end.
        left: the caller went away before that.
        trouble: what else ended it, in a few words.
        seconds: from the request to the end, connecting included.
        more: bytes came behind the answer's end.
    """

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    whole: bool = False
    left: bool = False
    trouble: str = ""
    seconds: float = 0.0
    more: bool = False

    def header(self, name: str) -> str:
        """A header's value; empty when it did not come."""
        return self.headers.get(name, "")

    # What the parser calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        self.whole = True


async def ask(port: int, request: bytes, habits: Habits) -> Answer:
    """Send `request` on a connection of its own and read the answer as `habits` say."""
    answer = Answer()
    began = time.perf_counter()
    try:
        async with asyncio.timeout(habits.patience_s):
            await _leaving(port, request, habits, answer)
    except TimeoutError:
        answer.trouble = f"nothing more within {habits.patience_s:g} s"
    except OSError as error:
        answer.trouble = f"connection: {error.strerror or type(error).__name__}"
    answer.seconds = time.perf_counter() - began
    return answer


async def _leaving(port: int, request: bytes, habits: Habits, answer: Answer) -> None:
    if habits.leaves_after_s is None:
        await _exchange(port, request, habits, answer)
        return
    try:
        async with asyncio.timeout(habits.leaves_after_s):
            await _exchange(port, request, habits, answer)
    except TimeoutError:
        answer.left = True


async def _exchange(port: int, request: bytes, habits: Habits, answer: Answer) -> None:
    reader, writer = await _connect(port, slow=bool(habits.gap_s))
    try:
        writer.write(request)
        await writer.drain()
        await _read(reader, habits, answer)
    finally:
        if habits.resets:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _connect(port: int, *, slow: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    sock = socket.socket()
    sock.setblocking(False)
    if slow:  # so that it is the gateway's buffers that fill, and not the kernel's
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    try:
        await asyncio.get_running_loop().sock_connect(sock, (HOST, port))
        return await asyncio.open_connection(sock=sock, limit=2048 if slow else _READ)
    except BaseException:
        sock.close()
        raise


async def _read(reader: asyncio.StreamReader, habits: Habits, answer: Answer) -> None:
    parser = httptools.HttpResponseParser(answer)
    while not answer.whole:
        if habits.gap_s:
            await asyncio.sleep(habits.gap_s)
        data = await reader.read(_READ)
        if not data:
            answer.trouble = "the connection was closed in the middle" if answer.status else "closed without an answer"
            return
        try:
            parser.feed_data(data)
        except httptools.HttpParserError as error:
            answer.more = answer.whole
            answer.trouble = f"no HTTP: {error}"
            return
        answer.status = parser.get_status_code()
        if habits.leaves_at_byte is not None and len(answer.body) >= habits.leaves_at_byte and not answer.whole:
            answer.left = True
            return


async def get(port: int, path: str) -> bytes:
    """The body of a page.

    Raises:
        OSError: it did not come.
    """
    request = b"GET %b HTTP/1.1\r\nhost: soak\r\nconnection: close\r\n\r\n" % path.encode()
    return await _told(port, request)


async def put(port: int, path: str, body: bytes) -> bytes:
    """The answer to a PUT.

    Raises:
        OSError: it did not come.
    """
    head = b"PUT %b HTTP/1.1\r\nhost: soak\r\ncontent-length: %d\r\n\r\n" % (path.encode(), len(body))
    return await _told(port, head + body)


async def _told(port: int, request: bytes) -> bytes:
    answer = await ask(port, request, Habits(patience_s=10.0))
    if answer.status != 200 or not answer.whole:
        raise OSError(f"status {answer.status} {answer.trouble}: {bytes(answer.body[:500])!r}")
    return bytes(answer.body)
