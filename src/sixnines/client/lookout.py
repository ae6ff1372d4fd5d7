"""Looks at one gateway again and again, and finds it anew when it went away. For one thread at a time.

Never asks for more than it must: what changes slowly is asked for seldom, and of requests only those that are new.
"""

from collections.abc import Callable
from typing import Protocol

from sixnines.client.gateway import GatewayClient
from sixnines.client.looking import available, gateway_state, last_requests, served, shares, spent
from sixnines.client.picture import Picture
from sixnines.client.remembered import MOST_REQUESTS, NEW_REQUESTS, USUAL_WINDOW, meet, merged
from sixnines.client.seen import Availability, Providers, Request, Shares, Spend
from sixnines.errors import SixNinesError

WINDOWS = ("1h", "24h", "7d", "30d")
_SLOWLY = 10
"""Availability, shares and spend are asked for at every tenth look: they are figures of hours."""
_PATIENCE_S = 3.0

Connect = Callable[[], GatewayClient]


class Source(Protocol):
    """Where pictures come from.

    Attributes:
        window: of availability and spend.
    """

    window: str

    def look(self) -> Picture:
        """What there is to be seen now.

        Raises:
            SixNinesError: nothing; says why.
        """
        ...

    def choose(self, window: str) -> None:
        """Another window from now on."""
        ...

    def forget(self) -> None:
        """Close what is open."""
        ...


class Lookout:
    """See the top of the page.

    Args:
        connect: finds the gateway; asked again when it went away.
        unix_s: the wall clock.
    """

    def __init__(self, connect: Connect, unix_s: Callable[[], float]) -> None:
        self.window = USUAL_WINDOW
        self._connect = connect
        self._unix_s = unix_s
        self._client: GatewayClient | None = None
        self._looks = 0
        self._instance: str | None = None
        self._requests: tuple[Request, ...] = ()
        self._availability: Availability | None = None
        self._shares: tuple[Shares, ...] = ()
        self._spend: Spend | None = None

    def choose(self, window: str) -> None:
        """Another window from now on."""
        self.window = window
        self._looks = 0

    def forget(self) -> None:
        """Close what is open."""
        if self._client is not None:
            self._client.close()
        self._client = None
        self._looks = 0

    def look(self) -> Picture:
        """What there is to be seen now.

        Raises:
            SixNinesError: nothing; says why. The next look connects anew.
        """
        try:
            return self._look()
        except SixNinesError:
            self.forget()
            raise

    def _look(self) -> Picture:
        client = self._client
        if client is None:
            client = self._client = self._connect()
            client.patience(_PATIENCE_S)
        state = gateway_state(client)
        instance = None if state is None else state.instance
        if instance != self._instance:
            self._instance, self._requests = instance, ()
        if self._looks % _SLOWLY == 0:
            self._availability, self._shares = available(client, self.window), shares(client)
            self._spend = spent(client, self.window)
        self._looks += 1
        held = self._fetch(client)
        return Picture(
            client.where, self._unix_s(), state, client.read("/admin/v1/providers", Providers), served(client),
            self._requests, held, self._availability, self._shares, self._spend,
        )  # fmt: skip

    def _fetch(self, client: GatewayClient) -> int:
        """Add the requests that are new; how many the gateway remembers."""
        found = last_requests(client, NEW_REQUESTS if self._requests else MOST_REQUESTS)
        if self._requests and not meet(found.requests, self._requests):
            found = last_requests(client, MOST_REQUESTS)
        self._requests = merged(found.requests, self._requests)
        return found.held
