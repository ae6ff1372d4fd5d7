"""Writes docs/reference/metrics.md from the table that the gateway counts by. Run it after changing that.

Never holds a row of its own: a test compares the page with the table.
"""

from pathlib import Path

from sixnines.telemetry.metric_info import MetricInfo, MetricType
from sixnines.telemetry.metrics import TABLE

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "metrics.md"

_INTRODUCTION = """\
# Metrics

<!-- Written by tools/metrics_page.py. Change the table in src/sixnines/telemetry/metrics.py, then run it. -->

What `GET /metrics` tells, in the text format of Prometheus, and in OpenMetrics for a reader whose `Accept` prefers
that. It needs the admin key where one is configured. How to scrape it, what to alert on and how to look at it:
[monitoring](../guide/monitoring.md).

- A counter is shown with `_total` behind its name, a histogram as `_bucket`, `_sum` and `_count`.
- Labels hold names that the config declares, or words of closed sets. Nothing that a caller sends becomes a label, so
  nobody can make series by asking.
- With several workers the page is about all of them: counters, histograms and gauges are sums, unless the table says
  *mean* or *greatest*.
- *Exemplars*: in OpenMetrics every bucket names the last request that was counted in it. Its trail is at
  `/admin/v1/requests/ID`.

"""


def page() -> str:
    """The whole page."""
    rows = [
        (f"`{info.name}`", info.type.value, info.unit, ", ".join(f"`{each}`" for each in info.labels), _meaning(info))
        for info in TABLE
    ]
    lines = [("name", "type", "unit", "labels", "meaning"), ("---",) * 5, *rows]
    table = "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
    return f"{_INTRODUCTION}{table}\n## Buckets\n\n{_buckets()}"


def _meaning(info: MetricInfo) -> str:
    notes = [
        word
        for word, holds in (("mean", info.mean), ("greatest", info.greatest), ("exemplars", info.exemplars))
        if holds
    ]
    return f"{info.help} *{', '.join(notes)}*" if notes else info.help


def _buckets() -> str:
    histograms = [info for info in TABLE if info.type is MetricType.HISTOGRAM]
    return "".join(f"- `{info.name}`: {', '.join(f'{each:g}' for each in info.buckets)}\n" for info in histograms)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
