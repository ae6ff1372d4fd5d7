"""What pages about models and routes show, made of a picture of the gateway and its config. Pure.

Never an address or a key of the config: names, numbers and states alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sixnines.client.picture import Picture
from sixnines.client.seen import Available, Deployment, Request, Served, Shares
from sixnines.client.tally import HOUR_S, answered_by, since
from sixnines.config.snapshot import ModelSpec, RouteSpec, Snapshot


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model or route.

    Attributes:
        served: who is left for it.
        strategy: in which order its candidates are asked.
        requests: how many asked for it in the last hour, as far as they are remembered.
        available: as it was measured; None where it was not.
    """

    served: Served
    strategy: str
    requests: int
    available: Available | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One deployment of a model.

    Attributes:
        id, provider: of it.
        weight: its part, for strategies that go by weights.
        context_window: tokens, or None if it is not declared.
        state: how it stands; None while the gateway does not tell.
        answered: the part of the answers to this model's requests of the last hour that its provider gave.
        target: the part that it is to give, where config says so.
        is_left: it can be asked.
    """

    id: str
    provider: str
    weight: int
    context_window: int | None
    state: Deployment | None
    answered: float | None
    target: float | None
    is_left: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The deployments of one model: the model's own, or those of a model that it falls back to."""

    name: str
    candidates: list[Candidate]


@dataclass(frozen=True, slots=True)
class Close:
    """One model or route, closer.

    Attributes:
        spec: its config.
        is_route: it chooses among models.
        served: who is left for it.
        own: its own deployments; of a route, those of each of its models.
        fallbacks: those of the models that are asked after them, in order.
        shares: who answered beside who should, where it has targets.
        aliases: further names of it.
        requests: the last ones that asked for it.
    """

    spec: ModelSpec | RouteSpec
    is_route: bool
    served: Served
    own: list[Group]
    fallbacks: list[Group]
    shares: Shares | None
    aliases: list[str]
    requests: list[Request]


def rows(picture: Picture, snapshot: Snapshot) -> list[ModelRow]:
    """All models and routes, in the order of the config."""
    served = () if picture.served is None else picture.served.models
    hour = since(picture.requests, picture.taken_unix_s - HOUR_S)
    measured: dict[tuple[str, str], Available] = {}
    if picture.availability is not None:
        measured |= {("model", each.name): each for each in picture.availability.models}
        measured |= {("route", each.name): each for each in picture.availability.routes}
    return [
        ModelRow(
            each, _strategy(_spec(each, snapshot)), len(_asked(each.name, hour)), measured.get((each.kind, each.name))
        )
        for each in served
    ]


def close(name: str, picture: Picture, snapshot: Snapshot, most: int) -> Close | None:
    """One of them, with at most so many of its last requests; None if there is none of this name."""
    served = () if picture.served is None else picture.served.models
    found = next((each for each in served if each.name == name), None)
    spec = None if found is None else _spec(found, snapshot)
    if found is None or spec is None:
        return None
    requests = _asked(name, picture.requests)
    answered = answered_by(since(requests, picture.taken_unix_s - HOUR_S))
    states = {each.id: each for provider in picture.providers.providers for each in provider.deployments}
    targets = dict(spec.targets)

    def group(model: str) -> Group:
        candidates = [
            Candidate(
                each.id, each.provider.name, each.weight, each.context_window, states.get(each.id),
                answered.get(each.provider.name), targets.get(each.provider.name), each.id in found.left,
            )
            for each in snapshot.models[model].deployments
        ]  # fmt: skip
        return Group(model, candidates)

    is_route = isinstance(spec, RouteSpec)
    own = spec.models if isinstance(spec, RouteSpec) else (spec.name,)
    chain = dict.fromkeys(each for model in own for each in snapshot.models[model].chain if each not in own)
    return Close(
        spec,
        is_route,
        found,
        [group(each) for each in own],
        [group(each) for each in chain],
        next((each for each in picture.shares if (each.name, each.kind) == (name, found.kind)), None),
        sorted(alias for alias, meant in snapshot.aliases.items() if meant == name),
        requests[:most],
    )


def _spec(served: Served, snapshot: Snapshot) -> ModelSpec | RouteSpec | None:
    """None while another worker already goes by another config."""
    return snapshot.routes.get(served.name) if served.kind == "route" else snapshot.models.get(served.name)


def _strategy(spec: ModelSpec | RouteSpec | None) -> str:
    return "" if spec is None else spec.strategy


def _asked(name: str, requests: Iterable[Request]) -> list[Request]:
    return [each for each in requests if name in (each.asked_model, each.model)]
