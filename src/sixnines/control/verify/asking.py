"""Sends requests to the gateway as callers do, and notes when each piece of an answer came.

Never goes through a proxy of the environment, never retries: what callers would see is what is wanted.
"""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import msgspec

from sixnines.clock import Clock
from sixnines.config.secret import Secret
from sixnines.control.verify.answer import Answer
from sixnines.control.verify.port import Asked, Door, Key
from sixnines.control.verify.verdict import CheckFailed

_CONNECT_S = 5.0
# Nobody sends so much for the few tokens that are asked for; a list of thousands of models has some megabytes.
_MOST_BYTES = 64 * 1024 * 1024

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Doors:
    """How the gateway is reached.

    Attributes:
        url: where callers reach it, as `http://HOST:PORT`; "" where it is reached by its socket only.
        socket: its owner's Unix socket, at which no key is needed.
        key: of a caller, as far as known.
        admin_key: likewise.
    """

    url: str
    socket: Path | None = None
    key: Secret | None = None
    admin_key: Secret | None = None


class HttpPort:
    """Implements `interface.Port`. Closes its connections when it is left."""

    def __init__(self, doors: Doors, clock: Clock) -> None:
        self._doors = doors
        self._clock = clock
        self._front = _client(doors.url or "http://localhost", None)
        self._side = self._front if doors.socket is None else _client("http://localhost", doors.socket)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._front.aclose()
        await self._side.aclose()

    @property
    def has_front(self) -> bool:
        """It can be asked where callers ask."""
        return bool(self._doors.url)

    @property
    def has_key(self) -> bool:
        """A caller's key is known, or the admin's, which does as well."""
        return self._own() is not None

    @property
    def has_admin_key(self) -> bool:
        """The admin's key is known."""
        return self._doors.admin_key is not None

    @property
    def is_owner(self) -> bool:
        """It can be asked without a key."""
        return self._doors.socket is not None

    async def ask(self, asked: Asked) -> Answer:
        """See `Port.ask`."""
        side = asked.door is Door.ANY and self._doors.socket is not None
        client = self._side if side else self._front
        headers = list(asked.headers)
        key = None if side else self._shown(asked.key)
        if key is not None:
            headers.append(("authorization", f"Bearer {key.reveal()}"))
        content = asked.body if isinstance(asked.body, bytes) else None if asked.body is None else _encode(asked.body)
        if content is not None:
            headers.append(("content-type", "application/json"))
        request = client.build_request(
            asked.method,
            asked.path,
            content=content,
            headers=headers,
            timeout=httpx.Timeout(asked.timeout_s, connect=_CONNECT_S),
        )
        began = self._clock.monotonic_s()
        try:
            answer = await client.send(request, stream=True)
            try:
                return await self._read(answer, began)
            finally:
                await answer.aclose()
        except httpx.TimeoutException:
            raise CheckFailed(f"no answer within {asked.timeout_s:g} s") from None
        except httpx.HTTPError as problem:
            raise CheckFailed(f"the gateway cannot be asked: {str(problem) or type(problem).__name__}") from None

    async def _read(self, answer: httpx.Response, began: float) -> Answer:
        pieces: list[tuple[float, bytes]] = []
        size = 0
        async for piece in answer.aiter_raw():
            pieces.append((self._clock.monotonic_s() - began, piece))
            size += len(piece)
            if size > _MOST_BYTES:
                raise CheckFailed(f"the answer is larger than {_MOST_BYTES // 1024**2} MiB")
        return Answer(answer.status_code, dict(answer.headers), tuple(pieces), self._clock.monotonic_s() - began)

    def _shown(self, key: Key) -> Secret | None:
        match key:
            case Key.OWN:
                return self._own()
            case Key.CALLER:
                return self._doors.key
            case Key.ADMIN:
                return self._doors.admin_key
            case Key.NONE:
                return None

    def _own(self) -> Secret | None:
        return self._doors.key or self._doors.admin_key


def _client(url: str, socket: Path | None) -> httpx.AsyncClient:
    # Reading the system's roots takes tens of milliseconds, in which a gateway that verifies itself serves nobody.
    secure = url.startswith("https:")
    transport = None if socket is None else httpx.AsyncHTTPTransport(uds=str(socket), verify=secure)
    # The gateway need not compress what is compared byte for byte.
    headers = {"accept-encoding": "identity"}
    return httpx.AsyncClient(base_url=url, transport=transport, trust_env=False, headers=headers, verify=secure)
