"""Is a service ready? One GET that costs no tokens, judged as the kind of the engine judges its own answers."""

from collections.abc import Callable, Mapping

from sixnines.config.urls import is_everywhere
from sixnines.providers.interface import ProbeResult, ProbeState
from sixnines.quickstart.ask import get
from sixnines.registry import KINDS
from sixnines.services.plan import GATEWAY, ServicePlan

_OK = 200
_PROBES = {kind.info.name: kind.probe for kind in KINDS}


def probe_paths() -> Mapping[str, str]:
    """By kind of provider, what to ask."""
    return {name: probe.path for name, probe in _PROBES.items()}


def asked_host(plan: ServicePlan) -> str:
    """Where to ask a service that may listen on every address."""
    if is_everywhere(plan.host):
        return "::1" if ":" in plan.host else "127.0.0.1"
    return plan.host


def look(plan: ServicePlan) -> ProbeResult | None:
    """What a service answers now; None where nothing answers. Takes up to two seconds."""
    answer = get(plan.port, plan.ready_path, host=asked_host(plan))
    return None if answer is None else _judge(plan)(answer.status, answer.body)


def is_ready(plan: ServicePlan) -> bool:
    """Requests can be sent there now."""
    found = look(plan)
    return found is not None and found.state is ProbeState.HEALTHY


def _judge(plan: ServicePlan) -> Callable[[int, bytes], ProbeResult]:
    return _judge_gateway if plan.kind == GATEWAY else _PROBES[plan.kind].judge


def _judge_gateway(status: int, body: bytes) -> ProbeResult:
    ready = status == _OK and b'"status":"ready"' in body
    return ProbeResult(ProbeState.HEALTHY if ready else ProbeState.BUSY, "is ready" if ready else f"says {status}")
