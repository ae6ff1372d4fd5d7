"""`POST /v1/feedback`: what a caller thinks of an answer, told to the strategies that chose who gave it.

Never keeps the opinion itself beyond the ring of recent requests, and never says anything of the request.
"""

import msgspec

from sixnines.dialects.validation import unread
from sixnines.endpoints.openai_body import read_head
from sixnines.engine.recent import Recent
from sixnines.errors import MalformedRequest, UnknownPath
from sixnines.routing.learned import Learned
from sixnines.server.app import Visit

_JSON = (b"content-type", b"application/json")
_encode = msgspec.json.Encoder().encode


class _Body(msgspec.Struct):
    request_id: str
    score: float


_DECODER = msgspec.json.Decoder(_Body)
_KNOWN = frozenset(_Body.__struct_fields__)


class Feedback:
    """`POST /v1/feedback`: `{"request_id": "...", "score": 0.0 to 1.0}`; thumbs are 0 and 1."""

    path = "/v1/feedback"

    def __init__(self, recent: Recent, learned: Learned) -> None:
        self._recent = recent
        self._learned = learned

    async def serve(self, visit: Visit) -> None:
        """Count the score once, instead of what was said of the same answer before.

        Raises:
            MalformedRequest: the body is something else; says what it must be.
            UnknownPath: the request is not there, or no longer.
        """
        visit.ticket.generation.gate.admit_caller(visit.request.header(b"authorization"))
        body = _read(visit.request.body)
        found = self._recent.get(body.request_id)
        if found is None:
            raise UnknownPath(
                "No request with this id is remembered. Send the `x-sixnines-request-id` of an answer that has ended, "
                f"while it is among the last {self._recent.capacity} requests.",
                code="request_not_found",
            )
        opinion = found.opinion
        counted = opinion is not None and bool(opinion.credits)
        if opinion is not None:
            for each in opinion.credits:
                self._learned.score(each, body.score, opinion.score)
            opinion.score = body.score
        answer = {"object": "feedback", "request_id": found.id, "score": body.score, "counted": counted}
        visit.responder.send(200, [_JSON, *visit.ticket.headers()], _encode(answer))


def _read(body: bytes) -> _Body:
    found = read_head(body, _DECODER)
    if unread(body, _KNOWN):
        raise MalformedRequest(
            "Unknown parameter: this path takes `request_id` and `score` only.", code="unknown_parameter"
        )
    if not 0.0 <= found.score <= 1.0:
        raise MalformedRequest(
            "Invalid 'score': it must be a number from 0 (a bad answer) to 1 (a good one).",
            param="score",
            code="invalid_value",
        )
    return found
