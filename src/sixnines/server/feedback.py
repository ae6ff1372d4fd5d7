"""`POST /v1/feedback`: what a caller thinks of an answer, told to the strategies that chose who gave it.

Never keeps the opinion itself beyond the ring of recent requests, and never says anything of the request.
"""

import msgspec

from sixnines.dialects.validation import unread
from sixnines.endpoints.openai_body import read_head
from sixnines.engine.recent import Recent
from sixnines.errors import MalformedRequest, UnknownPath, WorkerMissing
from sixnines.routing.learned import Learned
from sixnines.server.app import Visit
from sixnines.server.colleagues import Colleagues

_JSON = (b"content-type", b"application/json")
_encode = msgspec.json.Encoder().encode


class _Body(msgspec.Struct):
    request_id: str
    score: float


_DECODER = msgspec.json.Decoder(_Body)
_KNOWN = frozenset(_Body.__struct_fields__)
_pack = msgspec.msgpack.Encoder().encode
_opinion = msgspec.msgpack.Decoder(_Body).decode
_counted = msgspec.msgpack.Decoder(bool).decode


class Feedback:
    """`POST /v1/feedback`: `{"request_id": "...", "score": 0.0 to 1.0}`; thumbs are 0 and 1.

    It counts in the worker that had the request, whichever is told.
    """

    path = "/v1/feedback"
    subject = "feedback"

    def __init__(self, recent: Recent, learned: Learned, colleagues: Colleagues) -> None:
        self._recent = recent
        self._learned = learned
        self._colleagues = colleagues

    def report(self, about: bytes) -> bytes:
        """Count what another worker was told; b"" if this one does not remember the request."""
        counted = self._count(_opinion(about))
        return b"" if counted is None else _pack(counted)

    async def serve(self, visit: Visit) -> None:
        """Count the score once, instead of what was said of the same answer before.

        Raises:
            MalformedRequest: the body is something else; says what it must be.
            UnknownPath: the request is not there, or no longer.
            WorkerMissing: it is not there, but a worker could not be asked.
        """
        visit.admit_caller()
        body = _read(visit.request.body)
        counted = self._count(body)
        if counted is None:
            counted = await self._count_elsewhere(body)
        answer = {"object": "feedback", "request_id": body.request_id, "score": body.score, "counted": counted}
        visit.responder.send(200, [_JSON, *visit.ticket.headers()], _encode(answer))

    def _count(self, body: _Body) -> bool | None:
        """Count it here; whether anybody learns from it, or None if the request is not remembered here."""
        found = self._recent.get(body.request_id)
        if found is None:
            return None
        opinion = found.opinion
        if opinion is None:
            return False
        for each in opinion.credits:
            self._learned.score(each, body.score, opinion.score)
        opinion.score = body.score
        return bool(opinion.credits)

    async def _count_elsewhere(self, body: _Body) -> bool:
        replies = await self._colleagues.ask(self.subject, _pack(body))
        said = next(filter(None, replies.said.values()), None)
        if said is not None:
            return _counted(said)
        if replies.missing:
            raise WorkerMissing(
                "One of the workers did not say in time whether it remembers this request; send it again."
            )
        raise UnknownPath(
            "No request with this id is remembered. Send the `x-sixnines-request-id` of an answer that has ended, "
            f"while it is among the last {self._recent.capacity} requests.",
            code="request_not_found",
        )


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
