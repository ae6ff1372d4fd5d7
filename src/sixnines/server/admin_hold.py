"""`POST /admin/v1/hold`: others are asked before one provider, because an operator is about to change its engine.

Never leaves a provider held for ever: whoever asks says for how long. It is the last to be asked, not left out: where
there is nobody else a request may still be answered. Served to holders of the admin key (see `App`).
"""

import msgspec

from sixnines.config.snapshot import Snapshot
from sixnines.dialects import unambiguous
from sixnines.dialects.validation import decode
from sixnines.health.board import Board
from sixnines.server.by_hand import LONGEST_S, Wanted, wrong


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """What is asked: `seconds` 0 ends it."""

    provider: str
    seconds: float


_decoder = msgspec.json.Decoder(Asked)
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Asked).decode


class HoldProvider:
    """Has others asked before one provider, for some time."""

    path = "/admin/v1/hold"
    name = "hold"

    def __init__(self, board: Board) -> None:
        self._board = board

    def read(self, body: bytes, snapshot: Snapshot) -> Wanted:
        """See `Act`."""
        asked = decode(body, _decoder)
        unambiguous.check(body)
        if not 0.0 <= asked.seconds <= LONGEST_S:
            raise wrong("seconds", f"it must be a number from 0 (no longer) to {LONGEST_S:.0f}.")
        if asked.provider not in snapshot.providers:
            raise wrong("provider", "the config has no provider of this name.")
        answer = {"object": "hold", "provider": asked.provider, "seconds": asked.seconds}
        return Wanted(asked.provider, _pack(asked), asked.seconds or None, answer)

    def do(self, asked: bytes, until_s: float, snapshot: Snapshot) -> None:
        """See `Act`."""
        wanted = _unpack(asked)
        spec = snapshot.providers.get(wanted.provider)
        if spec is not None:
            self._board.provider(spec).hold(until_s if wanted.seconds else 0.0)
