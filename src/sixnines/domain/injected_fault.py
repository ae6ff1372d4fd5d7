"""What an operator can have a provider suffer on purpose, to watch the failover. Values only."""

import enum

import msgspec

STATUS = 500
"""What a broken provider answers unless another status is wanted."""
DELAY_S = 5.0
"""How much later a slow provider answers unless another time is wanted: a caller notices, and no time limit ends."""


class FaultKind(enum.StrEnum):
    """The closed set of faults. `sixnines.health.faults` says which of them probes meet too."""

    REFUSE = "refuse"  # no connection comes about, as if its process were gone
    HANG = "hang"  # it takes the request and says nothing, as if its process were stopped
    ERROR = "error"  # it answers an error, while its health path is well
    SLOW = "slow"  # it takes the request late
    CUT = "cut"  # its answer breaks off in the middle


class InjectedFault(msgspec.Struct, frozen=True):
    """What one provider suffers.

    Attributes:
        kind: of the fault.
        status: the HTTP status that an `error` is.
        delay_s: by how many seconds `slow` is late.
    """

    kind: FaultKind
    status: int = STATUS
    delay_s: float = DELAY_S
