"""The compiled config: frozen, with every look-up prebuilt. The request path reads nothing else of the config.

Made by `config.compile`; never changed afterwards. Secrets are inside the prebuilt header bytes and nowhere else:
no `repr` here shows them.
"""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sixnines.config.secret import Secret
from sixnines.config.text_formats import MAX_NAME
from sixnines.config.unknown_names import unknown_model
from sixnines.domain.allowance import Allowance
from sixnines.domain.capability import Capability
from sixnines.domain.complexity import Complexity, ComplexityWeights
from sixnines.domain.kind import KindInfo
from sixnines.domain.log_file import LogFile
from sixnines.domain.log_settings import ObservingSettings
from sixnines.domain.operation import Operation
from sixnines.domain.origin import Origin
from sixnines.domain.price import Price
from sixnines.domain.retention import Retention
from sixnines.domain.reward import LearningSettings
from sixnines.domain.tier import Tier
from sixnines.errors import UnknownModel


class StreamFailure(enum.StrEnum):
    """What a model does when its stream breaks after the commit point."""

    ERROR = "error"
    CONTINUE = "continue"
    BUFFER = "buffer"


class Expose(enum.StrEnum):
    """How much the answer headers and error trails tell callers."""

    TRAIL = "trail"
    MINIMAL = "minimal"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: TCP and TLS; first content; between contents; the whole request; first content of one that loads."""

    connect_s: float
    first_token_s: float
    idle_s: float
    total_s: float
    loading_s: float


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """Opens after `failures` counted failures within `window_s`, for `open_s`, doubling up to `max_open_s`."""

    failures: int
    window_s: float
    open_s: float
    max_open_s: float


@dataclass(frozen=True, slots=True)
class RetrySettings:
    """Repetitions on the same deployment: at most `ratio` of a provider's recent requests."""

    ratio: float


@dataclass(frozen=True, slots=True)
class AttemptLimits:
    """How a request of a model is tried.

    Attributes:
        attempts: how many calls, over all candidates.
        loading_s: seconds for which an engine that is loading is waited for.
        backoff_s: the longest wait before the first repetition; doubles with each.
        max_backoff_s: the longest wait of all.
    """

    attempts: int
    loading_s: float
    backoff_s: float
    max_backoff_s: float

    def reduced(self, attempts: int) -> "AttemptLimits":
        """The same with so many calls."""
        return replace(self, attempts=attempts)


@dataclass(frozen=True, slots=True)
class HealthSettings:
    """How providers are watched: probes if `active`, looks at the load of those in use, silence that means hung."""

    active: bool
    interval_s: float
    unhealthy_interval_s: float
    load_interval_s: float
    hung_s: float


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """How many requests may wait for a place at a provider, and for how long though another candidate is free."""

    size: int
    wait_s: float


@dataclass(frozen=True, slots=True)
class HedgeSettings:
    """After how many seconds of silence (None: after the 95th percentile) a second candidate is asked as well."""

    after_s: float | None
    max_ratio: float


@dataclass(frozen=True, slots=True)
class Rules:
    """What a model or a route demands of whoever serves it.

    Attributes:
        capabilities: that a deployment must declare.
        context: tokens that its declared window must hold; 0 for any.
        local_only: only local providers.
        prefer_warm: those that hold the model in memory first.
        max_tier_drop: steps down that a candidate's tier may be, or None for any.
    """

    capabilities: frozenset[Capability] = frozenset()
    context: int = 0
    local_only: bool = False
    prefer_warm: bool = False
    max_tier_drop: int | None = None


Targets = tuple[tuple[str, float], ...]
"""Providers, and the shares of a name's requests that they are to serve: each from 0 to 1, at most 1 together."""

