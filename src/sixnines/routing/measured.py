"""Who served the recent requests of one name. Pure.

An exponential window over requests, not over time: a quiet night changes nothing.
"""

WINDOW = 1000
"""Requests. An older one counts for a thousandth less than the next."""

KEPT = 1 - 1 / WINDOW
# What is left of a count that has been taken back.
_NOTHING = 1e-6


class Measured:
    """Counts of requests by provider, the recent ones in full.

    A request under way counts for the provider that it was sent to.

    Attributes:
        at: requests so far.
    """

    __slots__ = ("_served", "at")

    def __init__(self) -> None:
        self.at = 0
        self._served: dict[str, float] = {}

    def sent(self, provider: str) -> None:
        """One more request, to this provider."""
        self.at += 1
        served = self._served
        for name in served:
            served[name] *= KEPT
        served[provider] = served.get(provider, 0.0) + 1.0

    def weight(self, at: int) -> float:
        """What the request counts for by now that was the `at`-th."""
        return KEPT ** (self.at - at)

    def correct(self, provider: str, server: str | None, at: int) -> None:
        """The `at`-th request, which was sent to `provider`, was served by another, or by nobody."""
        weight = self.weight(at)
        self._served[provider] -= weight
        if server is not None:
            self._served[server] = self._served.get(server, 0.0) + weight

    @property
    def requests(self) -> float:
        """How many requests the shares rest on, the old ones in part."""
        return sum(self._served.values())

    def shares(self) -> dict[str, float]:
        """The share of each provider that has served any; empty as long as nobody has."""
        served = {name: count for name, count in self._served.items() if count > _NOTHING}
        total = sum(served.values())
        return {name: count / total for name, count in served.items()}
