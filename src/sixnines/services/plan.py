"""One service as a value: all that whoever runs it has to know. Never holds a secret, only where it is to be had."""

import msgspec

from sixnines.domain.restart import Restart

GATEWAY = "gateway"
"""The name of the gateway's own service; no provider with a service may have it."""


class ServicePlan(msgspec.Struct, frozen=True, kw_only=True):
    """How one service is run.

    Attributes:
        name: `gateway`, or the provider's name.
        kind: `gateway`, or the provider's kind.
        command: the words that start it.
        environment: variables that it gets beside those of whoever runs it.
        secrets: variables whose values are had from a reference (`env:NAME` or `file:PATH`, absolute) at each start.
        hidden: variables that it must not see: secrets of others.
        directory: where it is started; absolute.
        host, port: where it listens; port 0 where it chooses one itself.
        ready_path: a GET there tells whether it is ready.
        model: what it serves, as the config names it; None where it is not told.
        restart: what is done when it has ended by itself.
        ready_within_s: seconds until it must be ready.
        stop_within_s: seconds from the request to end until it is ended.
        writable: folders that it may write to; absolute.
    """

    name: str
    kind: str
    command: tuple[str, ...]
    environment: dict[str, str] = {}
    secrets: dict[str, str] = {}
    hidden: tuple[str, ...] = ()
    directory: str
    host: str
    port: int
    ready_path: str
    model: str | None = None
    restart: Restart = Restart.ON_FAILURE
    ready_within_s: float = 300.0
    stop_within_s: float = 20.0
    writable: tuple[str, ...] = ()

    @property
    def is_gateway(self) -> bool:
        """It is the gateway."""
        return self.kind == GATEWAY

    @property
    def address(self) -> str:
        """Where it listens, for people."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
