"""What a strategy is: a pure function from what is eligible to an order. One file a strategy in `strategies/`.

A strategy is asked once for each place where something is to be ordered (a model's deployments, a route's models) and
gives an `Ordering`, which may remember what it decided there.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from sixnines.domain.complexity import Complexity, ComplexityWeights
from sixnines.domain.price import Price
from sixnines.domain.reward import LearningSettings
from sixnines.domain.strategy import StrategyInfo
from sixnines.domain.tier import Tier
from sixnines.routing.ask import Ask


class Option(msgspec.Struct, frozen=True, gc=False):
    """One choice, as config declares it.

    Attributes:
        name: of the model, or the id of the deployment.
        weight: the configured weight, 0 or more.
        window: tokens for prompt and answer together, None where it is not declared.
        tier: how good it is, None where it is not declared.
        price: what it costs, None where it is not declared; nothing at a provider that is local.
        complexity: the requests that it is meant for, None where a route does not say.
    """

    name: str
    weight: int = 1
    window: int | None = None
    tier: Tier | None = None
    price: Price | None = None
    complexity: Complexity | None = None


class Load(Protocol):
    """How the options are doing now, by their index."""

    def in_flight(self, index: int) -> int:
        """Requests that its provider serves."""
        ...

    def first_token_s(self, index: int, now: float) -> float | None:
        """How long its answers take to begin of late, the slow ones first and foremost; None if nothing is known."""
        ...


class Scene(msgspec.Struct, gc=False):
    """One decision: what is asked for, and how things are.

    Attributes:
        ask: the request.
        load: how the options are doing.
        now: monotonic seconds.
        draw: the source of chance, a number from 0 up to 1.
        leads: whoever is put first here is asked first, as far as is known; False where others go before all of these.
        acting: who leads in fact, by its index, where the decision is only recorded; None where it counts.
    """

    ask: Ask
    load: Load
    now: float
    draw: Callable[[], float]
    leads: bool = True
    acting: int | None = None


class Ordering(Protocol):
    """Orders the options of one place. The laws: a permutation of what was eligible; the same history, the same
    order.
    """

    def order(self, eligible: Sequence[int], scene: Scene) -> list[int]:
        """The eligible options, best first.

        Args:
            eligible: indexes of options, ascending, at least one.
            scene: the decision to take.
        """
        ...

    def shares(self, eligible: Sequence[int], scene: Scene) -> list[float] | None:
        """How often each of the eligible is to lead in the long run, for requests like this one as things are.

        None where that depends on what else is going on. Remembers nothing.
        """
        ...


class Site(msgspec.Struct, frozen=True, gc=False):
    """A place where something is to be ordered.

    Attributes:
        owner: the name that callers ask for.
        group: the model whose deployments are ordered; "" where the models of a route are.
        strategy: the name of the strategy there.
        options: what there is to choose from.
        complexity: how requests are scored.
        learning: how it is learned what is best there; None where nothing is.
    """

    owner: str
    group: str
    strategy: str
    options: tuple[Option, ...]
    learning: LearningSettings | None = None
    complexity: ComplexityWeights = ComplexityWeights()


class Strategy(Protocol):
    """Makes orderings."""

    @property
    def info(self) -> StrategyInfo: ...  # noqa: D102

    def ordering(self, site: Site) -> Ordering:
        """One for `site`, which remembers nothing yet."""
        ...


def leads(index: int, eligible: Sequence[int]) -> list[float]:
    """The shares where one of the eligible always leads."""
    return [1.0 if each == index else 0.0 for each in eligible]
