"""`POST /admin/v1/breaker`: an operator opens the breakers of a provider or of one of its deployments, or closes them.

Never leaves one open for ever: whoever opens it says for how long. An open breaker changes the order, as always: where
there is nobody else a request may still be answered. Served to holders of the admin key (see `App`).
"""

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from sixnines.clock import Clock
from sixnines.config.snapshot import DeploymentSpec, Snapshot
from sixnines.dialects import unambiguous
from sixnines.dialects.validation import decode
from sixnines.errors import MalformedRequest, WorkerMissing
from sixnines.health.board import Board
from sixnines.server.app import Visit
from sixnines.server.colleagues import Colleagues

LONGEST_S = 3600.0
"""Whoever wants a breaker to be open for longer says so again."""

_encode = msgspec.json.Encoder().encode
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """What is asked.

    Attributes:
        provider: whose breakers.
        state: what they shall be.
        deployment: only that of this one, by its id; else of all that the provider has.
        seconds: for how long they stay open; None for closing, which takes effect once.
    """

    provider: str
    state: Literal["open", "closed"]
    deployment: str | None = None
    seconds: float | None = None


_decoder = msgspec.json.Decoder(Asked)
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Asked).decode


class SetBreaker:
    """Opens or closes breakers by hand, in all workers."""

    path = "/admin/v1/breaker"
    subject = "breaker"

    def __init__(self, board: Board, clock: Clock, snapshot: Callable[[], Snapshot], colleagues: Colleagues) -> None:
        self._board = board
        self._clock = clock
        self._snapshot = snapshot
        self._colleagues = colleagues

    def report(self, about: bytes) -> bytes:
        """Do what another worker was told."""
        asked = _unpack(about)
        self._set(asked, _meant(asked, self._snapshot()))
        return b"1"

    async def serve(self, visit: Visit) -> None:
        """Do it here and everywhere.

        Raises:
            MalformedRequest: the body is something else, or there is no such provider or deployment.
            WorkerMissing: one of the workers could not be told.
        """
        body = visit.request.body
        asked = decode(body, _decoder)
        unambiguous.check(body)
        _check_seconds(asked)
        snapshot = visit.ticket.generation.snapshot
        if asked.provider not in snapshot.providers:
            raise _wrong("provider", "the config has no provider of this name.")
        meant = _meant(asked, snapshot)
        if not meant:
            raise _wrong("deployment", "the provider has no such deployment, or none at all.")
        self._set(asked, meant)
        replies = await self._colleagues.ask(self.subject, _pack(asked))
        if replies.missing:
            raise WorkerMissing("One of the workers did not say in time that it has done so; send this again.")
        answer = {"object": "breaker", "state": asked.state, "seconds": asked.seconds, "deployments": list(meant)}
        visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], _encode(answer))

    def _set(self, asked: Asked, meant: dict[str, DeploymentSpec]) -> None:
        until = self._clock.monotonic_s() + (asked.seconds or 0.0)
        for spec in meant.values():
            deployment = self._board.deployment(spec)
            if asked.state == "open":
                deployment.open_breaker(until)
            else:
                deployment.close_breaker()


def _meant(asked: Asked, snapshot: Snapshot) -> dict[str, DeploymentSpec]:
    """The deployments that are meant, by id: several models may have the same."""
    return {each.id: each for each in _owned(asked.provider, snapshot) if asked.deployment in (None, each.id)}


def _owned(provider: str, snapshot: Snapshot) -> Iterator[DeploymentSpec]:
    models = snapshot.models.values()
    return (each for model in models for each in model.deployments if each.provider.name == provider)


def _check_seconds(asked: Asked) -> None:
    if asked.state == "closed":
        if asked.seconds is not None:
            raise _wrong("seconds", "a breaker that is closed goes by what is seen from then on.")
    elif asked.seconds is None or not 0.0 < asked.seconds <= LONGEST_S:
        raise _wrong("seconds", f"to open a breaker takes a number above 0 and up to {LONGEST_S:.0f}.")


def _wrong(param: str, why: str) -> MalformedRequest:
    return MalformedRequest(f"Invalid '{param}': {why}", param=param, code="invalid_value")
