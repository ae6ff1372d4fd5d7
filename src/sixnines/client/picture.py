"""One look at a gateway: everything that `status` and `top` show. Values only.

What a gateway does not tell is None, and whoever shows it says "not measured".
"""

from dataclasses import dataclass

from sixnines.client.seen import Availability, Providers, Request, ServedList, Shares, Spend
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
