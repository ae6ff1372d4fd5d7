"""Queries by the table of metrics: a name or a label that the table does not have is an error here, not an empty panel.

Matchers are keyword arguments: `state="down"`, and `outcome="!~ok|caller"` with an operator before the value.
Never runs a query.
"""

import re
from collections.abc import Mapping, Sequence

from sixnines.telemetry.metric_info import MetricInfo, MetricType

_MATCHER = re.compile(r'(=~|!~|!=)?([^"\\]*)')
LIVE = "$__rate_interval"
"""The window of a dashboard's rates: as short as the scrapes and the picture allow."""


def gauge(info: MetricInfo, **matchers: str) -> str:
    """The samples of a gauge."""
    _require(info, MetricType.GAUGE)
    return f"{info.name}{_braced(info, matchers)}"


def rate(info: MetricInfo, *, by: Sequence[str] = (), window: str = LIVE, **matchers: str) -> str:
    """What is counted for each second, added up over all but the labels `by`."""
    _require(info, MetricType.COUNTER)
    return _sum(f"rate({info.name}_total{_braced(info, matchers)}[{window}])", info, by)


def increase(info: MetricInfo, *, by: Sequence[str] = (), window: str, **matchers: str) -> str:
    """How much was counted in `window`."""
    _require(info, MetricType.COUNTER)
    return _sum(f"increase({info.name}_total{_braced(info, matchers)}[{window}])", info, by)


def observed(info: MetricInfo, *, by: Sequence[str] = (), window: str = LIVE, **matchers: str) -> str:
    """Observations of a histogram for each second."""
    _require(info, MetricType.HISTOGRAM)
    return _sum(f"rate({info.name}_count{_braced(info, matchers)}[{window}])", info, by)


def quantile(part: float, info: MetricInfo, *, by: Sequence[str] = (), window: str = LIVE, **matchers: str) -> str:
    """The value of a histogram that a `part` of the observations do not exceed."""
    _require(info, MetricType.HISTOGRAM)
    buckets = f"rate({info.name}_bucket{_braced(info, matchers)}[{window}])"
    return f"histogram_quantile({part:g}, sum by ({', '.join(_known(info, (*by, 'le')))}) ({buckets}))"


def mean(info: MetricInfo, *, by: Sequence[str] = (), window: str = LIVE, **matchers: str) -> str:
    """The mean of what was observed."""
    _require(info, MetricType.HISTOGRAM)
    total = _sum(f"rate({info.name}_sum{_braced(info, matchers)}[{window}])", info, by)
    return f"{total} / {observed(info, by=by, window=window, **matchers)}"


def _sum(query: str, info: MetricInfo, by: Sequence[str]) -> str:
    return f"sum by ({', '.join(_known(info, by))}) ({query})" if by else f"sum({query})"


def _braced(info: MetricInfo, matchers: Mapping[str, str]) -> str:
    told: list[str] = []
    for label, wanted in matchers.items():
        _known(info, (label,))
        found = _MATCHER.fullmatch(wanted)
        if found is None:
            raise ValueError(f"{info.name}: {wanted} cannot be matched")
        told.append(f'{label}{found[1] or "="}"{found[2]}"')
    return f"{{{', '.join(told)}}}" if told else ""


def _known(info: MetricInfo, labels: Sequence[str]) -> Sequence[str]:
    for each in labels:
        if each not in (*info.labels, "le", "instance", "job"):
            raise ValueError(f"{info.name} has no label {each}, only {', '.join(info.labels)}")
    return labels


def _require(info: MetricInfo, kind: MetricType) -> None:
    if info.type is not kind:
        raise ValueError(f"{info.name} is a {info.type.value}, no {kind.value}")
