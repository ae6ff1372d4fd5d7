"""`POST /admin/v1/breaker`: an operator opens the breakers of a provider or of one of its deployments, or closes them.

Never leaves one open for ever: whoever opens it says for how long. An open breaker changes the order, as always: where
there is nobody else a request may still be answered. Served to holders of the admin key (see `App`).
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from sixnines.config.snapshot import DeploymentSpec, Snapshot
from sixnines.dialects import unambiguous
from sixnines.dialects.validation import decode
from sixnines.health.board import Board
from sixnines.server.by_hand import LONGEST_S, Wanted, wrong


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
    """Opens or closes breakers by hand."""

    path = "/admin/v1/breaker"
    name = "breaker"

    def __init__(self, board: Board) -> None:
        self._board = board

    def read(self, body: bytes, snapshot: Snapshot) -> Wanted:
        """See `Act`."""
        asked = decode(body, _decoder)
        unambiguous.check(body)
        _check_seconds(asked)
        if asked.provider not in snapshot.providers:
            raise wrong("provider", "the config has no provider of this name.")
        meant = _meant(asked, snapshot)
        if not meant:
            raise wrong("deployment", "the provider has no such deployment, or none at all.")
        answer = {"object": "breaker", "state": asked.state, "seconds": asked.seconds, "deployments": list(meant)}
        whom = asked.provider if asked.deployment is None else asked.deployment
        return Wanted(whom, _pack(asked), asked.seconds, answer)

    def do(self, asked: bytes, until_s: float, snapshot: Snapshot) -> None:
        """See `Act`."""
        wanted = _unpack(asked)
        for spec in _meant(wanted, snapshot).values():
            deployment = self._board.deployment(spec)
            if wanted.state == "open":
                deployment.open_breaker(until_s)
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
            raise wrong("seconds", "a breaker that is closed goes by what is seen from then on.")
    elif asked.seconds is None or not 0.0 < asked.seconds <= LONGEST_S:
        raise wrong("seconds", f"to open a breaker takes a number above 0 and up to {LONGEST_S:.0f}.")
