"""What was spent: tokens and their cost by who asked whom for what, in whole numbers. Values only.

Never a name that config does not declare, and never a cost of 0 for what is not known: that is counted beside it.
"""

import enum

import msgspec

from sixnines.domain.price import micros


class Grain(enum.Enum):
    """How finely sums are kept; the value is in seconds."""

    MINUTE = 60
    HOUR = 3600
    DAY = 86_400

    def of(self, unix_s: float) -> int:
        """The number (since 1970, UTC) of the minute, hour or day that a time lies in."""
        return int(unix_s) // self.value


class Account(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Whose it is.

    Attributes:
        route: the route that was asked for; "" where it was a model.
        model: the model that answered.
        provider: who was paid.
    """

    route: str
    model: str
    provider: str


class Spent(msgspec.Struct, gc=False, array_like=True):
    """Sums.

    Attributes:
        answers: answers, and beginnings of answers, that a provider gave.
        uncounted: those of them of which the provider did not say all tokens, and that are not free: what they cost is
            known in part or not at all.
        prompt_tokens: as providers counted them.
        cached_tokens: those of them that a provider had in its cache.
        completion_tokens: of answers.
        unpriced_tokens: of both, those for which no price is known: their cost is in no sum.
        picos: cost in pico-dollars, of what has a price.
    """

    answers: int = 0
    uncounted: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    unpriced_tokens: int = 0
    picos: int = 0

    def add(self, other: "Spent") -> None:
        """Add what another one holds."""
        self.answers += other.answers
        self.uncounted += other.uncounted
        self.prompt_tokens += other.prompt_tokens
        self.cached_tokens += other.cached_tokens
        self.completion_tokens += other.completion_tokens
        self.unpriced_tokens += other.unpriced_tokens
        self.picos += other.picos

    @property
    def cost_micros(self) -> int:
        """Cost in micro-dollars, rounded up."""
        return micros(self.picos)


class SpendCell(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What was spent in one minute (since 1970, by the wall clock) on one account."""

    minute: int
    account: Account
    spent: Spent
