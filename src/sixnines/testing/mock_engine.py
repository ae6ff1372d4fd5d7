"""A stand-in engine inside the caller's event loop: what tests use.

```python
async with MockEngine("vllm", {"default": {"text": "hello"}}) as engine:
    ...  # call engine.base_url
    assert engine.requests[-1].json()["model"] == "mock"
```
"""

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self, cast

from sixnines.clock import Clock, SystemClock
from sixnines.server.answer import DateLine
from sixnines.server.interface import Application, Limits
from sixnines.server.protocol import Service
from sixnines.testing.engines.registry import KINDS
from sixnines.testing.journal import Seen
from sixnines.testing.listener import Listener
from sixnines.testing.script import Script, ScriptError, make_script, read_script
from sixnines.testing.stand_in import StandIn
from sixnines.testing.wire import Headers
from sixnines.transport.outbox import Outbox

Scripted = Script | Mapping[str, object] | str | None

_MAX_BODY = 256 * 1024 * 1024  # more than any gateway lets through
PATIENCE_S = 10.0


def as_script(given: Scripted) -> Script:
    """A script from whatever says one: a `Script`, plain values, or YAML text.

    Raises:
        ScriptError: it says none.
    """
    match given:
        case Script():
            return given
        case None:
            return Script()
        case str():
            return read_script(given)
        case _:
            return make_script(dict(given))


class MockEngine:
    """One stand-in.

    Args:
        kind: a name in `engines.registry.KINDS`.
        script: how it behaves; None greets everybody.
        host: where it listens.
        port: 0 lets the kernel choose.
        admin_port: a second port that never refuses; None for none, 0 lets the kernel choose.
        clock: for the times in answers.

    Raises:
        ScriptError: the script is none, the kind is unknown or cannot play it.
    """

    def __init__(
        self,
        kind: str,
        script: Scripted = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        admin_port: int | None = None,
        clock: Clock | None = None,
    ) -> None:
        if kind not in KINDS:
            raise ScriptError(f'unknown kind "{kind}"; known are {", ".join(KINDS)}')
        self.kind = kind
        self.host = host
        self._script = as_script(script)
        self._ports = (port, admin_port)
        self._clock = clock or SystemClock()
        self._stand_in: StandIn | None = None
        self._listeners: list[Listener] = []
        self.bugs: list[Exception] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        if kind is None and self.bugs:
            raise self.bugs[0]

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: a port is taken.
            ScriptError: this kind cannot play the script.
        """
        engine = KINDS[self.kind]
        stand_in = self._stand_in = StandIn(engine, self._script, self._clock)
        limits = Limits(max_body=_MAX_BODY, keep_alive_s=engine.keep_alive_s)
        application = cast("Application", stand_in)  # it uses what the server's own responder has besides
        outbox = Outbox(asyncio.get_running_loop())
        service = Service(application, _refusal, self.bugs.append, DateLine(self._clock), limits, outbox)
        port, admin_port = self._ports
        self._listeners = [Listener(service, self.host, port, lambda: stand_in.script.refuse)]
        if admin_port is not None:
            self._listeners.append(Listener(service, self.host, admin_port, lambda: False))
        for listener in self._listeners:
            await listener.open()

    async def stop(self) -> None:
        """Close everything."""
        for listener in self._listeners:
            await listener.stop()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._listeners[0].port

    @property
    def admin_port(self) -> int:
        """Where the admin path always answers: the admin port, or the only one there is."""
        return self._listeners[-1].port

    @property
    def base_url(self) -> str:
        """Its root, without `/v1`."""
        return f"http://{self.host}:{self.port}"

    def script(self, script: Scripted) -> None:
        """Put another script in force; its counters start at nothing.

        Raises:
            ScriptError: it is none, or the kind cannot play it.
        """
        self._running.follow(as_script(script))

    def reset(self) -> None:
        """Forget what has happened; rules count from nothing again."""
        self._running.reset()

    def close_port(self) -> None:
        """Stop listening, so that new connections are refused; open ones live on."""
        self._listeners[0].close()

    async def open_port(self) -> None:
        """Listen on the same port again."""
        await self._listeners[0].open()

    @property
    def requests(self) -> list[Seen]:
        """The last requests, oldest first."""
        return list(self._running.journal.requests)

    @property
    def total(self) -> int:
        """All requests so far."""
        return self._running.journal.total

    @property
    def by_path(self) -> dict[str, int]:
        """The same by path."""
        return dict(self._running.journal.by_path)

    @property
    def in_flight(self) -> int:
        """Requests being answered or waiting."""
        return self._running.journal.in_flight

    @property
    def most_at_once(self) -> int:
        """The most requests that have been in flight at once."""
        return self._running.journal.most_at_once

    @property
    def running(self) -> int:
        """Slots taken, also by those whose caller left unheard."""
        return self._running.slots.running

    @property
    def waiting(self) -> int:
        """Requests that wait for a slot."""
        return self._running.slots.waiting

    @property
    def cancelled(self) -> int:
        """Callers who left before their answer was complete."""
        return self._running.journal.cancelled

    async def until(self, condition: Callable[[], bool], timeout_s: float = PATIENCE_S) -> None:
        """Return when `condition`, which looks at this engine, is true.

        Raises:
            TimeoutError: it was not within `timeout_s`.
        """
        async with asyncio.timeout(timeout_s):
            await self._running.journal.until(condition)

    @property
    def _running(self) -> StandIn:
        if self._stand_in is None:
            raise RuntimeError("the engine has not been started: use `async with`")
        return self._stand_in


def _refusal(status: int, code: str, message: str) -> tuple[Headers, bytes]:
    """What the server itself says to bytes that are not HTTP."""
    del status, code
    return [(b"content-type", b"text/plain")], message.encode()
