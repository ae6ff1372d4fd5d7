"""The compiled config: frozen, with every look-up prebuilt. The request path reads nothing else of the config.

Made by `config.compile`; never changed afterwards. Secrets are inside the prebuilt header bytes and nowhere else:
no `repr` here shows them.
"""

import difflib
import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from sixnines.config.text_formats import MAX_NAME
from sixnines.domain.kind import KindInfo
from sixnines.domain.operation import Operation
from sixnines.domain.origin import Origin
from sixnines.errors import UnknownModel

# Of a name that a caller sent, in messages.
_LONGEST_SHOWN: Final = 100


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
    """Seconds: TCP and TLS; first content; between contents; the whole request over all attempts; first content while
    the engine says that it is loading.
    """

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
    """How providers are watched: probes (if `active`) every so many seconds, and when silence means hung."""

    active: bool
    interval_s: float
    unhealthy_interval_s: float
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
class ServerSpec:
    """The `server` section, with secrets as digests.

    Attributes:
        host, port: where to listen.
        key_digests: SHA-256 of each caller key; empty means callers need no key.
        admin_key_digest: SHA-256 of the admin key, or None.
        max_body: bytes.
        drain_s: seconds that requests in flight get at shutdown.
        expose: what answers reveal.
        cors_origins: origins that browsers may call from; empty means CORS is off; `*` means any.
    """

    host: str
    port: int
    key_digests: frozenset[bytes]
    admin_key_digest: bytes | None
    max_body: int
    drain_s: float
    expose: Expose
    cors_origins: frozenset[str]


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """One upstream.

    Attributes:
        name: as in config.
        kind: the facts of its kind.
        origin: scheme, host, port, TLS.
        base_path: path of the base URL without a trailing slash and without `/v1`; often "".
        post_heads: per operation, the request head up to and including `content-length: `
            (then: the decimal length, CRLF CRLF).
        get_head_tail: what follows `GET <base_path><path>` in a probe's head: ` HTTP/1.1` CRLF, all headers, CRLF.
        domains: its failure domain and all that enclose it, innermost first; empty if none is declared.
        optional: its being down is no fault.
        max_in_flight: requests at once, or None for no limit.
        queue: where more of them wait; of size 0 where there is no limit.
        timeouts: the provider's own or the defaults.
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


@dataclass(frozen=True, slots=True)
class DeploymentSpec:
    """One model as one provider serves it.

    Attributes:
        id: `provider/upstream-model`, the stable key of breakers and metrics.
        provider: the upstream, with the model's own time-outs where the model has any.
        upstream_model: the name to ask it for.
        weight: share for the weighted strategies; 0 means only when nothing else is left.
        context_window: tokens for prompt and answer together, or None if not declared.
    """

    id: str
    provider: ProviderSpec
    upstream_model: str
    weight: int
    context_window: int | None


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
    """

    name: str
    deployments: tuple[DeploymentSpec, ...]
    strategy: str
    chain: tuple[str, ...]
    stream_failure: StreamFailure
    min_tokens_per_s: float | None
    hedge: HedgeSettings | None
    context_window: int | None
    tier: str | None
    limits: AttemptLimits
    timeouts: Timeouts


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """A capability that chooses among models. `weights` go with `models`, 1 each unless config says otherwise."""

    name: str
    strategy: str
    models: tuple[str, ...]
    weights: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PatternSpec:
    """Names that match the whole regular expression mean `target` (a model or a route)."""

    regex: re.Pattern[str]
    target: str


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

    def resolve(self, name: str) -> ModelSpec | RouteSpec | None:
        """What `name` means: exact model, route, first pattern that matches, default; None if nothing does."""
        found = self.models.get(name) or self.routes.get(name)
        if found is not None:
            return found
        # `regex_cost` bounds the time of a pattern for names of this length; nobody calls a model by a longer one.
        for pattern in self.patterns if len(name) <= MAX_NAME else ():
            if pattern.regex.fullmatch(name):
                return self.models.get(pattern.target) or self.routes.get(pattern.target)
        if self.default_model is None:
            return None
        return self.models.get(self.default_model) or self.routes.get(self.default_model)

    def require(self, name: str) -> ModelSpec | RouteSpec:
        """What `name` means.

        Raises:
            UnknownModel: nothing; the message names the nearest.
        """
        found = self.resolve(name)
        if found is not None:
            return found
        nearest = self.nearest(name)
        hint = f" Did you mean {' or '.join(f'`{each}`' for each in nearest)}?" if nearest else ""
        shown = name if len(name) <= _LONGEST_SHOWN else name[:_LONGEST_SHOWN] + "..."
        raise UnknownModel(f"The model `{shown}` does not exist.{hint} GET /v1/models lists all.", param="model")

    def nearest(self, name: str, count: int = 3) -> list[str]:
        """The declared names most like `name`, best first."""
        return difflib.get_close_matches(name[:_LONGEST_SHOWN], [*self.models, *self.routes], n=count, cutoff=0.5)
