"""Takes a look at a gateway: asks each of its pages once. Never twice for the same thing, and never for a change.

A page that the gateway does not have (an older version, or one that cannot be changed while it runs) is no error; a
gateway that cannot be reached is.
"""

from sixnines.client.gateway import GatewayClient
from sixnines.client.picture import Picture
from sixnines.client.remembered import MOST_REQUESTS, USUAL_WINDOW
from sixnines.client.seen import Availability, Providers, Requests, ServedList, ShareList, Shares, Spend
from sixnines.control.asked import GatewayState


def look(client: GatewayClient, now_unix_s: float, *, window: str = USUAL_WINDOW) -> Picture:
    """Ask for everything.

    Args:
        client: the gateway.
        now_unix_s: the wall clock.
        window: of availability and of what was spent: `1h`, `24h`, `7d`, `30d`.

    Raises:
        SixNinesError: it cannot be reached, or refuses: see `GatewayClient`.
    """
    requests = last_requests(client, MOST_REQUESTS)
    return Picture(
        client.where,
        now_unix_s,
        gateway_state(client),
        client.read("/admin/v1/providers", Providers),
        served(client),
        requests.requests,
        requests.held,
        available(client, window),
        shares(client),
        spent(client, window),
    )


def last_requests(client: GatewayClient, most: int) -> Requests:
    """The last requests, at most so many."""
    return client.read(f"/admin/v1/requests?limit={most}", Requests)


def gateway_state(client: GatewayClient) -> GatewayState | None:
    """What is served; None where the gateway does not tell."""
    return client.find("/admin/v1/gateway", GatewayState)


def served(client: GatewayClient) -> ServedList | None:
    """Who is left for each model; None where the gateway does not tell."""
    return client.find("/admin/v1/models", ServedList)


def available(client: GatewayClient, window: str) -> Availability | None:
    """How available everything was; None where that is not measured."""
    return client.find(f"/admin/v1/availability?window={window}", Availability)


def shares(client: GatewayClient) -> tuple[Shares, ...]:
    """The shares of names with targets; none where the gateway does not tell."""
    found = client.find("/admin/v1/shares", ShareList)
    return () if found is None else found.shares


def spent(client: GatewayClient, window: str, days: int = 1) -> Spend | None:
    """What was spent in a window, and on each of the last days; None where the gateway does not tell."""
    return client.find(f"/admin/v1/spend?window={window}&days={days}", Spend)