NO_RULES = Rules()
"""The rules of whatever has none: the same object, so that looking for rules is looking for another."""


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """The `server` section, with secrets as digests.

    Attributes:
        host, port: where to listen.
        key_digests, admin_key_digest: SHA-256 of each caller key (empty: callers need none); of the admin key, or None.
        max_body, drain_s: bytes; seconds that requests in flight get at shutdown.
        expose: what answers reveal.
        cors_origins: origins that browsers may call from; empty means CORS is off; `*` means any.
        decision_log: where it is recorded who was asked for each request, or None.
        observing, revisions: its log and its traces; how many revisions of this config are kept.
        ui, fault_injection: the web page is served; providers may be broken on purpose.
    """

    host: str
    port: int
    key_digests: frozenset[bytes]
    admin_key_digest: bytes | None
    max_body: int
    drain_s: float
    expose: Expose
    cors_origins: frozenset[str]
    decision_log: LogFile | None = None
    observing: ObservingSettings = ObservingSettings()  # noqa: RUF009 - it is frozen
    revisions: Retention = Retention()  # noqa: RUF009 - it is frozen
    ui: bool = True
    fault_injection: bool = False


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """One upstream.

    Attributes:
        name: as in config.
        kind: the facts of its kind.
        origin: scheme, host, port, TLS.
        base_path: path of the base URL without a trailing slash and without `/v1`; often "".
        post_heads: per operation, the request head up to and including `content-length: `; the number comes next.
        get_head_tail: what follows `GET <base_path><path>` in a probe's head: ` HTTP/1.1` CRLF, all headers, CRLF.
        domains: its failure domain and all that enclose it, innermost first; empty if none is declared.
        optional: its being down is no fault.
        max_in_flight: requests at once, or None for no limit.
        queue: where more of them wait; of size 0 where there is no limit.
        timeouts: the provider's own or the defaults.
        local: what is sent there does not leave the host.
        saturation: the part of its places, or of the engine's, from which on others are asked first; None for never.
        credential: its key, so that what quotes it can be told.
    """

    name: str
    kind: KindInfo
    origin: Origin
    base_path: str
    post_heads: Mapping[Operation, bytes] = field(repr=False)
    get_head_tail: bytes = field(repr=False)
    domains: tuple[str, ...]
    optional: bool
    max_in_flight: int | None
    queue: QueueSettings
    timeouts: Timeouts
    local: bool = False
    saturation: float | None = None
    credential: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DeploymentSpec:
    """One model as one provider serves it.

    Attributes:
        id: `provider/upstream-model`, the stable key of breakers and metrics.
        provider: the upstream, with the model's own time-outs where the model has any.
        upstream_model: the name to ask it for.
        weight: share for the weighted strategies; 0 means only when nothing else is left.
        context_window: tokens for prompt and answer together, or None if not declared.
        capabilities: what it can do beside answering text, or None if not declared.
        price: what it costs, or None if not declared.
    """

    id: str
    provider: ProviderSpec
    upstream_model: str
    weight: int
    context_window: int | None
    capabilities: frozenset[Capability] | None = None
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A public name: deployments in an order chosen by the strategy, then the fallbacks' deployments.

    Attributes:
        name: what callers ask for.
        deployments: in config order; never empty.
        strategy: name of a strategy in the registry.
        chain: this model's fallbacks, flattened depth first in config order, each once, without the model itself.
        stream_failure: the mid-stream contract.
        min_tokens_per_s: the pace under which an answer that nobody has seen yet is given up, or None.
        hedge: when a second candidate is asked as well, or None for never.
        context_window: the declared window, or None.
        tier: the declared quality tier, or None.
        limits: how often and how quickly a request is tried.
        timeouts: for the request as a whole (`total_s`); the others are in the deployments' providers already.
        rules: what it demands of whoever serves it.
        targets: providers, and the shares of its requests that they are to serve.
        learning: how it is learned which deployment is best; None where nothing is learned.
    """

    name: str
    deployments: tuple[DeploymentSpec, ...]
    strategy: str
    chain: tuple[str, ...]
    stream_failure: StreamFailure
    min_tokens_per_s: float | None
    hedge: HedgeSettings | None
    context_window: int | None
    tier: Tier | None
    limits: AttemptLimits
    timeouts: Timeouts
    rules: Rules = NO_RULES
    targets: Targets = ()
    learning: LearningSettings | None = None


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """A capability that chooses among models.

    Attributes:
        name: what callers ask for.
        strategy: name of a strategy in the registry.
        models: their names, in config order.
        weights: of each model, 1 unless config says otherwise.
        rules: what it demands of whoever serves it.
        targets: providers, and the shares of its requests that they are to serve.
        complexities: the requests that each model is meant for, None where config does not say; empty for None for all.
        learning: how it is learned which of the models is best; None where nothing is learned.
    """

    name: str
    strategy: str
    models: tuple[str, ...]
    weights: tuple[int, ...]
    rules: Rules = NO_RULES
    targets: Targets = ()
    complexities: tuple[Complexity | None, ...] = ()
    learning: LearningSettings | None = None


@dataclass(frozen=True, slots=True)
class PatternSpec:
    """Names that match the whole regular expression mean `target` (a model or a route)."""

    regex: re.Pattern[str]
    target: str


class How(enum.StrEnum):
    """By what a name came to its meaning, in the order in which they are tried."""

    EXACT = "exact"  # the name of a model
    ROUTE = "route"  # the name of a route
    ALIAS = "alias"
    PATTERN = "pattern"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name means, and by what; `pattern` is the regular expression where it was one."""

    target: ModelSpec | RouteSpec
    how: How
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One compiled config.

    Attributes:
        digest: SHA-256 of the source document, hex.
        server: the server section.
        breaker: for every deployment.
        retries: for every provider.
        health: how all of them are watched.
        providers, models, routes: by name, in config order.
        patterns: in config order.
        default_model: what an unknown name means, or None.
        aliases: further names, and the models or routes that they mean.
        complexity: how the complexity of requests is scored.
        availability: the share of requests that are to be answered, by model and route, and under "" of all of them.
        allowance: the budget of the gateway, or None.
    """

    digest: str
    server: ServerSpec
    breaker: BreakerSettings
    retries: RetrySettings
    health: HealthSettings
    providers: Mapping[str, ProviderSpec]
    models: Mapping[str, ModelSpec]
    routes: Mapping[str, RouteSpec]
    patterns: tuple[PatternSpec, ...]
    default_model: str | None
    aliases: Mapping[str, str] = field(default_factory=dict)
    complexity: ComplexityWeights = field(default_factory=ComplexityWeights)
    availability: Mapping[str, float] = field(default_factory=dict)
    allowance: Allowance | None = None

    def resolve(self, name: str) -> ModelSpec | RouteSpec | None:
        """What `name` means; None if it means nothing."""
        if name in self.models:  # every request: of a read-only mapping `get` takes three times as long
            return self.models[name]
        if name in self.routes:
            return self.routes[name]
        meaning = self.meaning(name)
        return None if meaning is None else meaning.target

    def meaning(self, name: str) -> Meaning | None:
        """The same with the reason: exact model, route, alias, first pattern that matches, default."""
        if (model := self.models.get(name)) is not None:
            return Meaning(model, How.EXACT)
        if (route := self.routes.get(name)) is not None:
            return Meaning(route, How.ROUTE)
        if (meant := self.aliases.get(name)) is not None:
            return self._meaning(meant, How.ALIAS)
        # `regex_cost` bounds the time of a pattern for names of this length; nobody calls a model by a longer one.
        for pattern in self.patterns if len(name) <= MAX_NAME else ():
            if pattern.regex.fullmatch(name):
                return self._meaning(pattern.target, How.PATTERN, pattern.regex.pattern)
        return None if self.default_model is None else self._meaning(self.default_model, How.DEFAULT)

    def _meaning(self, name: str, how: How, pattern: str | None = None) -> Meaning | None:
        found = self.models.get(name) or self.routes.get(name)
        return None if found is None else Meaning(found, how, pattern)

    def require(self, name: str) -> ModelSpec | RouteSpec:
        """What `name` means.

        Raises:
            UnknownModel: nothing; the message names the nearest.
        """
        found = self.resolve(name)
        if found is None:
            raise self.unknown(name)
        return found

    def unknown(self, name: str) -> UnknownModel:
        """What to say of a name that means nothing."""
        return unknown_model(name, [*self.models, *self.routes, *self.aliases])
