"""Which format of metrics a reader wants: OpenMetrics, or the older text of Prometheus. Pure.

Never refuses anybody: whoever names neither of them gets the older one, which everything reads.
https://prometheus.io/docs/instrumenting/content_negotiation/; weights as in RFC 9110 12.4.2.
"""

from typing import Final

PROMETHEUS: Final = b"text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS: Final = b"application/openmetrics-text; version=1.0.0; charset=utf-8"
_OPEN: Final = "application/openmetrics-text"
_TEXT: Final = "text/plain"
# More than any reader lists.
_MOST = 32


def wants_open_metrics(accept: bytes | None) -> bool:
    """Whether the header `Accept` puts OpenMetrics before the older text, or beside it."""
    if not accept:
        return False
    weights = {_OPEN: 0.0, _TEXT: 0.0}
    for each in accept.decode("latin-1").lower().split(",")[:_MOST]:
        kind, *parameters = (part.strip() for part in each.split(";"))
        if kind in weights and not _other_version(kind, parameters):
            weights[kind] = max(weights[kind], _weight(parameters))
    return weights[_OPEN] > 0 and weights[_OPEN] >= weights[_TEXT]


def _other_version(kind: str, parameters: list[str]) -> bool:
    """A version of OpenMetrics that is not written here."""
    return kind == _OPEN and any(
        each.startswith("version=") and each.removeprefix("version=").strip('"') != "1.0.0" for each in parameters
    )


def _weight(parameters: list[str]) -> float:
    """The weight that is given, 1 where none is, 0 for what is none."""
    for each in parameters:
        if each.startswith("q="):
            try:
                weight = float(each.removeprefix("q="))
            except ValueError:
                return 0.0
            return weight if 0 <= weight <= 1 else 0.0
    return 1.0
