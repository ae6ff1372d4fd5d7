"""Asks the admin paths of this very gateway, in process: what a page shows is what the admin API tells, and no more.

Every question runs the real application, as the owner's: it is gathered from all workers, and refused where the API
refuses. Never for somebody who has not been admitted (see `admission.py`), and never over a connection.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from sixnines.server.gone import CallerGone
from sixnines.server.interface import OWNER, Application, Request

T = TypeVar("T")
Headers = list[tuple[bytes, bytes]]

_JSON: Final = (b"content-type", b"application/json")
_OK: Final = range(200, 300)
_AHEAD: Final = 16
"""Pieces of a streamed answer that wait for the page; then the gateway waits."""

_encode: Final = msgspec.json.Encoder().encode


class Refused(Exception):  # noqa: N818 - it says what the gateway said
    """An admin path did not do what it was asked.

    Attributes:
        status: of HTTP.
        code: a word for programs, or None.
        message: for people.
    """

    def __init__(self, status: int, code: str | None, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class _Error(msgspec.Struct):
    message: str
    code: str | None = None


class _Body(msgspec.Struct):
    error: _Error


_error: Final = msgspec.json.Decoder(_Body).decode


@dataclass(frozen=True, slots=True)
class Said:
    """A whole answer."""

    status: int
    headers: Headers
    body: bytes

    def checked(self) -> bytes:
        """The body.

        Raises:
            Refused: the answer is an error.
        """
        if self.status in _OK:
            return self.body
        raise refused(self.status, self.body)


def refused(status: int, body: bytes) -> Refused:
    """What an answer that is an error says."""
    try:
        error = _error(body).error
    except msgspec.MsgspecError:
        return Refused(status, None, "The gateway refused this and did not say why.")
    return Refused(status, error.code, error.message)


class Asking:
    """See the top.

    Args:
        application: the gateway's own.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def get(self, path: str, form: type[T]) -> T:
        """What an admin path tells, as a value of `client.seen` or `control.asked`.

        Args:
            path: with its query, as in `/admin/v1/requests?limit=50`.
            form: what it is.

        Raises:
            Refused: it tells nothing; says why.
        """
        return msgspec.json.decode((await self.send("GET", path)).checked(), type=form)

    async def find(self, path: str, form: type[T]) -> T | None:
        """The same; None where this gateway has no such path (its config cannot be changed, say)."""
        try:
            return await self.get(path, form)
        except Refused as problem:
            if problem.code == "unknown_url":
                return None
            raise

    async def post(self, path: str, body: object) -> bytes:
        """Have an admin path do something; its answer.

        Raises:
            Refused: it was not done, or not everywhere; says why.
        """
        return (await self.send("POST", path, _encode(body))).checked()

    async def send(self, method: str, path: str, body: bytes = b"", headers: Headers | None = None) -> Said:
        """A whole answer, whatever it is."""
        async with self.open(method, path, body, headers) as answer:
            pieces = [piece async for piece in answer]
        return Said(answer.status, answer.headers, b"".join(pieces))

    @asynccontextmanager
    async def open(
        self, method: str, path: str, body: bytes = b"", headers: Headers | None = None
    ) -> AsyncIterator["Coming"]:
        """An answer as it comes: its status is known within. Who leaves before its end has it cancelled."""
        target, _, query = path.partition("?")
        sent = [_JSON, *(headers or ())] if method == "POST" else [*(headers or ())]
        coming = Coming()
        request = Request(method, target, query, sent, body, OWNER)
        task = asyncio.create_task(coming.run(self._application, request))
        try:
            await coming.begun.wait()
            yield coming
        finally:
            task.cancel()
            await asyncio.wait((task,))
        if not task.cancelled() and (bug := task.exception()) is not None:
            raise bug


class Coming:
    """An answer that comes: the `Responder` of the application on one side, its pieces on the other.

    Attributes:
        started: as for every responder.
        begun: the status is known.
        status: of HTTP; 0 before.
        headers: of it.
        broken: it ended before it was complete.
    """

    def __init__(self) -> None:
        self.started = False
        self.begun = asyncio.Event()
        self.status = 0
        self.headers: Headers = []
        self.broken = False
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(_AHEAD)
        self._whole = b""

    async def run(self, application: Application, request: Request) -> None:
        """Have the application answer."""
        try:
            await application(request, self)
        except CallerGone:
            self.broken = True
        except Exception:  # a bug, which whoever asked gets; he must not wait for what will never come
            self._whole, self.broken = b"", True
            raise
        finally:
            self.begun.set()
            if not _is_cancelled():
                await self._pieces.put(self._whole)
                await self._pieces.put(None)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Its body."""
        while (piece := await self._pieces.get()) is not None:
            if piece:
                yield piece

    def send(self, status: int, headers: Headers | bytes, body: bytes) -> None:
        """A complete answer."""
        self.start(status, headers)
        self._whole = body

    def start(self, status: int, headers: Headers | bytes) -> None:
        """The head of one that comes in pieces."""
        self.started = True
        self.status, self.headers = status, _fields(headers)
        self.begun.set()

    async def write(self, data: bytes) -> None:
        """A piece. Returns when there is room for another."""
        await self._pieces.put(data)

    def end(self) -> None:
        """There are no more."""

    def abort(self) -> None:
        """It cannot be completed."""
        self.broken = True


def _fields(headers: Headers | bytes) -> Headers:
    """Headers, also those that came as lines."""
    if not isinstance(headers, bytes):
        return headers
    pairs = (line.partition(b": ") for line in headers.split(b"\r\n") if line)
    return [(name, value) for name, _, value in pairs]


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
