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
from sixnines.routing.chances import Chances, combined, within_model
from sixnines.routing.groups import Group, ModelLoad, group, route_options
from sixnines.routing.interface import Ordering, Scene, Site, Strategy
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


class Rehearsal(msgspec.Struct, frozen=True):
    """A plan, and how it came about.

    Attributes:
        plan: what would be made.
        decisions: in the order in which they were taken.
        chances: how often each deployment is expected to be asked first; None where that is not known.
    """

    plan: Plan
    decisions: Sequence[Decision]
    chances: Chances | None


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
        drawn = list(self._drawn(target, sieve, occasion))
        for each, sifted in drawn:
            chosen += self._ordered(occasion, each, sifted.fit, leads=not chosen)
            resting += sifted.resting
            skipped += sifted.skipped
        for each, sifted in drawn:
            if sifted.busy:
                busy += self._ordered(occasion, each, sifted.busy, leads=not chosen and not busy)
        chosen += busy
        if resting:
            chosen += sieve.last_resort(resting)
        plan = Plan(tuple(chosen[:1] if ask.wishes.pin else chosen), tuple(skipped))
        if len(chosen) == 1 and not skipped and _is_usual(target, chosen[0], ask):
            self._usual[target.name] = plan
        return plan

    def rehearse(
        self, target: ModelSpec | RouteSpec, ask: Ask, now: float, *, health: Health | None = None
    ) -> Rehearsal:
        """The plan that `plan` would make now, and how it came about. Nobody's turn is used up.

        Args:
            target: what the caller's name resolved to.
            ask: the request.
            now: monotonic seconds.
            health: how deployments are to be taken to be; None: as they are.
        """
        stage, decisions = copy.copy(self), list[Decision]()
        # Only what belongs to this name is decided on: a copy of everything would take long where there is much.
        own = {key: site for key, site in self._sites.items() if key[0] == target.name}
        stage._usual, stage._decisions, stage._sites = {}, decisions, copy.deepcopy(own)  # noqa: SLF001 - one of us
        if health is not None:
            stage._health, stage._made, stage._route_loads = health, {}, {}  # noqa: SLF001
        chances = stage.chances(target, ask, now)
        return Rehearsal(stage.plan(target, ask, now), decisions, chances)

    def chances(self, target: ModelSpec | RouteSpec, ask: Ask, now: float) -> Chances | None:
        """How often each deployment is expected to be asked first, for requests like this one as things are.

        None where it depends on what else goes on, and where nobody can be asked at once of the models of a route.
        Nobody's turn is used up.
        """
        sieve = Sieve(self._health, ask, target.rules, best=self._best_tier(target, ask), now=now)
        occasion = _Occasion(target.name, ask, now)
        if isinstance(target, RouteSpec):
            return self._route_chances(target, sieve, occasion)
        drawn = list(self._drawn(target, sieve, occasion))
        for choose in (_fit, _busy):
            for found, sifted in drawn:
                if able := choose(sifted):
                    return self._model_chances(occasion, found, able)
        last = sieve.last_resort([each for _, sifted in drawn for each in sifted.resting])
        return {each.deployment.id: 1.0 for each in last[:1]}

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
        eligible = _eligible(sifted)
        if len(eligible) > 1 or self._decisions is not None:
            site, ordering = self._route_site(route)
            scene = Scene(occasion.ask, self._route_load(route, groups), occasion.now, self._draw)
            eligible = self._decide(site, ordering, eligible, scene)
        order = eligible + [index for index in range(len(groups)) if index not in eligible]
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

    def _route_chances(self, route: RouteSpec, sieve: Sieve, occasion: _Occasion) -> Chances | None:
        groups = [self._group(name) for name in route.models]
        sifted = [sieve.sift(each.candidates) for each in groups]
        eligible = _eligible(sifted)
        if not sifted[eligible[0]].fit:
            return None
        scene = Scene(occasion.ask, self._route_load(route, groups), occasion.now, self._draw)
        shares = _shares(self._route_site(route)[1], eligible, scene)
        if shares is None:
            return None
        models = zip(shares, eligible, strict=True)
        return combined((share, self._model_chances(occasion, groups[at], sifted[at].fit)) for share, at in models)

    def _model_chances(self, occasion: _Occasion, found: Group, able: list[int]) -> Chances | None:
        """The chances of one model's deployments, once the model is the one to ask."""
        scene = Scene(occasion.ask, found.load, occasion.now, self._draw)
        shares = _shares(self._site(occasion.owner, found)[1], able, scene)
        candidates = [found.candidates[index][1] for index in able]
        return within_model(candidates, shares, self._health, prefer_warm=found.model.rules.prefer_warm)

    def _decide(self, site: Site, ordering: Ordering, eligible: Sequence[int], scene: Scene) -> list[int]:
        if self._decisions is None:
            return ordering.order(eligible, scene)
        shares = _shares(ordering, eligible, scene)
        order = ordering.order(eligible, scene)
        self._decisions.append(Decision(site, tuple(eligible), tuple(order), shares))
        return order

    def _site(self, owner: str, found: Group) -> tuple[Site, Ordering]:
        # One per (asked name, model): traffic that falls back here must not disturb the shares of direct traffic.
        key = (owner, found.model.name)
        made = self._sites.get(key)
        if made is None:
            site = Site(owner, found.model.name, found.model.strategy, found.options)
            made = self._sites[key] = site, self._strategies[found.model.strategy].ordering(site)
        return made

    def _route_site(self, route: RouteSpec) -> tuple[Site, Ordering]:
        made = self._sites.get((route.name, ""))
        if made is None:
            site = Site(route.name, "", route.strategy, route_options(self._snapshot, route.models, route.weights))
            made = self._sites[route.name, ""] = site, self._strategies[route.strategy].ordering(site)
        return made

    def _route_load(self, route: RouteSpec, groups: list[Group]) -> ModelLoad:
        made = self._route_loads.get(route.name)
        if made is None:
            made = self._route_loads[route.name] = ModelLoad(self._health, groups)
        return made

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


def _shares(ordering: Ordering, eligible: Sequence[int], scene: Scene) -> Sequence[float] | None:
    """As the strategy says; one alone leads whatever else goes on."""
    return ordering.shares(eligible, scene) if len(eligible) > 1 else [1.0]


def _fit(sifted: Sifted) -> list[int]:
    return sifted.fit


def _busy(sifted: Sifted) -> list[int]:
    return sifted.busy


def _eligible(sifted: Sequence[Sifted]) -> list[int]:
    """The models of a route to choose from: those with somebody to ask now, else those that are only busy, else all."""
    everyone = range(len(sifted))
    return (
        [index for index in everyone if sifted[index].fit]
        or [index for index in everyone if sifted[index].busy]
        or list(everyone)
    )


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
