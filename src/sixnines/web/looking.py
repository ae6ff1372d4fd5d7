"""One look at the gateway, as `sixnines status` takes it: the same pages, made into the same picture.

A path that this gateway does not have is no error: what it would tell is None, and is shown as not measured.
"""

from typing import Final

from sixnines.client.looking import MOST_REQUESTS, USUAL_WINDOW
from sixnines.client.picture import Picture
from sixnines.client.seen import Availability, Providers, Requests, ServedList, ShareList
from sixnines.control.asked import GatewayState
from sixnines.web.asking import Asking

HERE: Final = "this page"
"""What a picture calls the way to the gateway."""


async def look(ask: Asking, now_unix_s: float, *, window: str = USUAL_WINDOW) -> Picture:
    """Ask for everything.

    Args:
        ask: the gateway.
        now_unix_s: the wall clock.
        window: of availability: `1h`, `24h`, `7d`, `30d`.

    Raises:
        Refused: the gateway does not tell.
    """
    requests = await ask.get(f"/admin/v1/requests?limit={MOST_REQUESTS}", Requests)
    shares = await ask.find("/admin/v1/shares", ShareList)
    return Picture(
        HERE,
        now_unix_s,
        await ask.find("/admin/v1/gateway", GatewayState),
        await ask.get("/admin/v1/providers", Providers),
        await ask.find("/admin/v1/models", ServedList),
        requests.requests,
        requests.held,
        await ask.find(f"/admin/v1/availability?window={window}", Availability),
        () if shares is None else shares.shares,
    )
