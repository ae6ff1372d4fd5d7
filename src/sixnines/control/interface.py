"""What a transaction works on and asks, as it sees them: the running gateway, and who judges a config.

The store is `control.store`.
"""

from collections.abc import AsyncIterator
from typing import Protocol

from sixnines.config.load import Loaded
from sixnines.control.events import CheckResult
from sixnines.control.tally import Tally


class RunningGateway(Protocol):
    """The gateway that a change is made to."""

    @property
    def revision(self) -> int:
        """The number of the revision that new requests are served by; 0 for a config that could not be recorded."""
        ...

    @property
    def loaded(self) -> Loaded:
        """The config that new requests are served by, as it was activated or started: what is gone back to."""
        ...

    async def activate(self, loaded: Loaded, revision: int) -> list[str]:
        """Serve new requests by another config; those under way keep theirs.

        It is never cancelled in the middle: it must end by itself within seconds.

        Args:
            loaded: a config without errors.
            revision: its number.

        Returns:
            The keys whose change takes effect at the next start only.

        Raises:
            ActivationRefused: a worker cannot go by it; all go by the old one still.
        """
        ...

    async def tally(self) -> Tally:
        """How requests have ended so far."""
        ...


class Preflight(Protocol):
    """Looks at what a config needs before anything is served by it."""

    def __call__(self, old: Loaded | None, new: Loaded) -> AsyncIterator[CheckResult]:
        """Ask the providers that have changed.

        Args:
            old: the config that runs, or the one that holds; None if there is none, or it cannot be read any more.
            new: the one that shall be applied.

        Yields:
            Each result as it is there. One that has failed keeps the config from being applied.
        """
        ...


class Verifier(Protocol):
    """Looks at a gateway that serves a config."""

    def __call__(self, loaded: Loaded, revision: int) -> AsyncIterator[CheckResult]:
        """Verify that the gateway does what the config says.

        Args:
            loaded: the config that new requests are served by.
            revision: its number.

        Yields:
            Each result as it is there. One that has failed has the gateway go back to the config before.
        """
        ...
