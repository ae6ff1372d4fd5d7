"""What can be said of a provider or a deployment: values only."""

import enum

import msgspec


class HealthState(enum.StrEnum):
    """How a provider or deployment is."""

    HEALTHY = "healthy"
    LOADING = "loading"
    BUSY = "busy"
    RATE_LIMITED = "rate_limited"
    MISCONFIGURED = "misconfigured"
    DOWN = "down"
    UNKNOWN = "unknown"  # neither a probe nor a request has told


class Standing(msgspec.Struct, frozen=True):
    """How something is, for people.

    Attributes:
        state: in one word.
        reason: in a few.
        for_s: seconds until it is expected to change by itself, where that is known.
    """

    state: HealthState
    reason: str
    for_s: float | None = None
