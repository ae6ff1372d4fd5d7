"""Availability by days or hours, as a gateway's admin page says it. Values only.

Never stricter than it must be, as `client.seen`: another version can be watched too.
"""

import msgspec


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds in which probes found a provider up, and down."""

    up_s: int = 0
    down_s: int = 0


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One day or hour: see `GET /admin/v1/availability/calendar`. `text` only where one thing is asked about."""

    start: str
    good: int = 0
    bad: int = 0
    ratio: float | None = None
    lower: float | None = None
    upper: float | None = None
    text: str = ""
    causes: dict[str, int] = {}
    probes: Probed | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The days or hours of one thing that have any evidence, in order of time."""

    scope: str
    name: str = ""
    target: float | None = None
    slots: tuple[Slot, ...] = ()


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /admin/v1/availability/calendar`.

    Attributes:
        step: `day` or `hour`.
        first, end: of the time that is told of; RFC 3339, in UTC.
        ledger: `ok`, `failing`, `none`.
        series: in the order of the config, the gateway first.
    """

    step: str = "day"
    first: str = msgspec.field(default="", name="from")
    end: str = msgspec.field(default="", name="to")
    ledger: str = "ok"
    series: tuple[Kept, ...] = ()
