"""What a gateway's admin pages say of one thing, closer than the lists of `seen.py` need it. Values only.

Never stricter than it must be, as there: what a gateway does not send is unknown.
"""

import msgspec

from sixnines.client.seen import Available, Ledger


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """How many outcomes may be bad, how many were, and which part of that is left."""

    allowed: float
    spent: float
    left_ratio: float | None = None


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """A time of downtime; `end` is None while it goes on."""

    start: str
    end: str | None = None
    seconds: float = 0.0
    recovery_seen: bool = False
    cause: str = ""
    causes: dict[str, int] = msgspec.field(default_factory=dict)


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which no process of the gateway was alive."""

    start: str
    end: str
    seconds: float = 0.0
    cause: str = ""


class Uptime(msgspec.Struct, frozen=True, kw_only=True):
    """How long the gateway itself was there."""

    up_s: float = 0.0
    down_s: float = 0.0
    unknown_s: float = 0.0
    outages: tuple[Outage, ...] = ()


class Probes(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds in which probes found a provider up and down."""

    up_s: float
    down_s: float


class Measured(Available, frozen=True, kw_only=True):
    """How available one thing was, with what went wrong: see `GET /admin/v1/availability`."""

    causes: dict[str, int] = msgspec.field(default_factory=dict)
    target: float | None = None
    budget: Budget | None = None
    mtbf_s: float | None = None
    mttr_s: float | None = None
    episodes: tuple[Episode, ...] = ()
    episodes_total: int = 0
    probes: Probes | None = None
    uptime: Uptime | None = None


class Measurements(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /admin/v1/availability`, asked about one model, route or provider; the gateway is always in it."""

    window: str
    ledger: Ledger = Ledger()
    recorded_since: str | None = None
    gateway: Measured | None = None
    models: tuple[Measured, ...] = ()
    routes: tuple[Measured, ...] = ()
    providers: tuple[Measured, ...] = ()

    @property
    def of_one(self) -> Measured | None:
        """What was measured of it; None where nothing was."""
        return next(iter((*self.models, *self.routes, *self.providers)), None)
