"""One look at a gateway: everything that `status` and `top` show. Values, and what they rest on.

What a gateway does not tell is None, and whoever shows it says "not measured".
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sixnines.client.seen import Availability, Providers, Request, ServedList, Shares, Spend
from sixnines.client.tally import HOUR_S, ended_unix_s
from sixnines.control.asked import GatewayState


@dataclass(frozen=True, slots=True)
class Picture:
    """What was seen.

    Attributes:
        where: what to call the gateway.
        taken_unix_s: when.
        gateway: what it serves; None where it does not tell.
        providers: how they stand.
        served: who is left for each model and route; None where it does not tell.
        requests: the last ones, the one that ended last first.
        held: how many requests it remembers.
        availability: as it was measured; None where it is not.
        shares: of names with targets.
        spend: what was spent in the same window, and how the budget stands; None where it does not tell.
    """

    where: str
    taken_unix_s: float
    gateway: GatewayState | None
    providers: Providers
    served: ServedList | None
    requests: tuple[Request, ...]
    held: int
    availability: Availability | None
    shares: tuple[Shares, ...] = ()
    spend: Spend | None = None


_FULL: Final = 1000
"""Who has seen so many requests has seen all that a gateway remembers."""


def rests_on(picture: Picture) -> str:
    """Which requests figures of the last hour are those of: a gateway remembers no more than its last thousand."""
    after = picture.taken_unix_s - HOUR_S
    oldest = min(map(ended_unix_s, picture.requests), default=None)
    started = None if picture.gateway is None else picture.gateway.started_unix_s
    full = picture.held > len(picture.requests)
    if oldest is not None and oldest > after and (full or len(picture.requests) >= _FULL):
        clock = datetime.fromtimestamp(oldest, UTC).strftime("%H:%M")
        return f"since {clock} UTC, in the last {len(picture.requests):,} requests"
    if started is not None and started > after:
        return "since the gateway was started"
    return "in the last hour"
