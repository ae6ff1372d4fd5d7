"""What pages about providers show, made of a picture of the gateway. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sixnines.client.picture import Picture
from sixnines.client.seen import Attempt, Available, Provider, Request
from sixnines.client.tally import HOUR_S, FirstContent, answered_by, ended_unix_s, first_contents, since
from sixnines.client.verdict import Seen, seen


@dataclass(frozen=True, slots=True)
class Failed:
    """One call of a provider that failed, and the request that it was for."""

    request: Request
    attempt: Attempt
    ended_unix_s: float


@dataclass(frozen=True, slots=True)
class Tried:
    """What was asked of a provider in the last hour, as far as requests are remembered."""

    calls: int
    failures: int


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """One provider.

    Attributes:
        provider, now: as the gateway tells it, and what of it an operator should see.
        tried: in the last hour.
        share: the part of all answers that it gave in the last hour; None if it gave none.
        first: how long its streams took to begin.
        available: as it was measured; None where it was not.
    """

    provider: Provider
    now: Seen
    tried: Tried
    share: float | None
    first: FirstContent | None
    available: Available | None


def rows(picture: Picture) -> list[ProviderRow]:
    """All providers, in the order of the config."""
    hour = since(picture.requests, picture.taken_unix_s - HOUR_S)
    shares, times = answered_by(hour), first_contents(hour)
    measured = {} if picture.availability is None else {each.name: each for each in picture.availability.providers}
    return [
        ProviderRow(
            each, seen(each), _tried(each.name, hour), shares.get(each.name), times.get(each.name),
            measured.get(each.name),
        )
        for each in picture.providers.providers
    ]  # fmt: skip


def failures(name: str, requests: Sequence[Request]) -> Iterator[Failed]:
    """The calls of a provider that failed, of the request that ended last first."""
    for request in requests:
        for attempt in request.attempts:
            if attempt.provider == name and attempt.kind != "ok":
                yield Failed(request, attempt, ended_unix_s(request))


def models_of(name: str, picture: Picture) -> list[str]:
    """The models and routes that this provider serves as one of their own."""
    served = () if picture.served is None else picture.served.models
    return [each.name for each in served if any(id_.partition("/")[0] == name for id_ in each.deployments)]


def _tried(name: str, requests: Sequence[Request]) -> Tried:
    own = [each for request in requests for each in request.attempts if each.provider == name]
    return Tried(len(own), sum(each.kind != "ok" for each in own))
