"""What a strategy is: a pure function from what is eligible to an order. One file a strategy in `strategies/`."""

from collections.abc import Sequence
from typing import Protocol


class Strategy(Protocol):
    """Orders choices. The laws: a permutation of what was eligible; deterministic for the same memory."""

    name: str

    def order(self, eligible: Sequence[int], weights: Sequence[int], memory: list[int]) -> list[int]:
        """The eligible choices, best first.

        Args:
            eligible: indexes into `weights`, ascending.
            weights: the configured weight of every choice, 0 or more.
            memory: one integer per choice, zero at first; kept between calls for the same model and changed in place.
        """
        ...
