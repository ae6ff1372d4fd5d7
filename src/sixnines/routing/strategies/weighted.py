"""`weighted`: exact shares by smooth weighted round robin (the algorithm of nginx's upstream module).

Each turn every eligible choice gains its weight, the one with most leads and pays the sum of the weights. Over any
`sum(weights)` turns each choice leads exactly `weight` times, spread evenly. A weight of 0 leads only when nothing
else is eligible.
"""

from collections.abc import Sequence


class Weighted:
    """Leads in proportion to the weights; the others follow, the most owed first."""

    name = "weighted"

    def order(self, eligible: Sequence[int], weights: Sequence[int], memory: list[int]) -> list[int]:
        """The eligible choices with this turn's leader first."""
        total = 0
        for index in eligible:
            memory[index] += weights[index]
            total += weights[index]
        ranked = sorted(eligible, key=lambda index: (weights[index] == 0, -memory[index], index))
        if total:
            memory[ranked[0]] -= total
        return ranked
