"""`POST /admin/v1/fault`: an operator breaks a provider on purpose, to see what his callers would notice.

Never does so where the config does not say `server.fault_injection: true`, and never for ever: whoever breaks one says
for how long. Served to holders of the admin key (see `App`).
"""

from collections.abc import Callable

import msgspec

from sixnines.config.snapshot import Snapshot
from sixnines.dialects import unambiguous
from sixnines.dialects.validation import decode
from sixnines.domain.injected_fault import DELAY_S, STATUS, FaultKind, InjectedFault
from sixnines.errors import Forbidden, MalformedRequest, WorkerMissing
from sixnines.health.faults import Faults
from sixnines.server.app import Visit
from sixnines.server.colleagues import Colleagues

LONGEST_S = 600.0
"""Whoever wants a provider to be broken for longer says so again."""
LONGEST_DELAY_S = 60.0
"""More than this is what `hang` is for."""

_encode = msgspec.json.Encoder().encode
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_STATUSES = range(400, 600)


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """What is asked.

    Attributes:
        provider: which one.
        fault: what it shall suffer; null ends it.
        seconds: for how long; None for the end.
        status: what an `error` answers.
        delay_s: by how much `slow` is late.
    """

    provider: str
    fault: FaultKind | None
    seconds: float | None = None
    status: int | None = None
    delay_s: float | None = None

    def wanted(self) -> InjectedFault | None:
        """The fault; None for none."""
        if self.fault is None:
            return None
        status, delay_s = self.status, self.delay_s
        return InjectedFault(self.fault, STATUS if status is None else status, DELAY_S if delay_s is None else delay_s)


_decoder = msgspec.json.Decoder(Asked)
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Asked).decode


class InjectFault:
    """Breaks one provider, or leaves it alone again, in all workers."""

    path = "/admin/v1/fault"
    subject = "fault"

    def __init__(self, faults: Faults, snapshot: Callable[[], Snapshot], colleagues: Colleagues) -> None:
        self._faults = faults
        self._snapshot = snapshot
        self._colleagues = colleagues

    def report(self, about: bytes) -> bytes:
        """Do what another worker was told."""
        asked, snapshot = _unpack(about), self._snapshot()
        if snapshot.server.fault_injection and asked.provider in snapshot.providers:
            self._do(asked, told=False)
        return b"1"

    async def serve(self, visit: Visit) -> None:
        """Do it here and everywhere.

        Raises:
            MalformedRequest: the body is something else, or there is no such provider.
            Forbidden: the config does not allow it.
            WorkerMissing: one of the workers could not be told.
        """
        body = visit.request.body
        asked = decode(body, _decoder)
        unambiguous.check(body)
        _check(asked)
        snapshot = visit.ticket.generation.snapshot
        if asked.provider not in snapshot.providers:
            raise _wrong("provider", "the config has no provider of this name.")
        if not snapshot.server.fault_injection:
            raise Forbidden(
                "No provider may be broken on purpose here: the config does not say `server.fault_injection: true`. "
                "Where that is wanted, set it, and apply the config.",
                code="fault_injection_off",
            )
        self._do(asked, told=True)
        replies = await self._colleagues.ask(self.subject, _pack(asked))
        if replies.missing:
            raise WorkerMissing("One of the workers did not say in time that it has done so; send this again.")
        answer = {"object": "fault", "provider": asked.provider, "fault": asked.fault, "seconds": asked.seconds}
        visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], _encode(answer))

    def _do(self, asked: Asked, *, told: bool) -> None:
        fault = asked.wanted()
        if fault is None or asked.seconds is None:
            self._faults.end(asked.provider, told=told)
        else:
            self._faults.begin(asked.provider, fault, asked.seconds, told=told)


def _check(asked: Asked) -> None:
    if asked.fault is None:
        if asked.seconds is not None:
            raise _wrong("seconds", "to end a fault takes none: it is over at once.")
    elif asked.seconds is None or not 0.0 < asked.seconds <= LONGEST_S:
        raise _wrong("seconds", f"to break a provider takes a number above 0 and up to {LONGEST_S:.0f}.")
    if asked.status is not None and (asked.fault is not FaultKind.ERROR or asked.status not in _STATUSES):
        raise _wrong("status", 'only "error" has one, from 400 to 599.')
    if asked.delay_s is not None and (asked.fault is not FaultKind.SLOW or not 0.0 < asked.delay_s <= LONGEST_DELAY_S):
        raise _wrong("delay_s", f'only "slow" has one, above 0 and up to {LONGEST_DELAY_S:.0f} seconds.')


def _wrong(param: str, why: str) -> MalformedRequest:
    return MalformedRequest(f"Invalid '{param}': {why}", param=param, code="invalid_value")
