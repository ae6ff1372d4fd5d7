"""What would become of a request on the running gateway, for operators. Served to holders of the admin key (see `App`).

Sends nothing to anybody, uses up nobody's turn, and keeps nothing of what is asked about.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from sixnines.clock import Clock
from sixnines.dialects import unambiguous
from sixnines.dialects.validation import decode
from sixnines.endpoints.interface import Endpoint
from sixnines.health.board import Board
from sixnines.server.app import Visit
from sixnines.server.explanation import Inquiry, Stage, explain
from sixnines.server.inquiry import read_assumptions, read_fields

_encode = msgspec.json.Encoder().encode
# No cache may keep what needed a key, or show yesterday's.
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    model: str
    request: msgspec.Raw = msgspec.Raw(b"null")
    headers: dict[str, str] = {}
    assume: dict[str, str | list[str]] = {}


_decoder = msgspec.json.Decoder(_Body)


class ExplainRequest:
    """`POST /admin/v1/explain`: by the health and load of this moment, and what is assumed on top of them."""

    path = "/admin/v1/explain"

    def __init__(self, board: Board, clock: Clock, endpoints: Sequence[Endpoint]) -> None:
        self._board = board
        self._clock = clock
        self._endpoints = endpoints

    async def serve(self, visit: Visit) -> None:
        """The explanation.

        Raises:
            MalformedRequest: the body, or what it asks about.
            UnknownModel: the name means nothing; says the nearest.
        """
        body = visit.request.body
        told = decode(body, _decoder)
        unambiguous.check(body)
        generation = visit.ticket.generation
        snapshot = generation.snapshot
        inquiry = Inquiry(
            model=told.model,
            body=None if bytes(told.request) == b"null" else bytes(told.request),
            fields=read_fields(told.headers.items()),
            assumptions=read_assumptions(_pairs(told.assume), snapshot),
        )
        stage = Stage(snapshot, generation.planner, self._board, self._endpoints, self._clock.monotonic_s())
        visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], _encode(explain(inquiry, stage)))


def _pairs(assume: Mapping[str, str | list[str]]) -> Iterator[tuple[str, str]]:
    for name, words in assume.items():
        for word in [words] if isinstance(words, str) else words:
            yield name, word
