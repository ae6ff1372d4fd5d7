"""What happened at a stand-in: counts, and the last requests with heads and bodies. Bounded in memory."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable

import msgspec

from sixnines.server.interface import Request

KEPT = 100
_BODY_KEPT = 64 * 1024  # bytes of a body that the admin path shows; in-process tests see it all


class Seen:
    """One request as it came.

    Attributes:
        number: counted from 1 since the start or the last reset.
        request: the request.
    """

    __slots__ = ("number", "request")

    def __init__(self, number: int, request: Request) -> None:
        self.number = number
        self.request = request

    @property
    def path(self) -> str:
        """The request path."""
        return self.request.path

    @property
    def body(self) -> bytes:
        """The whole body."""
        return self.request.body

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        value = self.request.header(name.lower().encode("latin-1"))
        return None if value is None else value.decode("latin-1")

    def json(self) -> dict[str, object]:
        """The body as a JSON object."""
        return msgspec.json.decode(self.request.body, type=dict[str, object])

    def summary(self) -> dict[str, object]:
        """What the admin path shows."""
        request = self.request
        return {
            "number": self.number,
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in request.headers],
            "body": request.body[:_BODY_KEPT].decode("utf-8", "replace"),
        }


class Journal:
    """Counts and requests of one stand-in.

    Attributes:
        total: requests so far.
        by_path: the same by path.
        in_flight: requests being answered or waiting.
        most_at_once: the most of them that there have been.
        cancelled: callers who left before their answer was complete.
        finished: generated answers that were played to their end.
        played: errors and faults that requests were given, by name.
        prompt_tokens: read for them.
        generated_tokens: generated for them.
    """

    def __init__(self) -> None:
        self.in_flight = 0
        self._waiters: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self.reset()

    def reset(self) -> None:
        """Forget everything but what is in flight."""
        self.total = 0
        self.most_at_once = self.in_flight
        self.by_path: Counter[str] = Counter()
        self.cancelled = 0
        self.finished = 0
        self.played: Counter[str] = Counter()
        self.prompt_tokens = 0
        self.generated_tokens = 0
        self.requests: deque[Seen] = deque(maxlen=KEPT)

    def enter(self, request: Request) -> None:
        """A request has come."""
        self.total += 1
        self.in_flight += 1
        self.most_at_once = max(self.most_at_once, self.in_flight)
        self.by_path[request.path] += 1
        self.requests.append(Seen(self.total, request))
        self.tell()

    def leave(self, *, cancelled: bool) -> None:
        """A request has been answered, or its caller has left."""
        self.in_flight -= 1
        self.cancelled += cancelled
        self.tell()

    def tell(self) -> None:
        """Wake those whose condition has come true."""
        for condition, woken in self._waiters:
            if not woken.done() and condition():
                woken.set_result(None)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return when `condition` is true; it is looked at whenever something happens."""
        if condition():
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (condition, woken)
        self._waiters.append(entry)
        try:
            await woken
        finally:
            self._waiters.remove(entry)
