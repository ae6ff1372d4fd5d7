"""The other workers of one gateway, as a page meets them: it asks all, and makes one answer of what they say.

Never makes a page wait for long: who does not answer in time is said to be missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Reporter(Protocol):
    """Answers for its worker what another one asks.

    Attributes:
        subject: what it can be asked about.
    """

    subject: str

    def report(self, about: bytes) -> bytes:
        """What this worker knows. Must not wait, and must not raise for what a worker of the same gateway may ask."""
        ...


@dataclass(frozen=True, slots=True)
class Replies:
    """What the others said.

    Attributes:
        said: by worker.
        missing: those that did not answer in time.
    """

    said: Mapping[int, bytes]
    missing: tuple[int, ...]

    @property
    def alone(self) -> bool:
        """There are no others."""
        return not (self.said or self.missing)

    def told(self) -> dict[str, object]:
        """What an answer in JSON says about its completeness; nothing where there is only one worker."""
        return {} if self.alone else {"missing_workers": list(self.missing)}


class Colleagues(Protocol):
    """The others.

    Attributes:
        number: of this worker; the first is 1.
    """

    number: int

    async def ask(self, subject: str, about: bytes = b"") -> Replies:
        """What the others report; never raises for what they do or fail to do."""
        ...

    def keep(self, figures: bytes) -> None:
        """Leave the figures of this worker where they outlive it."""
        ...

    def kept_of(self, worker: int) -> bytes:
        """The figures that a worker has left, or b""."""
        ...

    def keep_orders(self, orders: bytes) -> None:
        """Leave what operators have ordered where it outlives this worker."""
        ...

    def kept_orders(self) -> Sequence[bytes]:
        """What each worker has left of that, also those that are gone."""
        ...


class Alone:
    """The only worker of a gateway has no colleagues."""

    number = 1

    async def ask(self, subject: str, about: bytes = b"") -> Replies:
        """Nobody says anything."""
        del subject, about
        return _NOBODY

    def keep(self, figures: bytes) -> None:
        """Nobody will ask for them."""

    def kept_of(self, worker: int) -> bytes:
        """Nobody has left anything."""
        del worker
        return b""

    def keep_orders(self, orders: bytes) -> None:
        """Nobody will look for them."""

    def kept_orders(self) -> Sequence[bytes]:
        """Nobody has left any."""
        return ()


_NOBODY = Replies({}, ())
