"""Has strategies decide: each place where something is to be ordered has an ordering of its own, which remembers. Pure.

Never decides who may serve a request: it is asked about those who may.
"""

import copy
from collections.abc import Callable, Mapping, Sequence

import msgspec

from sixnines.config.snapshot import RouteSpec, Snapshot
from sixnines.routing.ask import Ask
from sixnines.routing.groups import Group, ModelLoad, route_options
from sixnines.routing.interface import Load, Ordering, Scene, Site, Strategy
from sixnines.routing.shadow import Shadowed

BEHIND = "behind the leader"
"""The part of those behind the leader, where targets say who leads. No provider has a space in its name."""


class Decision(msgspec.Struct, frozen=True):
    """What was ordered at one place.

    Attributes:
        site: where.
        eligible: indexes of what could be chosen.
        order: the same, as they were put.
        shares: how often each of the eligible is expected to lead; None where that depends on what else goes on.
    """

    site: Site
    eligible: Sequence[int]
    order: Sequence[int]
    shares: Sequence[float] | None


class Occasion(msgspec.Struct, frozen=True):
    """One request.

    Attributes:
        owner: the name that it asks for.
        ask: what it asks.
        now: monotonic seconds.
        part: keeps apart what a strategy remembers where targets give the turns.
    """

    owner: str
    ask: Ask
    now: float
    part: str = ""


class Decider:
    """The orderings of one snapshot.

    Args:
        snapshot: the config.
        strategies: by name.
        draw: the source of chance, a number from 0 up to 1.

    Attributes:
        decisions: what was decided, where that is to be told; None where it is not.
    """

    def __init__(self, snapshot: Snapshot, strategies: Mapping[str, Strategy], draw: Callable[[], float]) -> None:
        self._snapshot = snapshot
        self._strategies = strategies
        self._draw = draw
        self._made: dict[tuple[str, str, str], tuple[Site, Ordering]] = {}
        self._learner = next((each for each in strategies.values() if each.info.learns), None)
        self.decisions: list[Decision] | None = None

    def rehearsing(self, owner: str) -> "Decider":
        """The same for a rehearsal of one name: it tells what it decides, and nobody's turn is used up here."""
        stage = Decider(self._snapshot, self._strategies, self._draw)
        # Only what belongs to the name is decided on: a copy of everything would take long where there is much.
        stage._made = copy.deepcopy({key: made for key, made in self._made.items() if key[0] == owner})
        stage.decisions = []
        return stage

    def models(self, occasion: Occasion, route: RouteSpec, eligible: Sequence[int], load: ModelLoad) -> list[int]:
        """The eligible models of a route, as its strategy puts them."""
        if len(eligible) == 1 and self.decisions is None:
            return [eligible[0]]
        return self._decide(occasion, self._of_route(occasion, route), eligible, load, leads=True)

    def deployments(self, occasion: Occasion, group: Group, eligible: Sequence[int], *, leads: bool) -> list[int]:
        """The eligible deployments of a model, as its strategy puts them; `leads`: whoever is first is asked first."""
        if len(eligible) == 1 and self.decisions is None:
            return [eligible[0]]
        return self._decide(occasion, self._of_group(occasion, group), eligible, group.load, leads=leads)

    def shares_of_models(
        self, occasion: Occasion, route: RouteSpec, eligible: Sequence[int], load: ModelLoad
    ) -> list[float] | None:
        """How often each of them is expected to lead."""
        scene = Scene(occasion.ask, load, occasion.now, self._draw)
        return _shares(self._of_route(occasion, route)[1], eligible, scene)

    def shares_of_deployments(self, occasion: Occasion, group: Group, eligible: Sequence[int]) -> list[float] | None:
        """How often each of them is expected to lead."""
        scene = Scene(occasion.ask, group.load, occasion.now, self._draw)
        return _shares(self._of_group(occasion, group)[1], eligible, scene)

    def _decide(
        self, occasion: Occasion, place: tuple[Site, Ordering], eligible: Sequence[int], load: Load, *, leads: bool
    ) -> list[int]:
        site, ordering = place
        scene = Scene(occasion.ask, load, occasion.now, self._draw, leads)
        if self.decisions is None or occasion.part is BEHIND:
            return ordering.order(eligible, scene)
        shares = _shares(ordering, eligible, scene)
        order = ordering.order(eligible, scene)
        self.decisions.append(Decision(site, tuple(eligible), tuple(order), shares))
        return order

    def _of_group(self, occasion: Occasion, group: Group) -> tuple[Site, Ordering]:
        # One per (asked name, model): traffic that falls back here must not disturb the shares of direct traffic.
        key = (occasion.owner, group.model.name, occasion.part)
        made = self._made.get(key)
        if made is None:
            model, scoring = group.model, self._snapshot.complexity
            made = self._made[key] = self._ordering(
                Site(occasion.owner, model.name, model.strategy, group.options, model.learning, scoring)
            )
        return made

    def _of_route(self, occasion: Occasion, route: RouteSpec) -> tuple[Site, Ordering]:
        key = (route.name, "", occasion.part)
        made = self._made.get(key)
        if made is None:
            options, scoring = route_options(self._snapshot, route), self._snapshot.complexity
            made = self._made[key] = self._ordering(
                Site(route.name, "", route.strategy, options, route.learning, scoring)
            )
        return made

    def _ordering(self, site: Site) -> tuple[Site, Ordering]:
        ordering = self._strategies[site.strategy].ordering(site)
        if site.learning is not None and site.learning.shadow and self._learner is not None:
            ordering = Shadowed(ordering, self._learner.ordering(site))
        # What was learned is kept elsewhere: a rehearsal must not write there.
        return site, ordering if self.decisions is None else copy.deepcopy(ordering)


def _shares(ordering: Ordering, eligible: Sequence[int], scene: Scene) -> list[float] | None:
    """As the strategy says; one alone leads whatever else goes on."""
    return ordering.shares(eligible, scene) if len(eligible) > 1 else [1.0]
