"""A caller of stand-in engines that sees bytes: sends a request as it is and keeps how the answer was framed."""

import asyncio
from dataclasses import dataclass, field

PATIENCE_S = 5.0


@dataclass
class WireAnswer:
    """What came back.

    Attributes:
        head: status line and headers, without the empty line.
        chunks: the content of each HTTP chunk, or the whole body as one.
        rest: bytes that are not well-formed chunks, or missing their end.
        ended: the HTTP message was complete.
        closed: how the connection ended: `eof`, `reset`, or "" when it stayed open.
    """

    head: bytes = b""
    chunks: list[bytes] = field(default_factory=list)
    rest: bytes = b""
    ended: bool = False
    closed: str = ""

    @property
    def status(self) -> int:
        """The HTTP status; 0 without a head."""
        return int(self.head.split(b" ")[1]) if self.head.startswith(b"HTTP/") else 0

    @property
    def headers(self) -> dict[str, str]:
        """Names in lower case."""
        lines = [line.decode("latin-1").partition(":") for line in self.head.split(b"\r\n")[1:]]
        return {name.lower(): value.strip() for name, _, value in lines}

    @property
    def body(self) -> bytes:
        """All chunks."""
        return b"".join(self.chunks)


def parse_answer(data: bytes, *, closed: str = "") -> WireAnswer:
    """The answer in `data`, as far as it goes."""
    head, found, body = data.partition(b"\r\n\r\n")
    answer = WireAnswer(head if found else b"", closed=closed, rest=b"" if found else data)
    if not found:
        return answer
    if answer.headers.get("transfer-encoding") == "chunked":
        _split_chunks(answer, body)
    else:
        length = int(answer.headers.get("content-length", "0"))
        answer.chunks = [body] if body else []
        answer.ended = len(body) >= length
    return answer


def _split_chunks(answer: WireAnswer, body: bytes) -> None:
    while body:
        size, found, rest = body.partition(b"\r\n")
        try:
            length = int(size, 16)
        except ValueError:
            break
        if not found or len(rest) < length + 2:
            break
        body = rest[length + 2 :]
        if length == 0:
            answer.ended = True
            break
        answer.chunks.append(rest[:length])
    answer.rest = body


class WireCaller:
    """One connection to a stand-in."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.data = b""

    async def __aenter__(self) -> "WireCaller":
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.data = b""
        self._writer.write(data)

    async def receive(self, *, within_s: float = PATIENCE_S) -> WireAnswer:
        """Everything until the answer is complete, the connection ends, or nothing has come for `within_s`."""
        closed = ""
        while not (answer := parse_answer(self.data)).ended:
            try:
                async with asyncio.timeout(within_s):
                    piece = await self._reader.read(1 << 20)
            except TimeoutError:
                return answer
            except ConnectionResetError:
                closed = "reset"
                break
            if not piece:
                closed = "eof"
                break
            self.data += piece
        if closed:
            return parse_answer(self.data, closed=closed)
        return answer

    async def closing(self) -> str:
        """How the connection ends after a complete answer: `eof` or `reset`; "" when it stays open a while."""
        try:
            async with asyncio.timeout(0.2):
                return "" if await self._reader.read(1) else "eof"
        except TimeoutError:
            return ""
        except ConnectionResetError:
            return "reset"


async def exchange(port: int, request: bytes, *, within_s: float = PATIENCE_S) -> WireAnswer:
    """One request on a connection of its own."""
    async with WireCaller(port) as caller:
        caller.send(request)
        return await caller.receive(within_s=within_s)


def post(path: str, body: bytes, *headers: str) -> bytes:
    """The bytes of a POST."""
    lines = [f"POST {path} HTTP/1.1", "Host: mock", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def get(path: str, *headers: str) -> bytes:
    """The bytes of a GET."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: mock", *headers, "", ""]).encode()
