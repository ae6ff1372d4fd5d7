"""Smooth weighted round robin: turns in exact proportion to weights, spread evenly. Pure.

The algorithm of nginx's upstream module (`ngx_http_upstream_get_peer`).
"""

from collections.abc import Mapping, Sequence

Rank = float | tuple[int, float]


class Turns:
    """What each of so many choices is owed: of the turns in which the first of them is asked first, and of the others.

    The two are counted apart. Counted together, choices that follow in every second request would use up every second
    turn, and of two whose turns alternate the same one would lead each time.
    """

    __slots__ = ("_following", "_leading")

    def __init__(self, count: int) -> None:
        self._leading: list[float] = [0] * count
        self._following: list[float] = [0] * count

    def order(self, eligible: Sequence[int], weights: Sequence[float], *, leads: bool) -> list[int]:
        """The eligible choices: this turn's leader, then the most owed first; those of weight 0 last.

        Args:
            eligible: indexes into `weights`.
            weights: of every choice. Whole numbers give exact shares.
            leads: see `Scene.leads`.
        """
        owed = self._leading if leads else self._following
        total: float = 0
        for index in eligible:
            owed[index] += weights[index]
            total += weights[index]
        ranked = sorted(eligible, key=lambda index: (weights[index] == 0, -owed[index], index))
        if total:
            owed[ranked[0]] -= total
        return ranked

    def best_first(
        self, eligible: Sequence[int], ranks: Mapping[int, Rank], weights: Sequence[float], *, leads: bool
    ) -> list[int]:
        """Those of the smallest rank as their turns are, then the others by rank.

        Only equals take turns: whoever is passed over for a worse rank is not owed the turn.
        """
        best = min(ranks.values())
        equals = [index for index in eligible if ranks[index] == best]
        if len(equals) > 1:
            equals = self.order(equals, weights, leads=leads)
        return equals + sorted((index for index in eligible if ranks[index] != best), key=ranks.__getitem__)


def best_shares(eligible: Sequence[int], ranks: Mapping[int, Rank], weights: Sequence[float]) -> list[float]:
    """The shares that `Turns.best_first` gives while the ranks stay as they are."""
    best = min(ranks.values())
    equals = [index for index in eligible if ranks[index] == best]
    shares = dict(zip(equals, proportions([weights[index] for index in equals]), strict=True))
    return [shares.get(index, 0.0) for index in eligible]


def proportions(weights: Sequence[float]) -> list[float]:
    """The share of each weight; if all are 0 the first has everything."""
    total = sum(weights)
    if total:
        return [each / total for each in weights]
    return [1.0] + [0.0] * (len(weights) - 1)
