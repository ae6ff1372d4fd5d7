"""A checked document to a snapshot: every default filled in, every reference followed, every header built.

Never does I/O, and never meets a document in which the checks found an error.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from types import MappingProxyType

from sixnines.config.chains import MOST_FOLLOWERS, flatten
from sixnines.config.checks.interface import route_model
from sixnines.config.diagnostics import Finding, error
from sixnines.config.document import (
    Breaker,
    Budget,
    DecisionLog,
    Document,
    Health,
    Provider,
    Queue,
    Server,
    Tls,
    secret_references,
)
from sixnines.config.learning_section import Adaptive
from sixnines.config.model_sections import Deployment, Hedge, Model, Price, ProviderTimeouts, Require, Route
from sixnines.config.observing_sections import Log, Tracing
from sixnines.config.quantities import HEDGE_AT_P95, parse_duration
from sixnines.config.request_heads import HeadParts, get_head_tail, post_heads
from sixnines.config.secret import Secret
from sixnines.config.shared import Shared
from sixnines.config.snapshot import (
    NO_RULES,
    AttemptLimits,
    BreakerSettings,
    DeploymentSpec,
    HealthSettings,
    HedgeSettings,
    ModelSpec,
    PatternSpec,
    ProviderSpec,
    QueueSettings,
    RetrySettings,
    RouteSpec,
    Rules,
    ServerSpec,
    Snapshot,
    Timeouts,
)
from sixnines.config.urls import is_loopback, parse_base_url, parse_listen
from sixnines.domain.allowance import Allowance
from sixnines.domain.capability import Capability
from sixnines.domain.kind import Catalog
from sixnines.domain.log_file import LogFile
from sixnines.domain.log_settings import LogSettings, ObservingSettings, TracingSettings
from sixnines.domain.origin import Origin, TlsSettings
from sixnines.domain.price import Price as CompiledPrice
from sixnines.domain.retention import Retention
from sixnines.domain.reward import LearningSettings

Secrets = Mapping[str, Secret]

_MICROS = 1_000_000

# Longer rests would make a recovery look like an outage.
_MAX_OPEN_S = 300.0


def compile_snapshot(
    document: Document, catalog: Catalog, *, secrets: Secrets, digest: str, directory: PurePath
) -> Snapshot | list[Finding]:
    """The snapshot of a document in which the checks found no error.

    Args:
        document: the config.
        catalog: what is built in.
        secrets: by reference; every reference in the document is there.
        digest: SHA-256 of the source, hex.
        directory: what relative paths in the document are relative to.

    Returns:
        The snapshot, or the secrets that cannot stand in a header.
    """
    unsafe = [path for path, reference in secret_references(document) if not secrets[reference].is_header_safe]
    if unsafe:
        message = "the secret holds a line break, a control character, a space at an end or a character beyond ASCII"
        return [error(path, message, hint="no such key could be sent in a header") for path in unsafe]
    return _Compiler(document, catalog, secrets, directory).snapshot(digest)


class _Compiler:
    """Holds what every part needs."""

    def __init__(self, document: Document, catalog: Catalog, secrets: Secrets, directory: PurePath) -> None:
        self._document = document
        self._catalog = catalog
        self._secrets = secrets
        self._directory = directory
        self._fallbacks = {name: model.fallbacks for name, model in document.models.items()}
        self._shared = Shared()
        waits = document.defaults.timeouts
        self._waits = Timeouts(waits.connect_s, waits.first_token_s, waits.idle_s, waits.total_s, waits.loading_s)

    def snapshot(self, digest: str) -> Snapshot:
        """All of it."""
        document = self._document
        breaker, retries = document.defaults.breaker, document.defaults.retries
        providers = {name: self._provider(name, each) for name, each in document.providers.items()}
        models = {name: self._model(name, each, providers) for name, each in document.models.items()}
        return Snapshot(
            digest=digest,
            server=self._server(document.server),
            breaker=_breaker(breaker),
            retries=RetrySettings(retries.ratio),
            health=_health(document.defaults.health),
            providers=MappingProxyType(providers),
            models=MappingProxyType(models),
            routes=MappingProxyType({name: self._route(name, each) for name, each in document.routes.items()}),
            patterns=tuple(PatternSpec(re.compile(each.match), each.model) for each in document.patterns),
            default_model=document.default_model,
            complexity=document.defaults.complexity,
            availability=MappingProxyType(_availability(document)),
            allowance=_allowance(document.accounting.budget),
            aliases=MappingProxyType(
                {
                    alias: name
                    for section in (document.models, document.routes)
                    for name, each in section.items()
                    for alias in each.aliases
                }
            ),
        )

    def _server(self, server: Server) -> ServerSpec:
        address = parse_listen(server.listen)
        return ServerSpec(
            host=address.host,
            port=address.port,
            key_digests=frozenset(self._digest(reference) for reference in server.api_keys),
            admin_key_digest=None if server.admin_key is None else self._digest(server.admin_key),
            max_body=server.max_body,
            drain_s=server.drain_s,
            expose=server.expose,
            cors_origins=frozenset(server.cors),
            decision_log=None if server.decision_log is None else self._log_file(server.decision_log),
            observing=ObservingSettings(
                _log(server.log),
                None if server.tracing is None else self._tracing(server.tracing),
                self._sent_secrets(),
            ),
            revisions=Retention(server.revisions.keep, server.revisions.days),
            ui=server.ui,
            fault_injection=server.fault_injection,
        )

    def _log_file(self, log: DecisionLog) -> LogFile:
        return LogFile(str(self._directory / log.path), log.max_size, log.keep)

    def _tracing(self, tracing: Tracing) -> TracingSettings:
        url = parse_base_url(tracing.endpoint)
        path = url.path.removesuffix("/v1/traces")  # whoever writes the whole address means the same
        headers = tuple((name, self._secrets[reference].reveal()) for name, reference in tracing.headers.items())
        netloc = Origin(url.scheme, url.host, url.port).netloc
        return TracingSettings(
            f"{url.scheme}://{netloc}{path}/v1/traces",
            headers,
            tracing.sample,
            tracing.service_name,
            packed=not is_loopback(url.host),
        )

    def _sent_secrets(self) -> tuple[str, ...]:
        """Those of providers and of the collector. Of callers' keys nothing but a digest is kept."""
        document = self._document
        references = [each.api_key for each in document.providers.values() if each.api_key is not None]
        if document.server.tracing is not None:
            references += document.server.tracing.headers.values()
        return tuple(self._secrets[each].reveal() for each in references)

    def _digest(self, reference: str) -> bytes:
        return hashlib.sha256(self._secrets[reference].reveal().encode()).digest()

    def _provider(self, name: str, provider: Provider) -> ProviderSpec:
        info = self._catalog.kinds[provider.kind]
        written = provider.base_url or info.default_base_url
        if written is None:
            raise ValueError(f"the checks let a provider without base_url pass: {name}")
        url = parse_base_url(written)
        tls = self._tls(provider.tls) if url.scheme == "https" else None
        origin = self._shared.one(Origin(url.scheme, url.host, url.port, tls))
        credential = None if provider.api_key is None else self._secrets[provider.api_key]
        parts = HeadParts(info, origin.netloc, url.path, credential)
        return ProviderSpec(
            name=name,
            kind=info,
            origin=origin,
            base_path=url.path,
            post_heads=MappingProxyType(post_heads(parts)),
            get_head_tail=get_head_tail(parts),
            domains=self._domains(provider.domain),
            optional=provider.optional,
            max_in_flight=provider.max_in_flight,
            queue=_queue(provider),
            timeouts=_overridden(self._waits, provider.timeouts),
            local=is_loopback(url.host) if provider.local is None else provider.local,
            saturation=provider.saturation,
            credential=credential,
        )

    def _tls(self, tls: Tls | None) -> TlsSettings:
        if tls is None:
            return TlsSettings()
        ca_file = None if tls.ca_file is None else str(self._directory / tls.ca_file)
        return TlsSettings(ca_file, tls.insecure_skip_verify)

    def _domains(self, innermost: str | None) -> tuple[str, ...]:
        found: list[str] = []
        while innermost is not None:
            found.append(innermost)
            innermost = self._document.domains[innermost].within
        return tuple(found)

    def _model(self, name: str, model: Model, providers: Mapping[str, ProviderSpec]) -> ModelSpec:
        defaults = self._document.defaults
        total_s = self._waits.total_s if model.timeouts.total_s is None else model.timeouts.total_s
        one = self._shared.one
        waits = one(replace(_overridden(self._waits, model.timeouts), total_s=total_s))
        return ModelSpec(
            name=name,
            deployments=tuple(self._deployment(each, model, providers[each.provider]) for each in model.deployments),
            strategy=model.strategy,
            chain=flatten(name, self._fallbacks, most=MOST_FOLLOWERS),
            stream_failure=model.stream_failure,
            min_tokens_per_s=model.min_tokens_per_s,
            hedge=None if model.hedge is None else _hedge(model.hedge),
            context_window=model.context_window,
            tier=model.tier,
            limits=one(
                AttemptLimits(
                    attempts=defaults.attempts if model.attempts is None else model.attempts,
                    loading_s=waits.loading_s,
                    backoff_s=defaults.retries.backoff_s,
                    max_backoff_s=defaults.retries.max_backoff_s,
                )
            ),
            timeouts=waits,
            rules=_rules(model, prefer_warm=model.prefer_warm),
            targets=tuple(model.targets.items()),
            learning=self._learning(model, len(model.deployments)),
        )

    def _deployment(self, deployment: Deployment, model: Model, provider: ProviderSpec) -> DeploymentSpec:
        one = self._shared.one
        waits = one(_overridden(provider.timeouts, model.timeouts))
        return DeploymentSpec(
            id=f"{provider.name}/{deployment.model}",
            # A model with time-outs of its own sees its providers with them.
            provider=provider if waits == provider.timeouts else replace(provider, timeouts=waits),
            upstream_model=one(deployment.model),
            weight=1 if deployment.weight is None else deployment.weight,
            context_window=one(deployment.context_window or model.context_window),
            capabilities=one(_capabilities(deployment, model)),
            price=one(_price(deployment.price or model.price)),
        )

    def _route(self, name: str, route: Route) -> RouteSpec:
        entries = [route_model(entry) for entry in route.models]
        weights = tuple(1 if each.weight is None else each.weight for each in entries)
        models = tuple(each.model for each in entries)
        return RouteSpec(
            name=name,
            strategy=route.strategy,
            models=models,
            weights=weights,
            rules=_rules(route, prefer_warm=False),
            targets=tuple(route.targets.items()),
            complexities=tuple(each.complexity for each in entries) if any(each.complexity for each in entries) else (),
            learning=self._learning(route, len(models)),
        )

    def _learning(self, section: Model | Route, choices: int) -> LearningSettings | None:
        """How it is learned there which of so many choices is best: of one there is nothing to learn."""
        learns = section.adaptive is not None or self._catalog.strategies[section.strategy].learns
        return (section.adaptive or Adaptive()).settings() if learns and choices > 1 else None


