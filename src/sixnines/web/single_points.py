"""What of a config hangs on one thing: names of which all that may answer lies at one provider, or in one domain. Pure.

Goes by what config declares: providers without a failure domain count as failing each by itself. Never says that
anything is safe: what nobody has declared to share a fate may share one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sixnines.client.topology import Model, Topology

_EXAMPLES = 3


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A `model` or a `route`."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Point:
    """A single point of failure: a `provider`, or a `domain` with several."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Hanging:
    """What one point takes away when it fails.

    Attributes:
        point: it.
        names: models and routes that nobody else can answer.
        providers: those of the point.
        elsewhere: models that have a deployment outside of it, those that are always there first; a few.
        spare: providers outside of it; none where config has no other.
    """

    point: Point
    names: tuple[Name, ...]
    providers: tuple[str, ...]
    elsewhere: tuple[str, ...]
    spare: tuple[str, ...]

    @property
    def advice(self) -> str:
        """What to do about it."""
        whom = "it" if len(self.names) == 1 else "them"
        where = f"outside {self.point.kind} {self.point.name}"
        if not self.spare:
            return f"Config has no provider {where}: add one, and a model there as a fallback."
        if not self.elsewhere:
            return f"Give {whom} a deployment or a fallback {where}, at {_or(self.spare[:_EXAMPLES])} for example."
        return f"Give {whom} a deployment or a fallback {where}: {_or(self.elsewhere)} for example."


def answering(topology: Topology) -> dict[Name, tuple[str, ...]]:
    """The providers that may answer each model and route, own deployments first."""
    models = {each.name: each for each in topology.models}
    found = {Name("model", each.name): _once(_of_model(each, models)) for each in topology.models}
    for route in topology.routes:
        members = [models[each.model] for each in route.models if each.model in models]
        found[Name("route", route.name)] = _once(name for each in members for name in _of_model(each, models))
    return found


def point_of(providers: Sequence[str], domains: Mapping[str, Sequence[str]]) -> Point | None:
    """What takes all of them away at once, the smallest such thing; None where nothing does.

    Args:
        providers: that may answer; each once.
        domains: of each provider, the innermost first.
    """
    if not providers:
        return None
    if len(providers) == 1:
        return Point("provider", providers[0])
    first, *others = (domains.get(each, ()) for each in providers)
    return next((Point("domain", each) for each in first if all(each in other for other in others)), None)


def points(topology: Topology) -> dict[Name, Point]:
    """The single point of failure of everything that has one."""
    domains = {each.name: each.domains for each in topology.providers}
    found = {name: point_of(providers, domains) for name, providers in answering(topology).items()}
    return {name: point for name, point in found.items() if point is not None}


def hanging(topology: Topology) -> list[Hanging]:
    """Every point with what hangs on it: the one with the most first."""
    by_point: dict[Point, list[Name]] = {}
    for name, point in points(topology).items():
        by_point.setdefault(point, []).append(name)
    found = [_hanging(point, names, topology) for point, names in by_point.items()]
    return sorted(found, key=lambda each: -len(each.names))


def _hanging(point: Point, names: Sequence[Name], topology: Topology) -> Hanging:
    inside = [
        each for each in topology.providers
        if (each.name == point.name if point.kind == "provider" else point.name in each.domains)
    ]  # fmt: skip
    outside = sorted((each for each in topology.providers if each not in inside), key=lambda each: each.optional)
    spare = tuple(each.name for each in outside)
    rank = {name: at for at, name in enumerate(spare)}
    placed = [
        (min((rank[each.provider] for each in model.deployments if each.provider in rank), default=None), model.name)
        for model in topology.models
    ]
    near = sorted((at, name) for at, name in placed if at is not None)
    elsewhere = tuple(name for _, name in near[:_EXAMPLES])
    return Hanging(point, tuple(names), tuple(each.name for each in inside), elsewhere, spare)


def _of_model(model: Model, models: Mapping[str, Model]) -> Iterator[str]:
    for each in (model, *(models[name] for name in model.fallbacks if name in models)):
        for deployment in each.deployments:
            yield deployment.provider


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _or(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
