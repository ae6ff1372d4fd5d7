"""The plan of one request: candidates in order, and what was passed over with its reason.

Pure but for what the strategies remember, which it owns. Never does I/O, never reads a clock.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from sixnines.config.snapshot import NO_RULES, ModelSpec, RouteSpec, Snapshot
from sixnines.domain.attempt import Passed, Skipped
from sixnines.domain.priority import Priority
from sixnines.domain.tier import Tier
from sixnines.domain.wishes import NO_WISHES
from sixnines.routing.ask import Ask
from sixnines.routing.candidate import Candidate, Plan
from sixnines.routing.chances import Chances, combined, within_model
from sixnines.routing.deciding import BEHIND, Decider, Decision, Occasion
from sixnines.routing.groups import Group, ModelLoad, group
from sixnines.routing.interface import Strategy
from sixnines.routing.patience import staying_local
from sixnines.routing.sieve import Health, Sieve, Sifted, cannot
from sixnines.routing.standing import standing
from sixnines.routing.targets import Traffic, Turn

# Looked up once: on Python 3.11 that takes as long as a call.
_BATCH = Priority.BATCH
_OUT = Passed.OUT

Told = Mapping[str, Sifted]
"""The candidates of a name's own models, told apart."""


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
        self._health = health
        self._draw = draw
        self._traffic = traffic or Traffic()
        self._decider = Decider(snapshot, strategies, draw)
        self._usual: dict[str, Plan] = {}
        self._made: dict[str, Group] = {}
        self._route_loads: dict[str, ModelLoad] = {}

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
        told = self._told(target, sieve)
        turn = leader = None
        occasion = Occasion(target.name, ask, now)
        if target.targets and ask.wishes.pin is None:
            turn, leader = self._led(target, told, occasion)
            occasion = Occasion(target.name, ask, now, BEHIND)
        chosen: list[Candidate] = []
        busy: list[Candidate] = []
        resting: list[Candidate] = []
        skipped: list[Skipped] = []
        patient = ask.priority is _BATCH
        drawn = list(self._drawn(target, sieve, told, occasion))
        for each, sifted in drawn:
            fit = sorted(sifted.fit + sifted.busy) if patient else sifted.fit
            chosen += self._ordered(occasion, each, fit, leads=not chosen)
            resting += sifted.resting
            skipped += sifted.skipped
        for each, sifted in drawn:
            if sifted.busy:
                leads = not (chosen or busy)
                busy += each.some(sifted.busy) if patient else self._ordered(occasion, each, sifted.busy, leads=leads)
        if leader is not None:
            chosen = [leader, *(each for each in chosen if each.deployment.id != leader.deployment.id)]
        chosen = staying_local(chosen, busy) if patient else chosen + busy
        if resting:
            chosen += sieve.last_resort(resting)
        if turn is not None and chosen:
            turn.lead(chosen[0].deployment.provider.name)
        skipped = _once(skipped, chosen)
        plan = Plan(tuple(chosen[:1] if ask.wishes.pin else chosen), tuple(skipped), turn)
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
        decider, traffic = self._decider.rehearsing(target.name), copy.deepcopy(self._traffic)
        stage = Planner(self._snapshot, {}, health or self._health, self._draw, traffic=traffic)
        stage._decider = decider
        if health is None:
            stage._made, stage._route_loads = self._made, self._route_loads
        chances = stage.chances(target, ask, now)
        decider.decisions = []
        return Rehearsal(stage.plan(target, ask, now), decider.decisions, chances)

    def chances(self, target: ModelSpec | RouteSpec, ask: Ask, now: float) -> Chances | None:
        """How often each deployment is expected to be asked first, for requests like this one as things are.

        None where it depends on what else goes on (traffic targets, too, and who can wait while somebody is saturated),
        and where nobody can be asked at once of the models of a route. Nobody's turn is used up.
        """
        if target.targets:
            return None
        patient = ask.priority is _BATCH
        sieve = Sieve(self._health, ask, target.rules, best=self._best_tier(target, ask), now=now)
        told = self._told(target, sieve)
        occasion = Occasion(target.name, ask, now)
        if patient and any(each.busy for each in told.values()):
            return None
        if isinstance(target, RouteSpec):
            return self._route_chances(target, told, occasion)
        drawn = list(self._drawn(target, sieve, told, occasion))
        if patient and any(each.busy for _, each in drawn):
            return None
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

    def _told(self, target: ModelSpec | RouteSpec, sieve: Sieve) -> Told:
        return {name: sieve.sift(self._group(name).candidates) for name in _own(target)}

    def _drawn(
        self, target: ModelSpec | RouteSpec, sieve: Sieve, told: Told, occasion: Occasion
    ) -> Iterator[tuple[Group, Sifted]]:
        """The groups to draw on, in order, told apart; each deployment in the first group in which it may be asked."""
        if isinstance(target, RouteSpec):
            names = self._route_order(target, told, occasion)
            chains = (self._snapshot.models[name].chain for name in names)
            names = list(dict.fromkeys((*names, *(each for chain in chains for each in chain))))
        else:
            names = [target.name, *target.chain]
        seen: set[str] = set()
        for found in map(self._group, names):
            own = told.get(found.model.name)
            if seen.isdisjoint(found.ids):
                sifted = sieve.sift(found.candidates) if own is None else own
            else:
                sifted = sieve.sift(each for each in found.candidates if each[1].deployment.id not in seen)
            yield found, sifted
            # What one model declares may leave out a deployment that does well enough for the next.
            seen |= found.ids.difference(each.deployment for each in sifted.skipped if each.passed is _OUT)

    def _led(self, target: ModelSpec | RouteSpec, told: Told, occasion: Occasion) -> tuple[Turn, Candidate | None]:
        """The turn of a request whose name has targets, and who leads it; None where nobody can be asked now.

        Strategies choose among those whose turn it is, and remember each part by itself: so the others share what is
        left exactly as the strategy has it, however the turns fall.
        """
        route = target if isinstance(target, RouteSpec) else None
        groups = [self._group(name) for name in _own(target)]
        steering = self._traffic.of(target.name, target.targets)
        found = standing(
            [(each, told[each.model.name]) for each in groups],
            route.weights if route else (1,),
            targeted=steering.has_target,
            cold=lambda each: self._cold(each, occasion.now),
        )
        turn = steering.elect(found.fit, found.out)
        if not turn.open:
            return turn, None
        mine = Occasion(occasion.owner, occasion.ask, occasion.now, f"turn of {turn.part}")
        admitted = [
            [index for index in heads if turn.admits(each.provider(index))]
            for each, heads in zip(groups, found.heads, strict=True)
        ]
        eligible = [index for index, indexes in enumerate(admitted) if indexes]
        if route:
            eligible = self._decider.models(mine, route, eligible, self._route_load(route))
        return turn, self._ordered(mine, groups[eligible[0]], admitted[eligible[0]], leads=True)[0]

    def _route_order(self, route: RouteSpec, told: Told, occasion: Occasion) -> list[str]:
        """The models of a route: those with somebody to ask now as the strategy puts them, then the others."""
        sifted = [told[name] for name in route.models]
        eligible = self._decider.models(occasion, route, _eligible(sifted), self._route_load(route))
        everyone = range(len(sifted))
        order = eligible if len(eligible) == len(everyone) else dict.fromkeys((*eligible, *everyone))
        return [route.models[index] for index in order]

    def _ordered(self, occasion: Occasion, found: Group, eligible: list[int], *, leads: bool) -> list[Candidate]:
        """The eligible deployments of one model, as its strategy puts them."""
        if not eligible:
            return []
        order = self._decider.deployments(occasion, found, eligible, leads=leads)
        if found.model.rules.prefer_warm:
            order.sort(key=lambda index: self._cold(found.candidates[index][1], occasion.now))
        return found.some(order)

    def _cold(self, candidate: Candidate, now: float) -> bool:
        """Whether its provider would have to load the model. Not knowing is no reason to go elsewhere."""
        return self._health.warm(candidate.deployment, now) is False

    def _route_chances(self, route: RouteSpec, told: Told, occasion: Occasion) -> Chances | None:
        sifted = [told[name] for name in route.models]
        eligible = _eligible(sifted)
        if not sifted[eligible[0]].fit:
            return None
        shares = self._decider.shares_of_models(occasion, route, eligible, self._route_load(route))
        if shares is None:
            return None
        return combined(
            (share, self._model_chances(occasion, self._group(route.models[at]), sifted[at].fit))
            for share, at in zip(shares, eligible, strict=True)
        )

    def _model_chances(self, occasion: Occasion, found: Group, able: list[int]) -> Chances | None:
        """The chances of one model's deployments, once the model is the one to ask."""
        shares = self._decider.shares_of_deployments(occasion, found, able)
        warm = [not found.model.rules.prefer_warm or not self._cold(each, occasion.now) for each in found.some(able)]
        return within_model([each.deployment.id for each in found.some(able)], shares, warm)

    def _route_load(self, route: RouteSpec) -> ModelLoad:
        made = self._route_loads.get(route.name)
        if made is None:
            made = self._route_loads[route.name] = ModelLoad(self._health, [self._group(name) for name in route.models])
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
        tiers = [tier for name in _own(target) if (tier := self._snapshot.models[name].tier) is not None]
        return min(tiers, key=lambda tier: tier.step, default=None)


def _own(target: ModelSpec | RouteSpec) -> tuple[str, ...]:
    """The models that a name stands for, without their fallbacks."""
    return target.models if isinstance(target, RouteSpec) else (target.name,)


def _once(skipped: list[Skipped], chosen: Sequence[Candidate]) -> list[Skipped]:
    """Each deployment with one reason, and none that is left out for one model and asked for another."""
    if not skipped:
        return skipped
    asked = {each.deployment.id for each in chosen}
    found: dict[str, Skipped] = {}
    for each in skipped:
        if each.passed is not _OUT:
            found[each.deployment] = each
        elif each.deployment not in asked:
            found.setdefault(each.deployment, each)
    return list(found.values())


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
        and not target.targets
        and deployment.capabilities is None
        and deployment.provider.saturation is None
    )
