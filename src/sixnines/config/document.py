"""Version 1 of the config as frozen Structs: the shape, the defaults and the meaning of every key.

Never a key that nothing acts on: whatever stands here is read by `compile.py` or by a check. The docstrings are the
source of the JSON Schema's descriptions and of `docs/reference/config.md`.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec
from msgspec import field

from sixnines.config.diagnostics import DocumentPath
from sixnines.config.fields import (
    Attempts,
    BaseUrlText,
    BodySize,
    BudgetDollars,
    Count,
    Days,
    Duration,
    FileSize,
    Grace,
    Kept,
    ListenText,
    Name,
    OriginText,
    PathText,
    Percent,
    QueueSize,
    Ratio,
    RevisionsKept,
    Saturation,
    SecretText,
)
from sixnines.config.model_sections import Model, Pattern, ProviderTimeouts, Route
from sixnines.config.observing_sections import Log, Tracing
from sixnines.config.service_section import Service
from sixnines.config.snapshot import Expose
from sixnines.domain.allowance import Period
from sixnines.domain.complexity import ComplexityWeights


class DecisionLog(msgspec.Struct, frozen=True, kw_only=True):
    """Who was asked for each request and why, as lines of JSON: what `sixnines replay` runs against another config.

    Numbers and names, never a prompt, an answer or a key. Several workers write into the same file.

    Attributes:
        path: The file, relative to the config file; nobody but its owner may read it.
        max_size: When more lines would make it larger it becomes `path.1`, and a new one is begun.
        keep: How many of the old ones are kept.
    """

    path: PathText
    max_size: FileSize = 64 * 1024**2
    keep: Kept = 5


class Revisions(msgspec.Struct, frozen=True, kw_only=True):
    """How many revisions of this config are kept, for `sixnines history` and `sixnines rollback`.

    What holds, what held before it and what these go back to is kept whatever this says.

    Attributes:
        keep: So many, the newest.
        days: None that are older, the ten newest aside.
    """

    keep: RevisionsKept = 100
    days: Days = 365


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """How callers reach the gateway.

    Attributes:
        listen: Address and port. Off loopback the gateway starts only with `api_keys` and `admin_key`. Port 0 is any
            free port.
        api_keys: The keys that callers may use, as references. Empty: callers need none.
        admin_key: The key of the admin paths, as a reference.
        max_body: The largest request body; a larger one is answered 413 without being read.
        drain: How long requests in flight may go on at shutdown.
        expose: `trail`: answers name the provider, and errors list every attempt. `minimal`: they do not.
        cors: Web pages that may call from a browser: `https://chat.example.org`, or `*` for all. Empty: none.
        decision_log: Where it is recorded who was asked for each request. Left out: nowhere.
        log: The gateway's own log.
        tracing: Where traces of requests are sent. Left out: nowhere.
        revisions: How many revisions of this config are kept.
        ui: Whether the web page is served at `/ui`, to holders of the admin key.
        fault_injection: Whether administrators may break providers on purpose, to see what happens then.
    """

    listen: ListenText = "127.0.0.1:4000"
    api_keys: tuple[SecretText, ...] = ()
    admin_key: SecretText | None = None
    max_body: BodySize = 32 * 1024**2
    drain_s: Grace = field(name="drain", default=30.0)
    expose: Expose = Expose.TRAIL
    cors: tuple[OriginText, ...] = ()
    decision_log: DecisionLog | None = None
    log: Log = Log()
    tracing: Tracing | None = None
    revisions: Revisions = Revisions()
    ui: bool = True
    fault_injection: bool = False


class DefaultTimeouts(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait, where neither the model nor the provider says otherwise.

    Attributes:
        connect: For the connection to a provider, TLS included.
        first_token: For the first content of an answer.
        idle: For the next content, once some has come.
        loading: For the first content while the engine says that it is loading its model, and for the loading as a
            whole when there is nobody else to ask.
        total: For the whole request, over all attempts.
    """

    connect_s: Duration = field(name="connect", default=2.0)
    first_token_s: Duration = field(name="first_token", default=30.0)
    idle_s: Duration = field(name="idle", default=30.0)
    loading_s: Duration = field(name="loading", default=120.0)
    total_s: Duration = field(name="total", default=300.0)


