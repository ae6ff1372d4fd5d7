"""The plan of one request: candidates in order, and what was passed over with its reason.

Pure but for what the strategies remember, which it owns. Never does I/O, never reads a clock.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from sixnines.config.snapshot import NO_RULES, ModelSpec, RouteSpec, Snapshot
from sixnines.domain.priority import Priority
from sixnines.domain.tier import Tier
from sixnines.domain.trail import Skipped
from sixnines.domain.wishes import NO_WISHES
from sixnines.routing.ask import Ask
from sixnines.routing.candidate import Candidate, Plan
from sixnines.routing.groups import Group, ModelLoad, group, route_options
from sixnines.routing.interface import Load, Ordering, Scene, Site, Strategy
from sixnines.routing.patience import staying_local
from sixnines.routing.sieve import Health, Sieve, Sifted, cannot
from sixnines.routing.standing import standing
from sixnines.routing.targets import Traffic, Turn


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
    """One request: the name it asks for, what it asks, and when (monotonic seconds).

    `part` keeps apart what a strategy remembers where targets give the turns (see `Planner._led`).
    """

    owner: str
    ask: Ask
    now: float
    part: str = ""


# Those behind the leader, where targets say who leads. No provider has a space in its name.
_BEHIND = "behind the leader"
_BATCH = Priority.BATCH  # looked up once: on Python 3.11 that takes as long as a call


class Planner:
    """Plans for one snapshot.

    Args:
        snapshot: the config.
        strategies: by name.
        health: how deployments are.
        draw: the source of chance, a number from 0 up to 1.
        traffic: what is remembered of names with traffic targets, also over a change of config.
    """

    def __init__(
        self, snapshot: Snapshot, strategies: Mapping[str, Strategy], health: Health, draw: Callable[[], float],
        *, traffic: Traffic | None = None,
    ) -> None:  # fmt: skip
        self._snapshot = snapshot
        self._strategies = strategies
        self._health = health
        self._draw = draw
        self._traffic = traffic or Traffic()
        self._usual: dict[str, Plan] = {}
        self._made: dict[str, Group] = {}
        self._sites: dict[tuple[str, str, str], tuple[Site, Ordering]] = {}
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
        turn = leader = None
        occasion = _Occasion(target.name, ask, now)
        if target.targets and ask.wishes.pin is None:
            turn, leader = self._led(target, sieve, occasion)
            occasion = _Occasion(target.name, ask, now, _BEHIND)
        chosen: list[Candidate] = []
        busy: list[Candidate] = []
        resting: list[Candidate] = []
        skipped: list[Skipped] = []
        patient = ask.priority is _BATCH
        for each, sifted in self._drawn(target, sieve, occasion):
            fit = sorted(sifted.fit + sifted.busy) if patient else sifted.fit
            chosen += self._ordered(occasion, each, fit)
            busy += each.some(sifted.busy) if patient else self._ordered(occasion, each, sifted.busy)
            resting += sifted.resting
            skipped += sifted.skipped
        if leader is not None:
            chosen = [leader, *(each for each in chosen if each.deployment.id != leader.deployment.id)]
        chosen = staying_local(chosen, busy) if patient else chosen + busy
        if resting:
            chosen += sieve.last_resort(resting)
        if turn is not None and chosen:
            turn.lead(chosen[0].deployment.provider.name)
        plan = Plan(tuple(chosen[:1] if ask.wishes.pin else chosen), tuple(skipped), turn)
        if len(chosen) == 1 and not skipped and _is_usual(target, chosen[0], ask):
            self._usual[target.name] = plan
        return plan

    def rehearse(self, target: ModelSpec | RouteSpec, ask: Ask, now: float) -> tuple[Plan, list[Decision]]:
        """The plan that `plan` would make now, and how it came about. Nobody's turn is used up."""
        stage = copy.copy(self)
        stage._usual, stage._decisions = {}, []  # noqa: SLF001 - it is one of us
        stage._sites, stage._traffic = copy.deepcopy((self._sites, self._traffic))  # noqa: SLF001
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
            yield found, _all_of(found, sieve) if len(new) == len(found.candidates) else sieve.sift(new)

    def _led(self, target: ModelSpec | RouteSpec, sieve: Sieve, occasion: _Occasion) -> tuple[Turn, Candidate | None]:
        """The turn of a request whose name has targets, and who leads it; None where nobody can be asked now.

        Strategies choose among those whose turn it is, and remember each part by itself: so the others share what is
        left exactly as the strategy has it, however the turns fall.
        """
        route = target if isinstance(target, RouteSpec) else None
        groups = [self._group(name) for name in (route.models if route else (target.name,))]
        steering = self._traffic.of(target.name, target.targets)
        found = standing(
            [(each, _all_of(each, sieve)) for each in groups],
            route.weights if route else (1,),
            targeted=steering.has_target,
            cold=lambda each: self._cold(each, occasion.now),
        )
        turn = steering.elect(found.fit, found.out)
        if not turn.open:
            return turn, None
        mine = _Occasion(occasion.owner, occasion.ask, occasion.now, f"turn of {turn.part}")
        admitted = [
            [index for index in heads if turn.admits(each.provider(index))]
            for each, heads in zip(groups, found.heads, strict=True)
        ]
        eligible = [index for index, indexes in enumerate(admitted) if indexes]
        if route and (len(eligible) > 1 or self._decisions is not None):
            eligible = self._decide(mine, self._route_site(route, mine.part), eligible, self._load(route, groups))
        return turn, self._ordered(mine, groups[eligible[0]], admitted[eligible[0]])[0]

    def _route_order(self, route: RouteSpec, sieve: Sieve, occasion: _Occasion) -> list[str]:
        """The models of a route: those with somebody to ask now as the strategy puts them, then the others."""
        groups = [self._group(name) for name in route.models]
        sifted = [_all_of(each, sieve) for each in groups]
        everyone = range(len(groups))
        eligible = (
            [index for index in everyone if sifted[index].fit]
            or [index for index in everyone if sifted[index].busy]
            or list(everyone)
        )
        if len(eligible) > 1 or self._decisions is not None:
            eligible = self._decide(
                occasion, self._route_site(route, occasion.part), eligible, self._load(route, groups)
            )
        order = eligible + [index for index in everyone if index not in eligible]
        return [route.models[index] for index in order]

    def _ordered(self, occasion: _Occasion, found: Group, eligible: list[int]) -> list[Candidate]:
        """The eligible deployments of one model, as its strategy puts them."""
        if not eligible:
            return []
        candidates = found.candidates
        if len(eligible) == 1 and self._decisions is None:
            return [candidates[eligible[0]][1]]
        order = self._decide(occasion, self._site(occasion, found), eligible, found.load)
        if found.model.rules.prefer_warm:
            order.sort(key=lambda index: self._cold(candidates[index][1], occasion.now))
        return found.some(order)

    def _cold(self, candidate: Candidate, now: float) -> bool:
        """Whether its provider would have to load the model. Not knowing is no reason to go elsewhere."""
        return self._health.warm(candidate.deployment, now) is False

    def _decide(
        self, occasion: _Occasion, place: tuple[Site, Ordering], eligible: Sequence[int], load: Load
    ) -> list[int]:
        site, ordering = place
        scene = Scene(occasion.ask, load, occasion.now, self._draw)
        if self._decisions is None or occasion.part is _BEHIND:
            return ordering.order(eligible, scene)
        shares = ordering.shares(eligible, scene)
        order = ordering.order(eligible, scene)
        self._decisions.append(Decision(site, tuple(eligible), tuple(order), shares))
        return order

    def _site(self, occasion: _Occasion, found: Group) -> tuple[Site, Ordering]:
        # One per (asked name, model): traffic that falls back here must not disturb the shares of direct traffic.
        key = (occasion.owner, found.model.name, occasion.part)
        made = self._sites.get(key)
        if made is None:
            site = Site(occasion.owner, found.model.name, found.model.strategy, found.options)
            made = self._sites[key] = site, self._strategies[found.model.strategy].ordering(site)
        return made

    def _route_site(self, route: RouteSpec, part: str) -> tuple[Site, Ordering]:
        made = self._sites.get((route.name, "", part))
        if made is None:
            site = Site(route.name, "", route.strategy, route_options(self._snapshot, route.models, route.weights))
            made = self._sites[route.name, "", part] = site, self._strategies[route.strategy].ordering(site)
        return made

    def _load(self, route: RouteSpec, groups: Sequence[Group]) -> ModelLoad:
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


def _all_of(found: Group, sieve: Sieve) -> Sifted:
    return sieve.sift_whole(found.model.name, found.candidates)


def _is_usual(target: ModelSpec | RouteSpec, only: Candidate, ask: Ask) -> bool:
    """Whether the same plan will do for other requests: nothing is looked at but what `Planner._holds` looks at."""
    deployment = only.deployment
    return (
        isinstance(target, ModelSpec)
        and ask.wishes is NO_WISHES
        and target.rules is NO_RULES
        and not target.targets
        and deployment.capabilities is None
        and deployment.provider.saturation is None
    )
