"""Small, valid pieces of a snapshot for unit tests."""

from sixnines.config.snapshot import (
    NO_RULES,
    AttemptLimits,
    BreakerSettings,
    DeploymentSpec,
    Expose,
    HealthSettings,
    ModelSpec,
    ProviderSpec,
    QueueSettings,
    RetrySettings,
    RouteSpec,
    ServerSpec,
    Snapshot,
    StreamFailure,
    Timeouts,
)
from sixnines.domain.kind import KindInfo
from sixnines.domain.operation import Dialect, Operation
from sixnines.domain.origin import Origin

TIMEOUTS = Timeouts(connect_s=2.0, first_token_s=5.0, idle_s=5.0, total_s=20.0, loading_s=10.0)
BREAKER = BreakerSettings(failures=3, window_s=30.0, open_s=30.0, max_open_s=300.0)
QUEUE = QueueSettings(size=100, wait_s=0.0)
RETRIES = RetrySettings(ratio=0.1)
HEALTH = HealthSettings(active=False, interval_s=15.0, unhealthy_interval_s=2.0, load_interval_s=2.0, hung_s=60.0)
CHAT_ONLY = KindInfo("chat-only", Dialect.OPENAI, {Operation.CHAT: "/v1/chat/completions"})


def server(**changes):
    values = {
        "host": "127.0.0.1", "port": 0, "key_digests": frozenset(), "admin_key_digest": None,
        "max_body": 1024 * 1024, "drain_s": 1.0, "expose": Expose.TRAIL, "cors_origins": frozenset(),
    }  # fmt: skip
    return ServerSpec(**(values | changes))


def provider(name="p", *, kind=CHAT_ONLY, max_in_flight=None, queue=QUEUE, local=False, saturation=None):
    return ProviderSpec(
        name=name, kind=kind, origin=Origin("http", "127.0.0.1", 1), base_path="", post_heads={}, get_head_tail=b"",
        domains=(), optional=False, max_in_flight=max_in_flight, queue=queue, timeouts=TIMEOUTS,
        local=local, saturation=saturation,
    )  # fmt: skip


def deployment(name="p", *, model="m", weight=1, window=None, capabilities=None, price=None, **provider_changes):
    spec = provider(name, **provider_changes)
    return DeploymentSpec(f"{name}/{model}", spec, model, weight, window, capabilities, price)


def model(
    name, *deployments, strategy="ordered", chain=(), hedge=None, attempts=4, tier=None, rules=NO_RULES, targets=()
):
    return ModelSpec(
        name=name, deployments=deployments, strategy=strategy, chain=chain, stream_failure=StreamFailure.ERROR,
        min_tokens_per_s=None, hedge=hedge,
        context_window=None, tier=tier, limits=AttemptLimits(attempts, 10.0, 0.1, 2.0), timeouts=TIMEOUTS,
        rules=rules, targets=targets,
    )  # fmt: skip


def route(name, *models, strategy="ordered", rules=NO_RULES, weights=None, targets=()):
    return RouteSpec(name, strategy, models, weights or (1,) * len(models), rules, targets)


def snapshot(*models, routes=(), patterns=(), default_model=None, breaker=BREAKER, providers=None, **server_changes):
    return Snapshot(
        digest="0" * 64, server=server(**server_changes), breaker=breaker, retries=RETRIES, health=HEALTH, providers=providers or {},
        models={each.name: each for each in models}, routes={each.name: each for each in routes},
        patterns=patterns, default_model=default_model,
    )  # fmt: skip
