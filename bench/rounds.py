"""Rounds and what they add up to: medians, spreads, ratios within a turn. Pure: no I/O, no clock.

Never drops a round: one that does not count is kept, with the reason.
"""

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

FILLED = 0.9
"""A system that uses less of its core than this waits for somebody."""
LOADED = 0.95
"""A core of the load that is in use for more than this has nothing left to give."""
LIMITED = "the load was the limit"


@dataclass(frozen=True, slots=True)
class Round:
    """One contestant measured once.

    Attributes:
        label: who.
        turn: from 1.
        figures: what was measured, by name. Which names there are is up to the load.
        faults: why this round does not count; empty when it does.
        limited: the load gave all it had and the system did not: what it could have done is not known, only that it
            is no less. Such a round does not count either.
        notes: what else was seen.
    """

    label: str
    turn: int
    figures: Mapping[str, float]
    faults: tuple[str, ...] = ()
    limited: bool = False
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """It says what the system does."""
        return not self.faults and not self.limited

    @property
    def why_not(self) -> str:
        """Why it does not count, in words."""
        return "; ".join((*self.faults, *((LIMITED,) if self.limited else ())))


@dataclass(frozen=True, slots=True)
class Summary:
    """The rounds of one contestant.

    Attributes:
        label: who.
        counted: how many rounds count.
        rounds: of how many.
        bound: none counts, and in those without faults the load was the limit: rates are lower bounds.
        median, lowest, highest: of each figure, over the rounds that count (or that bound).
        ratio, added: of each figure, the median of the quotients and of the differences to the baseline in the same
            turn; empty where there is no baseline.
        ratio_bound: the baseline's figures are lower bounds, so ratios of rates are upper bounds.
    """

    label: str
    counted: int
    rounds: int
    bound: bool = False
    median: Mapping[str, float] = field(default_factory=dict)
    lowest: Mapping[str, float] = field(default_factory=dict)
    highest: Mapping[str, float] = field(default_factory=dict)
    ratio: Mapping[str, float] = field(default_factory=dict)
    added: Mapping[str, float] = field(default_factory=dict)
    ratio_bound: bool = False


def is_limited(busy: float, load_busy: float) -> bool:
    """Whether the load was the limit: its core was full and that of the system was not."""
    return load_busy >= LOADED and busy < FILLED


def summarize(rounds: Sequence[Round], baselines: Mapping[str, str]) -> list[Summary]:
    """One summary for each contestant, in the order of their first rounds.

    Args:
        rounds: turn by turn.
        baselines: for each label the one that it is compared with; those without are not compared.
    """
    labels = list(dict.fromkeys(each.label for each in rounds))
    by_label = {label: [each for each in rounds if each.label == label] for label in labels}
    return [_summary(by_label[label], by_label.get(baselines.get(label, ""), ())) for label in labels]


def _summary(rounds: Sequence[Round], base: Sequence[Round]) -> Summary:
    used, bound = _usable(rounds)
    base_used, base_bound = _usable(base)
    theirs = {each.turn: each for each in base_used}
    pairs = [(each, theirs[each.turn]) for each in used if each.turn in theirs]
    names = dict.fromkeys(name for each in used for name in each.figures)
    return Summary(
        label=rounds[0].label,
        counted=sum(each.counts for each in rounds),
        rounds=len(rounds),
        bound=bound,
        median=_of(names, used, statistics.median),
        lowest=_of(names, used, min),
        highest=_of(names, used, max),
        ratio=_compared(names, pairs, lambda ours, base: ours / base if base else None),
        added=_compared(names, pairs, lambda ours, base: ours - base),
        ratio_bound=bool(pairs) and base_bound,
    )


def _usable(rounds: Sequence[Round]) -> tuple[list[Round], bool]:
    """The rounds that count; where there is none, those that say at least what cannot be less, and True."""
    good = [each for each in rounds if each.counts]
    if good:
        return good, False
    limited = [each for each in rounds if not each.faults]
    return limited, bool(limited)


def _of(names: Iterable[str], rounds: Sequence[Round], reduce: Callable[[list[float]], float]) -> dict[str, float]:
    values = {name: [each.figures[name] for each in rounds if name in each.figures] for name in names}
    return {name: reduce(each) for name, each in values.items() if each}


def _compared(
    names: Iterable[str],
    pairs: Sequence[tuple[Round, Round]],
    compare: Callable[[float, float], float | None],
) -> dict[str, float]:
    found = {}
    for name in names:
        values = [
            value
            for ours, base in pairs
            if name in ours.figures and name in base.figures
            if (value := compare(ours.figures[name], base.figures[name])) is not None
        ]
        if values:
            found[name] = statistics.median(values)
    return found


def enough(rounds: Sequence[Round], labels: Sequence[str], turns: int) -> bool:
    """Whether everybody has more good rounds than not, of so many `turns`. What others disturbed may be done again."""
    undisturbed = [each.label for each in rounds if not each.faults]
    return all(2 * undisturbed.count(label) > turns for label in labels)


def rotated(labels: Sequence[str], turn: int) -> list[str]:
    """Who is measured when in `turn` (from 1): each turn begins with the next one, so nobody always goes first."""
    start = (turn - 1) % len(labels) if labels else 0
    return [*labels[start:], *labels[:start]]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` (0 to 1) of them do not exceed (the nearest-rank method).

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]
