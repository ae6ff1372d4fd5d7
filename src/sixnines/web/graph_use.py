"""How much each way through the routing graph was used, from the trails of the last requests. Pure.

Counts only what a trail tells without doubt: where it does not say for which model somebody was asked, the attempt is
counted as one that cannot be placed.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sixnines.client.seen import Attempt, Request
from sixnines.client.topology import Model, Route, Topology


class Way(enum.StrEnum):
    """What an edge of the graph means."""

    CHOOSES = "chooses"  # a route has the model
    DEPLOYMENT = "deployment"  # the provider serves the model
    FALLBACK = "fallback"  # the provider serves a fallback of the model


@dataclass(frozen=True, slots=True, order=True)
class EdgeKey:
    """An edge: what it means, from what, to what."""

    way: Way
    source: str
    target: str


@dataclass(slots=True)
class Use:
    """How often an edge was used, and how often that failed."""

    times: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Uses:
    """What was counted.

    Attributes:
        edges: by edge; what was not used is not there.
        requests: how many requests were looked at.
        unplaced: attempts of which nobody can tell for which model they were.
    """

    edges: Mapping[EdgeKey, Use]
    requests: int
    unplaced: int


NOTHING = Uses({}, 0, 0)


def uses(topology: Topology, requests: Iterable[Request]) -> Uses:
    """Count the edges that these requests took."""
    counter = _Counter(topology)
    for request in requests:
        counter.add(request)
    return Uses(counter.found, counter.requests, counter.unplaced)


@dataclass(slots=True)
class _Counter:
    topology: Topology
    found: dict[EdgeKey, Use] = field(default_factory=dict)
    requests: int = 0
    unplaced: int = 0
    models: dict[str, Model] = field(init=False)
    routes: dict[str, Route] = field(init=False)

    def __post_init__(self) -> None:
        self.models = {each.name: each for each in self.topology.models}
        self.routes = {each.name: each for each in self.topology.routes}

    def add(self, request: Request) -> None:
        """One request."""
        self.requests += 1
        asked = request.asked_model or ""
        name = asked if asked in self.models or asked in self.routes else self.topology.aliases.get(asked, "")
        route = self.routes.get(name) if name not in self.models else None
        chosen: dict[str, bool] = {}
        for attempt in request.attempts:
            model = self._stands_for(attempt, request.model, self._members(name, route))
            if model is None:
                self.unplaced += 1
                continue
            failed = attempt.kind not in ("ok", "cancelled")
            own = any(each.id == attempt.deployment for each in model.deployments)
            self._note(EdgeKey(Way.DEPLOYMENT if own else Way.FALLBACK, model.name, attempt.provider), failed=failed)
            chosen[model.name] = chosen.get(model.name, True) and failed
        for model_name, failed in chosen.items() if route is not None else ():
            self._note(EdgeKey(Way.CHOOSES, route.name if route else "", model_name), failed=failed)

    def _members(self, name: str, route: Route | None) -> Sequence[Model] | None:
        """The models that the name stands for; None where the name says nothing (a pattern, or an older config)."""
        if route is not None:
            return [self.models[each.model] for each in route.models if each.model in self.models]
        return [self.models[name]] if name in self.models else None

    def _stands_for(self, attempt: Attempt, answered: str | None, members: Sequence[Model] | None) -> Model | None:
        """For which of the models somebody was asked; None if nobody can tell."""
        said = self.models.get(answered or "") if attempt.kind == "ok" else None
        if members is None:
            members = list(self.models.values())
        if said is not None and said in members:
            return said
        # Of a fallback it is told whose deployment it is; the edge leads from the model that falls back to it.
        own = [each for each in members if said is None and _owns(each, attempt.deployment)]
        falling = [each for each in members if self._falls_to(each, attempt.deployment)]
        found = own or falling
        return found[0] if len(found) == 1 else None

    def _falls_to(self, model: Model, deployment: str) -> bool:
        return any(_owns(self.models[name], deployment) for name in model.fallbacks if name in self.models)

    def _note(self, key: EdgeKey, *, failed: bool) -> None:
        use = self.found.setdefault(key, Use())
        use.times += 1
        use.failed += failed


def _owns(model: Model, deployment: str) -> bool:
    return any(each.id == deployment for each in model.deployments)
