"""Looks at the gateway as `sixnines status` and `top` do: the same pages, made into the same picture.

A path that this gateway does not have is no error: what it would tell is None, and is shown as not measured. However
many people look, the gateway is asked once a second, for requests that are new, and seldom for what changes slowly.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from sixnines.client.picture import Picture
from sixnines.client.remembered import MOST_REQUESTS, NEW_REQUESTS, USUAL_WINDOW, meet, merged
from sixnines.client.seen import (
    Availability,
    Minutes,
    Providers,
    Request,
    Requests,
    ServedList,
    ShareList,
    Shares,
    Spend,
)
from sixnines.control.asked import GatewayState
from sixnines.web.asking import Asking

HERE: Final = "this page"
"""What a picture calls the way to the gateway."""

_FRESH_S: Final = 1.0
_SLOWLY_S: Final = 10.0


class Watch:
    """See the top.

    Args:
        ask: the gateway.
        monotonic_s, unix_s: the time.
    """

    def __init__(self, ask: Asking, *, monotonic_s: Callable[[], float], unix_s: Callable[[], float]) -> None:
        self._ask = ask
        self._monotonic_s = monotonic_s
        self._unix_s = unix_s
        self._one_at_a_time = asyncio.Lock()
        self._picture: Picture | None = None
        self._minutes: Minutes | None = None
        self._taken_s = 0.0
        self._requests: tuple[Request, ...] = ()
        self._availability: Availability | None = None
        self._shares: tuple[Shares, ...] = ()
        self._spend: Spend | None = None
        self._slow_taken_s: float | None = None

    def forget(self) -> None:
        """Somebody has done something: the next picture is a new one."""
        self._picture = None

    async def picture(self) -> Picture:
        """The gateway as it is, or was a second ago at most.

        Raises:
            Refused: the gateway does not tell.
        """
        return (await self._look())[0]

    async def with_minutes(self) -> tuple[Picture, Minutes | None]:
        """The same with the last hour, minute by minute; None where that is not told."""
        return await self._look()

    async def _look(self) -> tuple[Picture, Minutes | None]:
        async with self._one_at_a_time:
            now_s = self._monotonic_s()
            if self._picture is None or now_s - self._taken_s >= _FRESH_S:
                self._picture = await self._take(now_s)
                self._taken_s = now_s
            return self._picture, self._minutes

    async def _take(self, now_s: float) -> Picture:
        ask = self._ask
        if self._slow_taken_s is None or now_s - self._slow_taken_s >= _SLOWLY_S:
            self._availability = await availability(ask)
            found = await ask.find("/admin/v1/shares", ShareList)
            self._shares = () if found is None else found.shares
            self._spend = await ask.find(f"/admin/v1/spend?window={USUAL_WINDOW}&days=1", Spend)
            self._slow_taken_s = now_s
        self._minutes = await ask.find("/admin/v1/availability/minutes", Minutes)
        held = await self._renew()
        return Picture(
            HERE, self._unix_s(), await ask.find("/admin/v1/gateway", GatewayState),
            await ask.get("/admin/v1/providers", Providers), await ask.find("/admin/v1/models", ServedList),
            self._requests, held, self._availability, self._shares, self._spend,
        )  # fmt: skip

    async def _renew(self) -> int:
        """Add the requests that are new; how many the gateway remembers."""
        found = await self._last(NEW_REQUESTS if self._requests else MOST_REQUESTS)
        if self._requests and not meet(found.requests, self._requests):
            found = await self._last(MOST_REQUESTS)
        self._requests = merged(found.requests, self._requests)
        return found.held

    async def _last(self, most: int) -> Requests:
        return await self._ask.get(f"/admin/v1/requests?limit={most}", Requests)


async def availability(ask: Asking, window: str = USUAL_WINDOW) -> Availability | None:
    """How available everything was in a window (`1h`, `24h`, `7d`, `30d`); None where that is not measured."""
    return await ask.find(f"/admin/v1/availability?window={window}", Availability)