class Breaker(msgspec.Struct, frozen=True, kw_only=True):
    """When a deployment is left alone for a while.

    Attributes:
        failures: So many failures that speak against the deployment open its breaker, ...
        window: ... if they happen within this time.
        open: How long it then stays open. Each time that it opens again without an answer in between it stays open
            twice as long, ...
        max_open: ... up to this. Left out: 5m, or `open` where that is longer.
    """

    failures: Count = 5
    window_s: Duration = field(name="window", default=30.0)
    open_s: Duration = field(name="open", default=30.0)
    max_open_s: Duration | None = field(name="max_open", default=None)


class Retries(msgspec.Struct, frozen=True, kw_only=True):
    """When a deployment that has failed is asked again for the same request, once nobody else is left to ask.

    Attributes:
        ratio: Of a provider's recent requests, so many may be such repetitions: retries must not become the outage.
        backoff: The wait before the first repetition is a random time up to this; it doubles with each, ...
        max_backoff: ... up to this.
    """

    ratio: Ratio = 0.1
    backoff_s: Duration = field(name="backoff", default=0.1)
    max_backoff_s: Duration = field(name="max_backoff", default=2.0)


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How providers are watched beside the requests. A probe is a GET that costs no tokens.

    Attributes:
        active: Probe providers. `false`: only requests tell how they are.
        interval: The time between two probes of a provider that is well.
        unhealthy_interval: The time between two probes of one that is not.
        load_interval: The time between two looks at how busy a provider is (where it has `saturation`) and at what it
            holds in memory (where a model has `prefer_warm`), while it is in use.
        hung: A provider that streams answers and has sent nothing for so long is taken for hung, whatever its health
            path says.
    """

    active: bool = True
    interval_s: Duration = field(name="interval", default=15.0)
    unhealthy_interval_s: Duration = field(name="unhealthy_interval", default=2.0)
    load_interval_s: Duration = field(name="load_interval", default=2.0)
    hung_s: Duration = field(name="hung", default=60.0)


class Availability(msgspec.Struct, frozen=True, kw_only=True):
    """How available the gateway, its models and its routes are to be: what this leaves is the error budget.

    Attributes:
        target: Percent of the requests that are to be answered: 99.9 lets one of a thousand fail.
    """

    target: Percent = 99.9


class Defaults(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for every provider and model unless it says otherwise.

    Attributes:
        timeouts: How long to wait.
        attempts: How many times a request is tried, over all candidates.
        breaker: When a deployment is left alone.
        retries: When one is asked again.
        health: How providers are watched.
        complexity: How the strategy `complexity` scores requests.
        availability: How available everything is to be, unless a model or route says otherwise.
    """

    timeouts: DefaultTimeouts = DefaultTimeouts()
    attempts: Attempts = 4
    breaker: Breaker = Breaker()
    retries: Retries = Retries()
    health: Health = Health()
    complexity: ComplexityWeights = ComplexityWeights()
    availability: Availability = Availability()


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway may spend before somebody is told: in metrics, alerts and `sixnines status`.

    Never a limit: nothing is refused when it is spent.

    Attributes:
        dollars: US dollars for each period, by the prices in this config.
        period: `day` or `month`, by the calendar of UTC.
    """

    dollars: BudgetDollars
    period: Period = Period.MONTH


class Accounting(msgspec.Struct, frozen=True, kw_only=True):
    """What is done with what requests cost. It is counted in any case.

    Attributes:
        budget: What may be spent before somebody is told. Left out: any amount.
    """

    budget: Budget | None = None


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """A failure domain: a thing whose failure takes several providers down together.

    Attributes:
        within: The domain that encloses this one, such as the host of a GPU.
    """

    within: Name | None = None


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """How a provider's certificate is verified.

    Attributes:
        ca_file: PEM file with the roots to trust instead of the system's; relative to the config file.
        insecure_skip_verify: Accept any certificate.
    """

    ca_file: PathText | None = None
    insecure_skip_verify: bool = False


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """Where requests wait for a place at a provider that serves `max_in_flight` already.

    They are served by priority (`x-sixnines-priority: high`, `normal`, `low` or `batch`), and first come, first served
    within one. The wait counts in the request's `total`.

    Attributes:
        size: How many may wait. The next goes on to another candidate, or is answered 503 with `Retry-After`.
        wait: How long a request waits here although another candidate could take it at once; 0s: not at all.
    """

    size: QueueSize = 100
    wait_s: Grace = field(name="wait", default=0.0)


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """One upstream server or account.

    Attributes:
        kind: What speaks there.
        base_url: Where it is, with or without a final `/v1`. Needed unless the kind knows its own address.
        api_key: Its credential, as a reference; sent to this provider and nowhere else.
        domain: The failure domain it lies in.
        max_in_flight: The most requests it gets at once; more go to other candidates, or wait in `queue`. Left out:
            no limit.
        queue: Where requests wait for a place. Needs `max_in_flight`.
        optional: Its being down is no fault.
        local: What is sent there does not leave the host. Left out: so it is where `base_url` is on loopback.
        saturation: From this part of `max_in_flight` on, and of what the engine itself says that it can do at once,
            other candidates are asked first. Needs `max_in_flight` where the kind does not tell its load.
        tls: How its certificate is verified.
        timeouts: How long to wait for it.
        service: How it is run on this machine, for `sixnines service`. Left out: somebody else runs it.
    """

    kind: str
    base_url: BaseUrlText | None = None
    api_key: SecretText | None = None
    domain: Name | None = None
    max_in_flight: Count | None = None
    queue: Queue | None = None
    optional: bool = False
    local: bool | None = None
    saturation: Saturation | None = None
    tls: Tls | None = None
    timeouts: ProviderTimeouts = ProviderTimeouts()
    service: Service | None = None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A sixnines config.

    A name that a caller asks for is looked up as a model, as a route, as an alias of one of them, in the patterns in
    their order, and last as `default_model`.

    Attributes:
        version: The version of this format.
        include: More files of this config: paths relative to the file that names them, `*` and `?` in the last part, in
            the same folder as the first file or below. They hold `domains`, `providers`, `models`, `routes` and
            `patterns` (and `include`), and no name twice; the rest stands in the first file. Any other relative path,
            in whatever file, is relative to the first one.
        server: How callers reach the gateway.
        defaults: What holds unless a provider or model says otherwise.
        accounting: What is done with what requests cost.
        domains: Failure domains by name.
        providers: Upstream servers and accounts by name.
        models: Names that callers ask for.
        routes: Names that choose among models.
        patterns: Families of names, tried in order.
        default_model: The model or route that an unknown name means. Left out: unknown names are answered 404 with
            the nearest known ones.
    """

    version: Literal[1]
    include: tuple[PathText, ...] = ()
    server: Server = Server()
    defaults: Defaults = Defaults()
    accounting: Accounting = Accounting()
    domains: dict[Name, Domain] = {}
    providers: dict[Name, Provider] = {}
    models: dict[Name, Model] = {}
    routes: dict[Name, Route] = {}
    patterns: tuple[Pattern, ...] = ()
    default_model: Name | None = None


def secret_references(document: Document) -> Iterator[tuple[DocumentPath, str]]:
    """Every place in `document` that names a secret, and the reference there."""
    for index, reference in enumerate(document.server.api_keys):
        yield ("server", "api_keys", index), reference
    if document.server.admin_key is not None:
        yield ("server", "admin_key"), document.server.admin_key
    if document.server.tracing is not None:
        for name, reference in document.server.tracing.headers.items():
            yield ("server", "tracing", "headers", name), reference
    for name, provider in document.providers.items():
        if provider.api_key is not None:
            yield ("providers", name, "api_key"), provider.api_key
