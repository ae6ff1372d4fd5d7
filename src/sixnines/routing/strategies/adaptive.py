"""`adaptive`: to the one from which most is expected, as learned from what came of requests like this one.

What is expected of a choice is its reward, `success * (s + v * speed + c * thrift + f * feedback) / (s + v + c + f)`
with the configured weights, learned apart for each kind of request (`buckets`) from discounted outcomes. The beliefs
are normal distributions; one value is drawn of each, and the highest leads (Thompson sampling: a choice leads as often
as it may be the best; with discounting, Raj and Kalyani, 2017). Two rules stand above the draw: every choice leads at
least the share `explore`, and choices that are known to be worse than the best get together at most `max_regret`;
where both cannot be, the first gives way. The others follow by what is expected of them.
"""

import math
from collections.abc import Callable, Sequence

import msgspec

from sixnines.domain.reward import LearningSettings
from sixnines.domain.strategy import StrategyInfo
from sixnines.routing.buckets import bucket
from sixnines.routing.interface import Scene, Site
from sixnines.routing.learned import Learned
from sixnines.routing.place import Bucket, Place

# By so many standard deviations the best must be ahead: one such judgement in twenty is wrong.
_SURELY = 1.645
# And by so much, in units of the reward: less is not worth calling a regret.
_WORTH = 0.01
# A burst of requests to worse choices is not longer than this, however many were saved up.
_MOST_SAVED = 5.0


class Adaptive:
    """Leads where experience says.

    Args:
        learned: where experience is kept; None: each ordering has its own, and forgets it.
    """

    info = StrategyInfo("adaptive", learns=True)

    def __init__(self, learned: Learned | None = None) -> None:
        self._learned = learned

    def ordering(self, site: Site) -> "_Adaptive":
        """Goes by what was learned at the model whose deployments it orders, or at the route, whoever asks there."""
        place = Place() if self._learned is None else self._learned.place(site.group or site.owner)
        return _Adaptive([each.name for each in site.options], site.learning or LearningSettings(), place)


class _Prospect(msgspec.Struct, frozen=True, gc=False):
    """A choice, and the mean and the variance of what is expected of it."""

    index: int
    name: str
    mean: float
    variance: float

    def surely_below(self, best: "_Prospect") -> bool:
        """It is known to be worse."""
        gap = best.mean - self.mean
        return gap > _WORTH and gap > _SURELY * math.sqrt(best.variance + self.variance)


class _Adaptive:
    __slots__ = ("_names", "_place", "_settings")

    def __init__(self, names: Sequence[str], settings: LearningSettings, place: Place) -> None:
        self._names = names
        self._settings = settings
        self._place = place

    def order(self, eligible: Sequence[int], scene: Scene) -> list[int]:
        """The leader, then the others by what is expected of them. Where nobody leads, nothing is tried out."""
        kind = self._place.bucket(bucket(scene.ask))
        prospects = self._prospects(eligible, kind)
        ranked = [each.index for each in prospects]
        if not scene.leads or len(ranked) == 1:
            return ranked
        leader = self._leader(prospects, kind, scene)
        self._note(prospects, leader, scene.acting)
        ranked.remove(leader.index)
        return [leader.index, *ranked]

    def shares(self, eligible: Sequence[int], scene: Scene) -> None:
        """It depends on what will be learned."""
        del eligible, scene

    def _prospects(self, eligible: Sequence[int], kind: Bucket) -> list[_Prospect]:
        """The eligible, the most promising first."""
        half_life, weights = self._settings.half_life, self._settings.weights
        found: list[_Prospect] = []
        for index in eligible:
            name = self._names[index]
            belief = kind.expected(name, half_life=half_life, weights=weights)
            found.append(_Prospect(index, name, belief.mean, belief.variance))
        found.sort(key=lambda each: (-each.mean, each.index))
        return found

    def _leader(self, prospects: Sequence[_Prospect], kind: Bucket, scene: Scene) -> _Prospect:
        """Whose turn it is: who is owed one, or who draws best."""
        best, count, settings = prospects[0], len(prospects), self._settings
        # All but the best may be worse: together their least shares must not be more than may be spent on them.
        least = min(settings.explore, settings.max_regret / (count - 1), 1 / count)
        kind.saved = min(_MOST_SAVED, kind.saved + settings.max_regret)
        owed = kind.owed
        for each in prospects:
            owed[each.name] = owed.get(each.name, 0.0) + least
        leader = max(prospects, key=lambda each: (owed[each.name], -each.index))
        if owed[leader.name] < 1.0:
            drawn = _normals(count, scene.draw)
            ranked = sorted(zip(prospects, drawn, strict=True), key=lambda pair: _drawn(*pair), reverse=True)
            may_spend = kind.saved >= 1.0
            leader = next(each for each, _ in ranked if may_spend or not each.surely_below(best))
        owed[leader.name] = max(0.0, owed[leader.name] - 1.0)
        if leader.surely_below(best):
            kind.saved -= 1.0
        return leader

    def _note(self, prospects: Sequence[_Prospect], leader: _Prospect, acting: int | None) -> None:
        tally, best = self._place.tally, prospects[0]
        leads = leader
        if acting is not None:
            leads = next(each for each in prospects if each.index == acting)
            tally.shadowed += 1
            tally.other += leads is not leader
        tally.note(acting=leads.mean, chosen=leader.mean, highest=best.mean, half_life=self._settings.half_life)
        if leader is best:
            tally.best += 1
        elif leader.surely_below(best):
            tally.worse += 1
        else:
            tally.plausible += 1


def _drawn(prospect: _Prospect, normal: float) -> float:
    return prospect.mean + normal * math.sqrt(prospect.variance)


def _normals(count: int, draw: Callable[[], float]) -> list[float]:
    """Values of the standard normal distribution, two from two draws (Box and Muller, 1958)."""
    found: list[float] = []
    while len(found) < count:
        radius, angle = math.sqrt(-2.0 * math.log(1.0 - draw())), 2.0 * math.pi * draw()
        found += (radius * math.cos(angle), radius * math.sin(angle))
    return found[:count]
