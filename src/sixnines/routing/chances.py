"""How often each deployment is expected to be asked first: the shares of decisions, put together. Pure.

Never guesses: where a share depends on what else goes on, what follows from it is not known either.
"""

from collections.abc import Iterable, Mapping, Sequence

from sixnines.routing.candidate import Candidate
from sixnines.routing.sieve import Health

Chances = Mapping[str, float]
"""By deployment id. Those that are never asked first are left out."""


def within_model(
    candidates: Sequence[Candidate], shares: Sequence[float] | None, health: Health, *, prefer_warm: bool
) -> Chances | None:
    """The chances of one model's deployments.

    Args:
        candidates: those that can be chosen.
        shares: of each of them, by the model's strategy.
        health: tells which of them is warm.
        prefer_warm: the cold ones come after the others, whosever turn it is.
    """
    ids = [each.deployment.id for each in candidates]
    if prefer_warm:
        first = [each.deployment.id for each in candidates if health.warm(each.deployment) is not False]
        if 0 < len(first) < len(ids):
            # Several of them take turns that the strategy gives to the cold ones too.
            return {first[0]: 1.0} if len(first) == 1 else None
    return None if shares is None else {name: share for name, share in zip(ids, shares, strict=True) if share}


def combined(parts: Iterable[tuple[float, Chances | None]]) -> Chances | None:
    """The chances of several models' deployments, each model with its own share."""
    found: dict[str, float] = {}
    for share, chances in parts:
        if not share:
            continue
        if chances is None:
            return None
        for name, chance in chances.items():
            found[name] = found.get(name, 0.0) + share * chance
    return found
