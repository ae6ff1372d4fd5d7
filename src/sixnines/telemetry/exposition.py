"""Numbers as the text that Prometheus reads: the exposition format, version 0.0.4.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format. Pure. Never costs more for a line than
it must: while a page is made nothing else happens, and a thousand models make forty thousand lines.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

Labels = tuple[str, ...]


def plain(name: str, kind: str, text: str, *, labels: Labels, values: Mapping[Labels, float]) -> str:
    """A family of counters or gauges.

    Args:
        name: of its samples, with the suffix that its kind has.
        kind: `counter` or `gauge`.
        text: what it is, for people.
        labels: their names.
        values: by the labels' values.
    """
    lines = [_preamble(name, kind, text)]
    lines += [f"{name}{_braced(_pairs(labels, each))} {_number(value)}\n" for each, value in values.items()]
    return "".join(lines)


def histogram(
    name: str,
    text: str,
    *,
    labels: Labels,
    bounds: Sequence[float],
    values: Iterable[tuple[Labels, Sequence[int], float]],
) -> str:
    """A family of histograms.

    Args:
        name: without a suffix.
        text: what it is, for people.
        labels: their names.
        bounds: the upper bounds of the buckets but for the last, which has none.
        values: the labels' values, the counts of the buckets (not cumulative), and the sum of what was counted.
    """
    lines = [_preamble(name, "histogram", text)]
    ends = [f'le="{each}"}} ' for each in (*map(repr, bounds), "+Inf")]
    for each, counts, total in values:
        pairs = _pairs(labels, each)
        start = f"{name}_bucket{{{pairs}," if pairs else f"{name}_bucket{{"
        so_far = 0
        for end, count in zip(ends, counts, strict=True):
            so_far += count
            lines.append(f"{start}{end}{so_far}\n")
        rest = _braced(pairs)
        lines.append(f"{name}_sum{rest} {_number(total)}\n{name}_count{rest} {so_far}\n")
    return "".join(lines)


def _preamble(name: str, kind: str, text: str) -> str:
    escaped = text.replace("\\", r"\\").replace("\n", r"\n")
    return f"# HELP {name} {escaped}\n# TYPE {name} {kind}\n"


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