def _log(log: Log) -> LogSettings:
    return LogSettings(log.format, log.level, log.requests, log.log_content, log.max_content)


def _availability(document: Document) -> dict[str, float]:
    """What is to be answered, as shares: 99.9 / 100 is a little more than 0.999."""
    usual = document.defaults.availability.target
    sections: list[tuple[str, Model | Route]] = [*document.models.items(), *document.routes.items()]
    wanted = {name: usual if each.availability is None else each.availability.target for name, each in sections}
    return {name: round(percent / 100, 12) for name, percent in {"": usual, **wanted}.items()}


def _breaker(breaker: Breaker) -> BreakerSettings:
    longest_s = max(_MAX_OPEN_S, breaker.open_s) if breaker.max_open_s is None else breaker.max_open_s
    return BreakerSettings(breaker.failures, breaker.window_s, breaker.open_s, longest_s)


def _health(health: Health) -> HealthSettings:
    return HealthSettings(
        health.active, health.interval_s, health.unhealthy_interval_s, health.load_interval_s, health.hung_s
    )


def _queue(provider: Provider) -> QueueSettings:
    queue = provider.queue or Queue()
    return QueueSettings(0 if provider.max_in_flight is None else queue.size, queue.wait_s)


def _hedge(hedge: Hedge) -> HedgeSettings:
    return HedgeSettings(None if hedge.after == HEDGE_AT_P95 else parse_duration(hedge.after), hedge.max_ratio)


