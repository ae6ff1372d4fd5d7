"""The queries that are recorded."""

from monitoring.promql import gauge, increase, observed, quantile, rate
from monitoring.rules import Recording
from sixnines.telemetry.metrics import (
    ATTEMPTS,
    AVAILABILITY_TARGET,
    COST,
    FALLBACKS,
    FIRST_CONTENT,
    OUTCOMES,
    REQUESTS,
)

WINDOW = "10m"
OURS = "!~client_gone|caller|context|policy"
"""Outcomes that say something about the gateway and its providers: not those that callers caused, or left."""
FAILED = "!~ok|client_gone|caller|context|policy"


def _share(part: str, whole: str) -> str:
    """A part of a whole, 0 where there is no part, and nothing where there is no whole."""
    return f"({part} or 0 * {whole}) / ({whole} > 0)"


FAILED_SHARE = Recording(
    "sixnines:requests_failed:ratio",
    _share(
        increase(REQUESTS, by=("model",), window=WINDOW, outcome=FAILED),
        increase(REQUESTS, by=("model",), window=WINDOW, outcome=OURS),
    ),
)
FALLBACK_SHARE = Recording(
    "sixnines:fallbacks:ratio",
    _share(increase(FALLBACKS, by=("provider",), window=WINDOW), increase(ATTEMPTS, by=("provider",), window=WINDOW)),
)
FIRST_CONTENT_P95 = Recording(
    "sixnines:first_content_seconds:p95",
    f"{quantile(0.95, FIRST_CONTENT, by=('model', 'provider'), window=WINDOW)}"
    f" and {observed(FIRST_CONTENT, by=('model', 'provider'), window=WINDOW)} > 0",
)
COST_PACE = Recording(
    "sixnines:cost_dollars:per_hour", f"3600 * {rate(COST, by=('model', 'provider', 'route'), window='1h')}"
)
"""Over an hour: what one request costs is no pace."""


def _burn(window: str) -> Recording:
    """How many times as fast as the target allows the budget was used in a window."""
    kinds = ("scope", "name")
    bad = _share(
        increase(OUTCOMES, by=kinds, window=window, outcome="bad"), increase(OUTCOMES, by=kinds, window=window)
    )
    goal = f"max by (scope, name) ({gauge(AVAILABILITY_TARGET)})"
    return Recording(f"sixnines:error_budget_burn:{window}", f"({bad}) / on (scope, name) (1 - {goal})")


BURN = {window: _burn(window) for window in ("5m", "30m", "1h", "6h")}

RECORDINGS = (FAILED_SHARE, FALLBACK_SHARE, FIRST_CONTENT_P95, COST_PACE, *BURN.values())
