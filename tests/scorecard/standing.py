"""How a deployment stands with a gateway: the one place that knows where the gateway keeps that."""

from dataclasses import dataclass

from sixnines.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Standing:
    """What the gateway thinks.

    Attributes:
        breaker: `closed`, `open` or `half_open`.
        state: `healthy`, `loading`, `busy`, `rate_limited`, `misconfigured`, `down` or `unknown`.
        in_flight: requests that it counts as under way at its provider.
    """

    breaker: str
    state: str
    in_flight: int

    def __str__(self) -> str:
        return f"{self.breaker}, {self.state}"


def standing(gateway: Gateway, deployment: str) -> Standing:
    """How `deployment` (its id) stands now."""
    spec = next(
        each
        for model in gateway.cell.current.snapshot.models.values()
        for each in model.deployments
        if each.id == deployment
    )
    found = gateway.services.board.deployment(spec)
    state = found.standing(gateway.services.clock.monotonic_s()).state
    return Standing(str(found.breaker.state), str(state), found.provider.places.in_flight)
