"""Version 1 of the config, continued from `document.py`: models, routes and patterns.

The same holds here: never a key that nothing acts on.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, field

from sixnines.config.fields import (
    Attempts,
    Dollars,
    Duration,
    HedgeAfter,
    Name,
    Percent,
    Rate,
    Ratio,
    RegexText,
    Target,
    TierSteps,
    Tokens,
    UpstreamModel,
    Weight,
)
from sixnines.config.learning_section import Adaptive
from sixnines.config.snapshot import StreamFailure
from sixnines.domain.capability import Capability
from sixnines.domain.complexity import Complexity
from sixnines.domain.tier import Tier


class ProviderTimeouts(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait for one provider. What is left out comes from `defaults.timeouts`.

    Attributes:
        connect: For the connection, TLS included.
        first_token: For the first content of an answer.
        idle: For the next content, once some has come.
        loading: For the first content while the engine says that it is loading its model.
    """

    connect_s: Duration | None = field(name="connect", default=None)
    first_token_s: Duration | None = field(name="first_token", default=None)
    idle_s: Duration | None = field(name="idle", default=None)
    loading_s: Duration | None = field(name="loading", default=None)


class ModelTimeouts(ProviderTimeouts, frozen=True, kw_only=True):
    """How long to wait for one model. What is left out comes from the provider, then from `defaults.timeouts`.

    Attributes:
        connect: For the connection to a provider, TLS included.
        first_token: For the first content of an answer.
        idle: For the next content, once some has come.
        loading: For the first content while the engine says that it is loading its model.
        total: For the whole request, over all attempts.
    """

    total_s: Duration | None = field(name="total", default=None)


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What tokens cost, in US dollars per million tokens.

    Attributes:
        input: Of the prompt.
        output: Of the answer.
        cached_input: Of the part of the prompt that the provider says it had in its cache. Left out: as `input`.
    """

    input: Dollars
    output: Dollars
    cached_input: Dollars | None = None


class Require(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment must declare to be asked.

    Attributes:
        tools: It can call tools.
        vision: It understands pictures.
        json_schema: It keeps to a JSON schema.
        context: Its window holds so many tokens.
    """

    tools: bool = False
    vision: bool = False
    json_schema: bool = False
    context: Tokens | None = None


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """One model as one provider serves it.

    Attributes:
        provider: The provider's name in this file.
        model: The name that the provider knows the model by.
        weight: Its share under a strategy that weighs, 1 unless given; 0: only when nothing else is left.
        context_window: Tokens for prompt and answer together; the model's unless given.
        capabilities: What it can do beside answering text; the model's unless given.
        price: What it costs; the model's unless given.
    """

    provider: Name
    model: UpstreamModel
    weight: Weight | None = None
    context_window: Tokens | None = None
    capabilities: tuple[Capability, ...] | None = None
    price: Price | None = None


class Hedge(msgspec.Struct, frozen=True, kw_only=True):
    """A second candidate is asked while the first is silent; the first content wins, the other call is cancelled.

    Attributes:
        after: How long the first candidate may be silent: a time such as `800ms`, or `p95`: longer than 95 of 100 of
            its recent answers took to begin.
        max_ratio: Of the model's requests, so many may be hedged.
    """

    after: HedgeAfter
    max_ratio: Ratio = 0.05


