"""`ordered`: as written in config. Never looks at weights."""

from collections.abc import Sequence


class Ordered:
    """Config order: the first that is eligible, then the next."""

    name = "ordered"

    def order(self, eligible: Sequence[int], weights: Sequence[int], memory: list[int]) -> list[int]:
        """The eligible choices as they come."""
        del weights, memory
        return list(eligible)
