"""How good a model is said to be: the tiers, and the steps between them."""

import enum


class Tier(enum.StrEnum):
    """How good a model is, best first."""

    PREMIUM = "premium"
    STANDARD = "standard"
    ENTRY = "entry"
    LOCAL = "local"

    @property
    def step(self) -> int:
        """0 for the best, one more for each step down."""
        return STEPS[self]


STEPS = {tier: step for step, tier in enumerate(Tier)}


class Quality(enum.StrEnum):
    """How good an answer has to be: the header `x-sixnines-quality`."""

    DRAFT = "draft"
    STANDARD = "standard"
    HIGH = "high"

    @property
    def tier(self) -> Tier:
        """The tier that gives it."""
        return _TIERS[self]


_TIERS = {Quality.DRAFT: Tier.ENTRY, Quality.STANDARD: Tier.STANDARD, Quality.HIGH: Tier.PREMIUM}
