"""Numbers as the text that Prometheus reads: the exposition format 0.0.4, or OpenMetrics 1.0.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format and
https://prometheus.io/docs/specs/om/open_metrics_spec/. Pure. Never costs more for a line than it must: while a page is
made nothing else happens, and a thousand models make forty thousand lines.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from sixnines.telemetry.metric_info import MetricInfo, MetricType

Labels = tuple[str, ...]
Exemplar = tuple[str, float]
"""The id of a request, and what was observed of it."""
Counted = tuple[Labels, Sequence[int], float, Sequence[Exemplar | None] | None]
"""One histogram: the labels' values, the counts of the buckets (not cumulative), the sum, and for each bucket the last
request in it, where those are remembered."""

OPEN_METRICS_END = "# EOF\n"
"""The last line of a page in OpenMetrics."""


def plain(info: MetricInfo, values: Mapping[Labels, float], *, open_metrics: bool = False) -> str:
    """A family of counters or gauges.

    Args:
        info: what it is.
        values: by the labels' values.
        open_metrics: in that format.
    """
    (name,) = info.samples
    lines = [_preamble(info, open_metrics=open_metrics)]
    lines += [f"{name}{_braced(_pairs(info.labels, each))} {_number(value)}\n" for each, value in values.items()]
    return "".join(lines)


def histogram(info: MetricInfo, values: Iterable[Counted], *, open_metrics: bool = False) -> str:
    """A family of histograms; exemplars only in OpenMetrics, because the older format has none."""
    name = info.name
    lines = [_preamble(info, open_metrics=open_metrics)]
    ends = [f'le="{each}"}} ' for each in (*map(repr, info.buckets), "+Inf")]
    for each, counts, total, exemplars in values:
        pairs = _pairs(info.labels, each)
        start = f"{name}_bucket{{{pairs}," if pairs else f"{name}_bucket{{"
        so_far = 0
        if exemplars is None or not open_metrics:
            for end, count in zip(ends, counts, strict=True):
                so_far += count
                lines.append(f"{start}{end}{so_far}\n")
        else:
            for end, count, exemplar in zip(ends, counts, exemplars, strict=True):
                so_far += count
                lines.append(f"{start}{end}{so_far}{_shown(exemplar)}\n")
        rest = _braced(pairs)
        lines.append(f"{name}_sum{rest} {_number(total)}\n{name}_count{rest} {so_far}\n")
    return "".join(lines)


def _preamble(info: MetricInfo, *, open_metrics: bool) -> str:
    """The two lines before a family, or three: OpenMetrics knows units, and counters without their suffix."""
    escaped = info.help.replace("\\", r"\\").replace("\n", r"\n")
    if not open_metrics:
        name = info.samples[0] if info.type is MetricType.COUNTER else info.name
        return f"# HELP {name} {escaped}\n# TYPE {name} {info.type.value}\n"
    escaped = escaped.replace('"', r"\"")
    unit = f"# UNIT {info.name} {info.unit}\n" if info.unit else ""
    return f"# TYPE {info.name} {info.type.value}\n{unit}# HELP {info.name} {escaped}\n"


def _shown(exemplar: Exemplar | None) -> str:
    if exemplar is None:
        return ""
    request_id, value = exemplar
    return f' # {{request_id="{_escaped(request_id)}"}} {_number(value)}'


def _pairs(names: Labels, values: Labels) -> str:
    return ",".join([f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True)])


def _braced(pairs: str) -> str:
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    """As Go's ParseFloat reads it."""
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
