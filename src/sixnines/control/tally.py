"""How requests have ended, as a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """How requests have ended since the gateway was started, over all workers.

    Attributes:
        good: answered completely, or refused for what the caller did wrong.
        bad: failed or broken by gateway or providers.
    """

    good: int
    bad: int
