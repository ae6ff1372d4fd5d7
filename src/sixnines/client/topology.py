"""What a gateway's config lets go where, as its admin page says it. Values only.

Never stricter than it must be, as `client.seen`: another version can be watched too.
"""

import msgspec


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A provider, and the failure domains around it, the innermost first: see `GET /admin/v1/topology`."""

    name: str
    kind: str = ""
    optional: bool = False
    local: bool = False
    domains: tuple[str, ...] = ()


class Deployed(msgspec.Struct, frozen=True, kw_only=True):
    """A model as a provider serves it."""

    id: str
    provider: str
    weight: int = 1


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A model: its own deployments, and the models of its fallbacks in the order in which they are asked."""

    name: str
    strategy: str = ""
    deployments: tuple[Deployed, ...] = ()
    fallbacks: tuple[str, ...] = ()


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A model of a route."""

    model: str
    weight: int = 1


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A route: the models among which it chooses."""

    name: str
    strategy: str = ""
    models: tuple[Chosen, ...] = ()


class Topology(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /admin/v1/topology`."""

    digest: str = ""
    expose: str = "trail"
    providers: tuple[Place, ...] = ()
    models: tuple[Model, ...] = ()
    routes: tuple[Route, ...] = ()
    aliases: dict[str, str] = {}
    default_model: str | None = None
