"""What runs services: systemd, or our own supervisor. Values and the protocol of both."""

import enum
from collections.abc import Sequence
from typing import Protocol

import msgspec

from sixnines.services.plan import ServicePlan


class ServiceState(enum.StrEnum):
    """What a service is doing."""

    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting"  # it has ended and will be started again
    FAILED = "failed"  # it has ended and stays so


class ServiceReport(msgspec.Struct, frozen=True, kw_only=True):
    """One service as it is now.

    Attributes:
        name: of the service.
        state: what it is doing.
        pid: its process, while it has one.
        restarts: how often it has been started again by itself.
        note: why, in a few words, where there is something to say.
    """

    name: str
    state: ServiceState
    pid: int | None = None
    restarts: int = 0
    note: str = ""


class Host(Protocol):
    """Runs services.

    Every method raises `ServiceError` if it cannot do what it should.
    """

    def start(self, plan: ServicePlan) -> None:
        """Have it run by this plan; does nothing while it runs. Returns before it is ready."""
        ...

    def stop(self, name: str) -> None:
        """End it, and wait for that. Does nothing where it does not run."""
        ...

    def require_unchanged(self, plan: ServicePlan) -> None:
        """Raise `ServiceError` where somebody has changed by hand what runs it."""
        ...

    def replace(self, plan: ServicePlan) -> None:
        """End it, and start it by another plan, which holds from now on. Returns before it is ready."""
        ...

    def report(self, names: Sequence[str]) -> list[ServiceReport]:
        """How they are, in the order given."""
        ...

    def known(self) -> list[str]:
        """The services that it knows of by itself."""
        ...

    def logs_command(self, name: str, *, lines: int, follow: bool) -> list[str]:
        """The words of a command that shows what it has said."""
        ...
