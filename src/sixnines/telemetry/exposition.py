"""Numbers as the text that Prometheus reads: the exposition format 0.0.4, or OpenMetrics 1.0.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format and
https://prometheus.io/docs/specs/om/open_metrics_spec/. Pure. Never costs more for a line than it must: while a page is
made nothing else happens, and a thousand models make forty thousand lines.
"""

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

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
    name, between = info.name, "," if info.labels else ""
    ends = [f'{between}le="{each}"}} %d' for each in (*map(repr, info.buckets), "+Inf")]
    tail = f"{name}_sum%s %s\n{name}_count%s %d\n"
    # One formatting for all lines of a histogram: a page has thousands of them.
    lines = "".join([f"{name}_bucket{{%s{end}\n" for end in ends]) + tail
    lines_with_exemplars = "".join([f"{name}_bucket{{%s{end}%s\n" for end in ends]) + tail
    out = [_preamble(info, open_metrics=open_metrics)]
    for labels, counts, total, exemplars in values:
        pairs = _pairs(info.labels, labels)
        rest = _braced(pairs)
        told: list[object] = []
        so_far = 0
        if exemplars is None or not open_metrics:
            for so_far in accumulate(counts):
                told += (pairs, so_far)
        else:
            for so_far, exemplar in zip(accumulate(counts), exemplars, strict=True):
                told += (pairs, so_far, _shown(exemplar))
        told += (rest, _number(total), rest, so_far)
        out.append((lines if exemplars is None or not open_metrics else lines_with_exemplars) % tuple(told))
    return "".join(out)


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


@functools.lru_cache(maxsize=1 << 15)  # config says how many models and providers there are
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
