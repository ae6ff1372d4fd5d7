"""`complexity`: simple requests to small models, complex ones to large models.

Each request is scored by its features (length, code, tools, words that ask for proof or design and so on) into
`simple`, `standard` or `complex`; weights and thresholds are `defaults.complexity`. A model of the route is meant for
the class that its entry declares (`{model: small, complexity: simple}`), else for the one that its tier stands for:
`premium` for complex, `standard` for standard, `entry` and `local` for simple ones. Models of the right class lead, in
proportion to their weights; then come those for more difficult requests, the nearest first, then those for easier ones.
A model without either comes last.
"""

from sixnines.domain.complexity import Complexity
from sixnines.domain.strategy import Chooses, StrategyInfo
from sixnines.domain.tier import Tier
from sixnines.routing.complexity import score
from sixnines.routing.interface import Option, Scene, Site
from sixnines.routing.steps import Stepped

_STEPS = {Complexity.COMPLEX: 0, Complexity.STANDARD: 1, Complexity.SIMPLE: 2}
_OF_TIERS = {
    Tier.PREMIUM: Complexity.COMPLEX,
    Tier.STANDARD: Complexity.STANDARD,
    Tier.ENTRY: Complexity.SIMPLE,
    Tier.LOCAL: Complexity.SIMPLE,
}


class ComplexityScore:
    """Leads where the request is neither too difficult nor too easy."""

    info = StrategyInfo("complexity", weighs=True, chooses=Chooses.MODELS, declares=("complexity", "tier"))

    def ordering(self, site: Site) -> Stepped:
        """Goes by the classes there."""
        weights = site.complexity

        def wanted(scene: Scene) -> int:
            found = scene.ask.features
            # What cannot be measured is taken for the usual.
            return _STEPS[Complexity.STANDARD if found is None else score(found, weights).complexity]

        return Stepped(site.options, _step, wanted)


def _step(option: Option) -> int | None:
    if option.complexity is not None:
        return _STEPS[option.complexity]
    return None if option.tier is None else _STEPS[_OF_TIERS[option.tier]]
