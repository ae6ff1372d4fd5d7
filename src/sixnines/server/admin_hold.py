"""`POST /admin/v1/hold`: others are asked before one provider, because an operator is about to change its engine.

Never leaves a provider held for ever: whoever asks says for how long. It is the last to be asked, not left out: where
there is nobody else a request may still be answered. Served to holders of the admin key (see `App`).
"""

from collections.abc import Callable

import msgspec

from sixnines.clock import Clock
from sixnines.config.snapshot import ProviderSpec, Snapshot
from sixnines.dialects import unambiguous
from sixnines.dialects.validation import decode
from sixnines.errors import MalformedRequest, WorkerMissing
from sixnines.health.board import Board
from sixnines.server.app import Visit
from sixnines.server.colleagues import Colleagues

LONGEST_S = 3600.0
"""Whoever changes an engine for longer asks again."""

_encode = msgspec.json.Encoder().encode
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


class Held(msgspec.Struct, forbid_unknown_fields=True):
    """What is asked: `seconds` 0 ends it."""

    provider: str
    seconds: float


_decoder = msgspec.json.Decoder(Held)
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Held).decode


class HoldProvider:
    """Has all workers ask others before one provider, for some time."""

    path = "/admin/v1/hold"
    subject = "hold"

    def __init__(self, board: Board, clock: Clock, snapshot: Callable[[], Snapshot], colleagues: Colleagues) -> None:
        self._board = board
        self._clock = clock
        self._snapshot = snapshot
        self._colleagues = colleagues

    def report(self, about: bytes) -> bytes:
        """Do what another worker was told."""
        asked = _unpack(about)
        spec = self._snapshot().providers.get(asked.provider)
        if spec is not None:
            self._hold(spec, asked.seconds)
        return b"1"

    async def serve(self, visit: Visit) -> None:
        """Hold it here and everywhere.

        Raises:
            MalformedRequest: the body is something else, or there is no such provider.
            WorkerMissing: one of the workers could not be told.
        """
        body = visit.request.body
        asked = decode(body, _decoder)
        unambiguous.check(body)
        if not 0.0 <= asked.seconds <= LONGEST_S:
            message = f"Invalid 'seconds': it must be a number from 0 (no longer) to {LONGEST_S:.0f}."
            raise MalformedRequest(message, param="seconds", code="invalid_value")
        spec = visit.ticket.generation.snapshot.providers.get(asked.provider)
        if spec is None:
            message = "Invalid 'provider': the config has no provider of this name."
            raise MalformedRequest(message, param="provider", code="invalid_value")
        self._hold(spec, asked.seconds)
        replies = await self._colleagues.ask(self.subject, _pack(asked))
        if replies.missing:
            raise WorkerMissing("One of the workers did not say in time that it holds requests back; send this again.")
        answer = {"object": "hold", "provider": asked.provider, "seconds": asked.seconds}
        visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], _encode(answer))

    def _hold(self, spec: ProviderSpec, seconds: float) -> None:
        self._board.provider(spec).hold(self._until(seconds))

    def _until(self, seconds: float) -> float:
        return self._clock.monotonic_s() + seconds if seconds else 0.0
