"""What a transaction works on, as it sees it: the running gateway. The store is `control.store`."""

from dataclasses import dataclass
from typing import Protocol

from sixnines.config.load import Loaded


@dataclass(frozen=True, slots=True)
class Tally:
    """How requests have ended since the gateway was started, over all workers.

    Attributes:
        good: answered completely, or refused for what the caller did wrong.
        bad: failed or broken by gateway or providers.
    """

    good: int
    bad: int


class RunningGateway(Protocol):
    """The gateway that a change is made to."""

    @property
    def revision(self) -> int:
        """The number of the revision that new requests are served by; 0 for a config that could not be recorded."""
        ...

    async def activate(self, loaded: Loaded, revision: int) -> list[str]:
        """Serve new requests by another config; those under way keep theirs.

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
