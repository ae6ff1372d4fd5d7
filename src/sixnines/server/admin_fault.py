"""`POST /admin/v1/fault`: an operator breaks a provider on purpose, to see what his callers would notice.

Never does so where the config does not say `server.fault_injection: true`, and never for ever: whoever breaks one says
for how long. Served to holders of the admin key (see `App`).
"""

import msgspec

from sixnines.config.snapshot import Snapshot
from sixnines.dialects import unambiguous
from sixnines.dialects.validation import decode
from sixnines.domain.injected_fault import DELAY_S, STATUS, FaultKind, InjectedFault
from sixnines.errors import Forbidden
from sixnines.health.faults import Faults
from sixnines.server.by_hand import Wanted, wrong

LONGEST_S = 600.0
"""Whoever wants a provider to be broken for longer says so again."""
LONGEST_DELAY_S = 60.0
"""More than this is what `hang` is for."""

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
    """Breaks one provider, or leaves it alone again."""

    path = "/admin/v1/fault"
    name = "fault"

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def read(self, body: bytes, snapshot: Snapshot) -> Wanted:
        """See `Act`.

        Raises:
            Forbidden: the config does not allow it.
        """
        asked = decode(body, _decoder)
        unambiguous.check(body)
        _check(asked)
        if asked.provider not in snapshot.providers:
            raise wrong("provider", "the config has no provider of this name.")
        if not snapshot.server.fault_injection:
            raise Forbidden(
                "No provider may be broken on purpose here: the config does not say `server.fault_injection: true`. "
                "Where that is wanted, set it, and apply the config.",
                code="fault_injection_off",
            )
        answer = {"object": "fault", "provider": asked.provider, "fault": asked.fault, "seconds": asked.seconds}
        return Wanted(asked.provider, _pack(asked), asked.seconds, answer)

    def do(self, asked: bytes, until_s: float, snapshot: Snapshot) -> None:
        """See `Act`."""
        wanted = _unpack(asked)
        fault = wanted.wanted()
        if fault is None:
            self._faults.end(wanted.provider)
        elif snapshot.server.fault_injection and wanted.provider in snapshot.providers:
            self._faults.begin(wanted.provider, fault, until_s)


def _check(asked: Asked) -> None:
    if asked.fault is None:
        if asked.seconds is not None:
            raise wrong("seconds", "to end a fault takes none: it is over at once.")
    elif asked.seconds is None or not 0.0 < asked.seconds <= LONGEST_S:
        raise wrong("seconds", f"to break a provider takes a number above 0 and up to {LONGEST_S:.0f}.")
    if asked.status is not None and (asked.fault is not FaultKind.ERROR or asked.status not in _STATUSES):
        raise wrong("status", 'only "error" has one, from 400 to 599.')
    if asked.delay_s is not None and (asked.fault is not FaultKind.SLOW or not 0.0 < asked.delay_s <= LONGEST_DELAY_S):
        raise wrong("delay_s", f'only "slow" has one, above 0 and up to {LONGEST_DELAY_S:.0f} seconds.')
