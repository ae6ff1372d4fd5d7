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
        learns: it goes by what came of earlier requests, and can do so in the shadow of another strategy.
        declares: the key that every choice must have for it to tell them apart (`tier`, `price`), or None.
    """

    name: str
    weighs: bool = False
    chooses: Chooses = Chooses.BOTH
    declares: str | None = None
    learns: bool = False
