"""Small, valid pieces of a snapshot for unit tests."""

from sixnines.config.snapshot import (
    BreakerSettings,
    DeploymentSpec,
    Expose,
    ModelSpec,
    ProviderSpec,
    RouteSpec,
    ServerSpec,
    Snapshot,
    StreamFailure,
    Timeouts,
)
from sixnines.domain.kind import KindInfo
from sixnines.domain.operation import Dialect, Operation
from sixnines.domain.origin import Origin

TIMEOUTS = Timeouts(connect_s=2.0, first_token_s=5.0, idle_s=5.0, total_s=20.0)
BREAKER = BreakerSettings(failures=3, window_s=30.0, open_s=30.0)
CHAT_ONLY = KindInfo("chat-only", Dialect.OPENAI, {Operation.CHAT: "/v1/chat/completions"})


def server(**changes):
    values = {
        "host": "127.0.0.1", "port": 0, "key_digests": frozenset(), "admin_key_digest": None,
        "max_body": 1024 * 1024, "drain_s": 1.0, "expose": Expose.TRAIL, "cors_origins": frozenset(),
    }  # fmt: skip
    return ServerSpec(**(values | changes))


def provider(name="p", *, kind=CHAT_ONLY, max_in_flight=None):
    return ProviderSpec(
        name=name, kind=kind, origin=Origin("http", "127.0.0.1", 1), base_path="", post_heads={}, get_head_tail=b"",
        domains=(), optional=False, max_in_flight=max_in_flight, timeouts=TIMEOUTS,
    )  # fmt: skip


def deployment(name="p", *, model="m", weight=1, window=None, kind=CHAT_ONLY, max_in_flight=None):
    spec = provider(name, kind=kind, max_in_flight=max_in_flight)
    return DeploymentSpec(f"{name}/{model}", spec, model, weight, window)


def model(name, *deployments, strategy="ordered", chain=()):
    return ModelSpec(
        name=name, deployments=deployments, strategy=strategy, chain=chain, stream_failure=StreamFailure.ERROR,
        context_window=None, tier=None, attempts=4, timeouts=TIMEOUTS,
    )  # fmt: skip


def route(name, *models, strategy="ordered"):
    return RouteSpec(name, strategy, models, (1,) * len(models))


def snapshot(*models, routes=(), patterns=(), default_model=None, **server_changes):
    return Snapshot(
        digest="0" * 64, server=server(**server_changes), breaker=BREAKER, providers={},
        models={each.name: each for each in models}, routes={each.name: each for each in routes},
        patterns=patterns, default_model=default_model,
    )  # fmt: skip
