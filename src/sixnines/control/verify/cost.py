"""What asking a deployment costs, and how much may be spent. Pure.

Never lets a call be made that could cost more than what is left: what a call can cost at the most is set aside before
it is made, and what it did cost is counted afterwards, at the prices in the config. Where a price is not known, nothing
is asked: no bound can be held that way.
"""

import enum

from sixnines.config.document import Document
from sixnines.config.snapshot import DeploymentSpec
from sixnines.domain.price import Price
from sixnines.routing.candidate import price_of

# What a chat template puts around the messages.
_TEMPLATE_TOKENS = 256
_MICROS = 1_000_000


class Charge(enum.Enum):
    """What is known of the price."""

    FREE = "free"
    PRICED = "priced"
    UNKNOWN = "unknown"


def charge_of(deployment: DeploymentSpec, document: Document) -> Charge:
    """Whether a call costs money.

    Without a price in the config: nothing on this host, and nothing where no key is shown, since nobody could send a
    bill. Elsewhere it is not known.
    """
    price = price_of(deployment)
    if price is not None:
        return Charge.PRICED if price.input_micros or price.output_micros else Charge.FREE
    provider = document.providers.get(deployment.provider.name)
    has_key = provider is None or provider.api_key is not None
    return Charge.UNKNOWN if has_key or deployment.provider.kind.paid else Charge.FREE


def most(price: Price, body: bytes, max_tokens: int) -> float:
    """Micro-dollars that a call can cost at the most: a token has at least one byte."""
    return price.of(len(body) + _TEMPLATE_TOKENS, max_tokens)


def micros(dollars: float) -> float:
    """Dollars as micro-dollars."""
    return dollars * _MICROS


def dollars(amount: float) -> str:
    """Micro-dollars, for people: to a hundred-thousandth of a dollar."""
    return f"${amount / _MICROS:.5f}"


class Budget:
    """How much may be spent, and was.

    Args:
        limit_micros: in all.

    Attributes:
        limit_micros: the same.
        spent_micros: so far.
    """

    def __init__(self, limit_micros: float) -> None:
        self.limit_micros = limit_micros
        self.spent_micros = 0.0
        self._held = 0.0

    @property
    def left_micros(self) -> float:
        """What may still be set aside."""
        return self.limit_micros - self.spent_micros - self._held

    def hold(self, bound_micros: float) -> bool:
        """Set so much aside; False if there is not so much left."""
        if bound_micros > self.left_micros:
            return False
        self._held += bound_micros
        return True

    def settle(self, bound_micros: float, spent_micros: float) -> None:
        """The call is over: what was set aside for it is free again, and this was spent."""
        self._held -= bound_micros
        self.spent_micros += spent_micros
