"""The queries that are recorded."""

from monitoring.promql import increase, observed, quantile
from monitoring.rules import Recording
from sixnines.telemetry.metrics import ATTEMPTS, FALLBACKS, FIRST_CONTENT, REQUESTS

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

RECORDINGS = (FAILED_SHARE, FALLBACK_SHARE, FIRST_CONTENT_P95)
