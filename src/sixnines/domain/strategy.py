"""What config needs to know about a strategy, so that it need not import the strategies."""

import enum
from dataclasses import dataclass


class Chooses(enum.Enum):
    """What a strategy can order."""

    MODELS = "models"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class StrategyInfo:
    """The static facts of one strategy.

    Attributes:
        name: the name in config (`strategy: weighted`).
        weighs: it looks at weights.
        chooses: for what it can be set.
        declares: keys, one of which a choice must have for it to be told apart (`tier`, `price`); empty if none is
            needed.
        spreads: it only spreads the load, so that traffic targets may overrule it; not one that chooses by something
            in the request.
        learns: it goes by what came of earlier requests, and can do so in the shadow of another strategy.
    """

    name: str
    weighs: bool = False
    chooses: Chooses = Chooses.BOTH
    declares: tuple[str, ...] = ()
    spreads: bool = False
    learns: bool = False