class ModelAvailability(msgspec.Struct, frozen=True, kw_only=True):
    """How available it is to be, where that is another share than `defaults.availability`.

    Attributes:
        target: Percent of its requests that are to be answered.
    """

    target: Percent


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A name that callers ask for.

    Attributes:
        deployments: Who serves it.
        aliases: Other names for it.
        strategy: How the order of the deployments is chosen.
        targets: Shares of this model's requests that providers are to serve, by the provider's name; what is left of 1
            is for the other providers, as the strategy puts them.
        adaptive: How the strategy `adaptive` learns, or learns in the shadow of another one.
        context_window: Tokens for prompt and answer together. A request that needs more is not sent there.
        capabilities: What it can do beside answering text. A request that needs something else is not sent there. Left
            out: nothing is known, and anything is sent. `embeddings` is for `sixnines verify`: it asks for some, and
            for nothing else where that is all that stands here.
        price: What it costs. Left out: nothing at a local provider, and unknown elsewhere.
        require: What a deployment must declare to be asked, also for the fallbacks.
        local_only: The data may not leave the host: only local providers are asked, also for the fallbacks.
        prefer_warm: Deployments whose provider holds the model in memory go first, where the provider tells.
        max_tier_drop: So many steps down from this model's tier (or the one that the caller asked for) a fallback may
            be. Left out: any.
        fallbacks: Models to go on with when no deployment answered, and then with theirs.
        stream_failure: When a stream breaks after its first content: `error` ends it with an error event; `continue`
            has another candidate go on from there where that is possible (plain text), and is `error` where it is not;
            `buffer` holds the answer back until it is complete, so that another candidate can still take over.
        min_tokens_per_s: An answer of which the caller has seen nothing yet, and that grows more slowly than this for
            five seconds, is given up for another candidate. Left out: no limit.
        hedge: Ask a second candidate when the first is slow. Left out: never.
        tier: How good it is; `check` warns where a fallback is more than one step worse.
        attempts: How many times a request is tried, over all candidates; `defaults.attempts` unless given.
        timeouts: How long to wait.
        availability: How available it is to be; `defaults.availability` unless given.
    """

    deployments: Annotated[tuple[Deployment, ...], Meta(min_length=1)]
    aliases: tuple[Name, ...] = ()
    strategy: str = "ordered"
    targets: dict[Name, Target] = {}
    adaptive: Adaptive | None = None
    context_window: Tokens | None = None
    capabilities: tuple[Capability, ...] | None = None
    price: Price | None = None
    require: Require | None = None
    local_only: bool = False
    prefer_warm: bool = False
    max_tier_drop: TierSteps | None = None
    fallbacks: tuple[Name, ...] = ()
    stream_failure: StreamFailure = StreamFailure.ERROR
    min_tokens_per_s: Rate | None = None
    hedge: Hedge | None = None
    tier: Tier | None = None
    attempts: Attempts | None = None
    timeouts: ModelTimeouts = ModelTimeouts()
    availability: ModelAvailability | None = None


class RouteModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model that a route may choose, with its share.

    Attributes:
        model: The model's name in this file.
        weight: Its share under a strategy that weighs; 1 unless given.
        complexity: The requests that it is meant for, under the strategy `complexity`; by its tier unless given.
    """

    model: Name
    weight: Weight | None = None
    complexity: Complexity | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A name that chooses among models, such as a capability.

    Attributes:
        models: The models: names, or names with weights.
        aliases: Other names for it.
        strategy: How the order of the models is chosen.
        targets: Shares of this route's requests that providers are to serve, by the provider's name; what is left of 1
            is for the other providers, as the strategy puts them.
        adaptive: How the strategy `adaptive` learns, or learns in the shadow of another one.
        require: What a deployment must declare to be asked.
        local_only: The data may not leave the host: only local providers are asked.
        max_tier_drop: So many steps down from the best tier of these models (or the one that the caller asked for) a
            candidate may be. Left out: any.
        availability: How available it is to be; `defaults.availability` unless given.
    """

    models: Annotated[tuple[Name | RouteModel, ...], Meta(min_length=1)]
    aliases: tuple[Name, ...] = ()
    strategy: str = "ordered"
    targets: dict[Name, Target] = {}
    adaptive: Adaptive | None = None
    require: Require | None = None
    local_only: bool = False
    max_tier_drop: TierSteps | None = None
    availability: ModelAvailability | None = None


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """A family of names.

    Attributes:
        match: Regular expression (Python's) for the whole name.
        model: The model or route that such names mean.
    """

    match: RegexText
    model: Name
