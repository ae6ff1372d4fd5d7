"""The real server on a loop and thread of its own, so that tests can be plain blocking callers of it.

Records what reaches the application; any complaint of the event loop fails the test that caused it.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from types import TracebackType
from typing import Self, TypeVar

import msgspec
import uvloop

from sixnines.clock import SystemClock
from sixnines.server.answer import DateLine
from sixnines.server.interface import Application, Limits, Request
from sixnines.server.lifecycle import Server
from sixnines.server.protocol import Service
from sixnines.server.responder import HttpResponder
from sixnines.transport.outbox import Outbox

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}
WAIT_S = 20.0
T = TypeVar("T")


async def echo(request: Request, responder: HttpResponder) -> None:
    """Tells the caller what arrived."""
    told = {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "body": request.body.decode("latin-1"),
    }
    responder.send(200, [(b"content-type", b"application/json")], msgspec.json.encode(told))


def openai_refusal(status: int, code: str, message: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """A refusal in OpenAI's error format."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    error = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return [(b"content-type", b"application/json")], msgspec.json.encode(error)


class LiveServer:
    """A running server.

    Attributes:
        cancelled: released once for each application that was cancelled.
        on_deadline: called on the server's loop when the time of a drain is up.
        address: where it listens.
    """

    address: tuple[str, int]
    server: Server
    loop: asyncio.AbstractEventLoop

    def __init__(self, application: Application = echo, *, loop: str = "uvloop", limits: Limits | None = None) -> None:  # type: ignore[assignment]
        self._requests: list[Request] = []
        self._bugs: list[Exception] = []
        self.on_deadline: Callable[[], None] = lambda: None
        self.cancelled = threading.Semaphore(0)
        self._complaints: list[str] = []
        self._application = application
        self._limits = limits or Limits()
        self._ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(LOOPS[loop],), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.result(WAIT_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive(), "the server did not stop"
        assert self._complaints == []
        if kind is None:
            assert self.server.connections == 0

    @property
    def requests(self) -> list[Request]:
        """Those that have reached the application, in order."""
        self.call(asyncio.sleep(0))  # what the loop was about to do, it has done
        return list(self._requests)

    @property
    def bugs(self) -> list[Exception]:
        """What the server has reported to `on_bug`."""
        self.call(asyncio.sleep(0))
        return list(self._bugs)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that the server is about to do."""
        deadline = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < deadline, "it never happened"
            time.sleep(0.01)

    def call(self, coroutine: Coroutine[object, object, T]) -> T:
        """Run a coroutine on the server's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(WAIT_S)

    def spawn(self, coroutine: Coroutine[object, object, T]) -> "Future[T]":
        """Start a coroutine on the server's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def _run(self, factory: Callable[[], asyncio.AbstractEventLoop]) -> None:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(self._main())

    async def _main(self) -> None:
        try:
            self.loop = asyncio.get_running_loop()
            self.loop.set_exception_handler(lambda _, context: self._complaints.append(str(context)))
            self._stop = asyncio.Event()
            service = Service(
                self._serve,
                openai_refusal,
                self._bugs.append,
                DateLine(SystemClock()),
                self._limits,
                Outbox(asyncio.get_running_loop()),
            )
            self.server = Server(service, host="127.0.0.1", port=0, on_deadline=self._on_deadline)
            (self.address,) = await self.server.start()
        except BaseException as error:
            self._ready.set_exception(error)
            raise
        self._ready.set_result(None)
        await self._stop.wait()
        await self.server.drain(0)

    def _on_deadline(self) -> None:
        self.on_deadline()

    async def _serve(self, request: Request, responder: HttpResponder) -> None:
        self._requests.append(request)
        try:
            await self._application(request, responder)
        except asyncio.CancelledError:
            self.cancelled.release()
            raise
