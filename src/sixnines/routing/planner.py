"""The plan of one request: candidates in order, and what was passed over with its reason.

Pure but for what the strategies remember, which it owns. Never does I/O, never reads a clock.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from sixnines.config.snapshot import NO_RULES, ModelSpec, RouteSpec, Snapshot
from sixnines.domain.tier import Tier
from sixnines.domain.trail import Skipped
from sixnines.domain.wishes import NO_WISHES
from sixnines.routing.ask import Ask
from sixnines.routing.candidate import Candidate, Plan
from sixnines.routing.groups import Group, ModelLoad, group, route_options
from sixnines.routing.interface import Ordering, Scene, Site, Strategy
from sixnines.routing.shadow import Shadowed
from sixnines.routing.sieve import Health, Sieve, Sifted, cannot


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


class _Occasion(msgspec.Struct, frozen=True):
    """One request: the name it asks for, what it asks, and when (monotonic seconds)."""

    owner: str
    ask: Ask
    now: float


class Planner:
    """Plans for one snapshot.

    Args:
        snapshot: the config.
        strategies: by name.
        health: how deployments are.
        draw: the source of chance, a number from 0 up to 1.
    """

    def __init__(
        self, snapshot: Snapshot, strategies: Mapping[str, Strategy], health: Health, draw: Callable[[], float]
    ) -> None:
        self._snapshot = snapshot
        self._strategies = strategies
        self._health = health
        self._draw = draw
        self._usual: dict[str, Plan] = {}
        self._made: dict[str, Group] = {}
        self._sites: dict[tuple[str, str], tuple[Site, Ordering]] = {}
        self._route_loads: dict[str, ModelLoad] = {}
        self._decisions: list[Decision] | None = None
        self._learner = next((each for each in strategies.values() if each.info.learns), None)

    def plan(self, target: ModelSpec | RouteSpec, ask: Ask, now: float) -> Plan:
        """Filter, then order, group by group: the model itself, then its fallbacks.

        Args:
            target: what the caller's name resolved to.
            ask: the request.
            now: monotonic seconds.
        """
        usual = self._usual.get(target.name)
        if usual is not None and self._holds(usual, ask, now):
            return usual
        sieve = Sieve(self._health, ask, target.rules, best=self._best_tier(target, ask), now=now)
        occasion = _Occasion(target.name, ask, now)
        chosen: list[Candidate] = []
        busy: list[Candidate] = []
        resting: list[Candidate] = []
        skipped: list[Skipped] = []
        for each, sifted in self._drawn(target, sieve, occasion):
            chosen += self._ordered(occasion, each, sifted.fit, leads=not chosen)
            busy += self._ordered(occasion, each, sifted.busy, leads=False)
            resting += sifted.resting
            skipped += sifted.skipped
        chosen += busy
        if resting:
            chosen += sieve.last_resort(resting)
        plan = Plan(tuple(chosen[:1] if ask.wishes.pin else chosen), tuple(skipped))
        if len(chosen) == 1 and not skipped and _is_usual(target, chosen[0], ask):
            self._usual[target.name] = plan
        return plan

    def rehearse(self, target: ModelSpec | RouteSpec, ask: Ask, now: float) -> tuple[Plan, list[Decision]]:
        """The plan that `plan` would make now, and how it came about. Nobody's turn is used up."""
        stage = copy.copy(self)
        stage._usual, stage._decisions = {}, []  # noqa: SLF001 - it is one of us
        stage._sites = copy.deepcopy(self._sites)  # noqa: SLF001
        plan = stage.plan(target, ask, now)
        return plan, stage._decisions  # noqa: SLF001

    def available(self, target: ModelSpec | RouteSpec, now: float) -> bool:
        """Whether somebody can be asked for it now, fallbacks included, as far as is known."""
        names = list(target.models) if isinstance(target, RouteSpec) else [target.name]
        names += [each for name in names for each in self._snapshot.models[name].chain]
        return any(
            self._health.objection(each, now) is None
            for name in names
            for each in self._snapshot.models[name].deployments
        )

    def _holds(self, usual: Plan, ask: Ask, now: float) -> bool:
        """Whether a plan of one candidate is still the right one: there is nothing to order."""
        deployment = usual.candidates[0].deployment
        return (
            ask.wishes is NO_WISHES
            and cannot(deployment, ask) is None
            and self._health.objection(deployment, now) is None
        )

    def _drawn(
        self, target: ModelSpec | RouteSpec, sieve: Sieve, occasion: _Occasion
    ) -> Iterator[tuple[Group, Sifted]]:
        """The groups to draw on, in order, told apart; each deployment in the first group that has it."""
        seen: set[str] = set()
        if isinstance(target, RouteSpec):
            names = self._route_order(target, sieve, occasion)
            chains = (self._snapshot.models[name].chain for name in names)
            names = list(dict.fromkeys((*names, *(each for chain in chains for each in chain))))
        elif not target.chain:
            found = self._group(target.name)
            yield found, sieve.sift(found.candidates)
            return
        else:
            names = [target.name, *target.chain]
        for found in map(self._group, names):
            new = [(index, each) for index, each in found.candidates if each.deployment.id not in seen]
            seen.update(each.deployment.id for _, each in new)
            yield found, sieve.sift(new)

    def _route_order(self, route: RouteSpec, sieve: Sieve, occasion: _Occasion) -> list[str]:
        """The models of a route: those with somebody to ask now as the strategy puts them, then the others."""
        groups = [self._group(name) for name in route.models]
        sifted = [sieve.sift(each.candidates) for each in groups]
        everyone = range(len(groups))
        eligible = (
            [index for index in everyone if sifted[index].fit]
            or [index for index in everyone if sifted[index].busy]
            or list(everyone)
        )
        load = self._route_loads.get(route.name)
        if load is None:
            load = self._route_loads[route.name] = ModelLoad(self._health, groups)
        if len(eligible) > 1 or self._decisions is not None:
            site, ordering = self._route_site(route)
            eligible = self._decide(site, ordering, eligible, Scene(occasion.ask, load, occasion.now, self._draw))
        order = eligible + [index for index in everyone if index not in eligible]
        return [route.models[index] for index in order]

    def _ordered(self, occasion: _Occasion, found: Group, eligible: list[int], *, leads: bool) -> list[Candidate]:
        """The eligible deployments of one model, as its strategy puts them."""
        if not eligible:
            return []
        candidates = found.candidates
        if len(eligible) == 1 and self._decisions is None:
            return [candidates[eligible[0]][1]]
        site, ordering = self._site(occasion.owner, found)
        scene = Scene(occasion.ask, found.load, occasion.now, self._draw, leads)
        order = self._decide(site, ordering, eligible, scene)
        if found.model.rules.prefer_warm:
            warm = self._health.warm
            # Not knowing is no reason to go elsewhere.
            order.sort(key=lambda index: warm(candidates[index][1].deployment) is False)
        return [candidates[index][1] for index in order]

    def _decide(self, site: Site, ordering: Ordering, eligible: Sequence[int], scene: Scene) -> list[int]:
        if self._decisions is None:
            return ordering.order(eligible, scene)
        shares = ordering.shares(eligible, scene)
        order = ordering.order(eligible, scene)
        self._decisions.append(Decision(site, tuple(eligible), tuple(order), shares))
        return order

    def _site(self, owner: str, found: Group) -> tuple[Site, Ordering]:
        # One per (asked name, model): traffic that falls back here must not disturb the shares of direct traffic.
        key = (owner, found.model.name)
        made = self._sites.get(key)
        if made is None:
            model = found.model
            site = Site(owner, model.name, model.strategy, found.options, model.learning)
            made = self._sites[key] = site, self._ordering(site)
        return made

    def _route_site(self, route: RouteSpec) -> tuple[Site, Ordering]:
        made = self._sites.get((route.name, ""))
        if made is None:
            options = route_options(self._snapshot, route.models, route.weights)
            site = Site(route.name, "", route.strategy, options, route.learning)
            made = self._sites[route.name, ""] = site, self._ordering(site)
        return made

    def _ordering(self, site: Site) -> Ordering:
        ordering = self._strategies[site.strategy].ordering(site)
        if site.learning is not None and site.learning.shadow and self._learner is not None:
            ordering = Shadowed(ordering, self._learner.ordering(site))
        # What was learned is kept elsewhere: a rehearsal must not write there.
        return ordering if self._decisions is None else copy.deepcopy(ordering)

    def _group(self, name: str) -> Group:
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = group(self._snapshot.models[name], self._health)
        return made

    def _best_tier(self, target: ModelSpec | RouteSpec, ask: Ask) -> Tier | None:
        """The tier that steps down are counted from: what was asked for, else the best that the name stands for."""
        if target.rules.max_tier_drop is None:
            return None
        if ask.wishes.quality is not None:
            return ask.wishes.quality.tier
        names = target.models if isinstance(target, RouteSpec) else (target.name,)
        tiers = [tier for name in names if (tier := self._snapshot.models[name].tier) is not None]
        return min(tiers, key=lambda tier: tier.step, default=None)


def _is_usual(target: ModelSpec | RouteSpec, only: Candidate, ask: Ask) -> bool:
    """Whether the same plan will do for other requests: nothing is looked at but what `Planner._holds` looks at."""
    deployment = only.deployment
    return (
        isinstance(target, ModelSpec)
        and ask.wishes is NO_WISHES
        and target.rules is NO_RULES
        and deployment.capabilities is None
        and deployment.provider.saturation is None
    )
