"""A confusion matrix and the figures that follow from it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from eval.routing.judges import Judge
from eval.routing.prompts import Prompt
from sixnines.domain.complexity import Complexity


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often a label was given another.

    Attributes:
        counts: prompts by (label, what was found).
    """

    counts: Counter[tuple[Complexity, Complexity]]

    @property
    def total(self) -> int:
        """Prompts."""
        return self.counts.total()

    @property
    def right(self) -> int:
        """Those that were given their label."""
        return sum(self.counts[each, each] for each in Complexity)

    @property
    def accuracy(self) -> float:
        """The share of those."""
        return self.right / self.total

    @property
    def far_off(self) -> int:
        """Simple taken for complex, or complex for simple."""
        return self.counts[Complexity.SIMPLE, Complexity.COMPLEX] + self.counts[Complexity.COMPLEX, Complexity.SIMPLE]

    def precision(self, found: Complexity) -> float | None:
        """Of those that were found to be this, the share that are; None where there are none."""
        return _share(self.counts[found, found], sum(self.counts[each, found] for each in Complexity))

    def recall(self, label: Complexity) -> float | None:
        """Of those that are this, the share that were found."""
        return _share(self.counts[label, label], sum(self.counts[label, each] for each in Complexity))


def confusion(prompts: Iterable[Prompt], judge: Judge) -> Confusion:
    """What a judge makes of prompts."""
    return Confusion(Counter((each.label, judge(each)) for each in prompts))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
