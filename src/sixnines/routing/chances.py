"""How often each deployment is expected to be asked first: the shares of decisions, put together. Pure.

Never guesses: where a share depends on what else goes on, what follows from it is not known either.
"""

from collections.abc import Iterable, Mapping, Sequence

Chances = Mapping[str, float]
"""By deployment id. Those that are never asked first are left out."""


def within_model(ids: Sequence[str], shares: Sequence[float] | None, warm: Sequence[bool]) -> Chances | None:
    """The chances of one model's deployments.

    Args:
        ids: of those that can be chosen.
        shares: of each of them, by the model's strategy.
        warm: False for each that comes after the others, whosever turn it is.
    """
    first = [name for name, goes_first in zip(ids, warm, strict=True) if goes_first]
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