def _capabilities(deployment: Deployment, model: Model) -> frozenset[Capability] | None:
    declared = model.capabilities if deployment.capabilities is None else deployment.capabilities
    return None if declared is None else frozenset(declared)


def _price(price: Price | None) -> CompiledPrice | None:
    if price is None:
        return None
    cached = None if price.cached_input is None else round(price.cached_input * _MICROS)
    return CompiledPrice(round(price.input * _MICROS), round(price.output * _MICROS), cached)


def _allowance(budget: Budget | None) -> Allowance | None:
    return None if budget is None else Allowance(round(budget.dollars * _MICROS), budget.period)


def _rules(section: Model | Route, *, prefer_warm: bool) -> Rules:
    require = section.require or Require()
    needed = {Capability.TOOLS: require.tools, Capability.VISION: require.vision}
    needed[Capability.JSON_SCHEMA] = require.json_schema
    rules = Rules(
        capabilities=frozenset(each for each, wanted in needed.items() if wanted),
        context=require.context or 0,
        local_only=section.local_only,
        prefer_warm=prefer_warm,
        max_tier_drop=section.max_tier_drop,
    )
    return NO_RULES if rules == NO_RULES else rules


def _overridden(waits: Timeouts, own: ProviderTimeouts) -> Timeouts:
    """`waits` with what `own` gives in its place; the total is the caller's business."""
    return Timeouts(
        connect_s=waits.connect_s if own.connect_s is None else own.connect_s,
        first_token_s=waits.first_token_s if own.first_token_s is None else own.first_token_s,
        idle_s=waits.idle_s if own.idle_s is None else own.idle_s,
        total_s=waits.total_s,
        loading_s=waits.loading_s if own.loading_s is None else own.loading_s,
    )
