"""The table of metrics, and the registry made from it.

Counting is plain integers in dictionaries, because it happens on the request path; text is made when somebody asks.
Labels hold only names that config declares or closed sets, never what a caller sent.
Exposition: prometheus-client. Units and names: https://prometheus.io/docs/practices/naming/.
"""

import bisect
import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

# Seconds. First tokens of local engines take 50 ms to some seconds, cold loads minutes; finer where answers are fast.
_LATENCY_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)

Labels = tuple[str, ...]


class MetricType(enum.Enum):
    """The Prometheus types in use."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """One row of the table. `name` is without the suffixes that the exposition adds (`_total`, `_bucket`)."""

    name: str
    type: MetricType
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()


REQUESTS: Final = MetricInfo(
    "sixnines_requests", MetricType.COUNTER, ("model", "operation", "outcome"), "Requests that named a known model."
)
REFUSALS: Final = MetricInfo("sixnines_refusals", MetricType.COUNTER, ("code",), "Requests refused before any attempt.")
ATTEMPTS: Final = MetricInfo(
    "sixnines_attempts", MetricType.COUNTER, ("provider", "outcome"), "Calls of providers: `ok` or the failure kind."
)
FALLBACKS: Final = MetricInfo(
    "sixnines_fallbacks",
    MetricType.COUNTER,
    ("model", "provider", "reason"),
    "Moves away from a candidate that failed.",
)
FIRST_CONTENT: Final = MetricInfo(
    "sixnines_first_content_seconds",
    MetricType.HISTOGRAM,
    ("model", "provider"),
    "From the request's arrival to the first content of a streamed answer.",
    _LATENCY_BUCKETS,
)
DURATION: Final = MetricInfo(
    "sixnines_request_duration_seconds",
    MetricType.HISTOGRAM,
    ("model", "operation"),
    "From the request's arrival to the end of the answer.",
    _LATENCY_BUCKETS,
)
TOKENS: Final = MetricInfo(
    "sixnines_tokens", MetricType.COUNTER, ("model", "provider", "direction"), "Tokens as the providers counted them."
)
IN_FLIGHT: Final = MetricInfo("sixnines_in_flight_requests", MetricType.GAUGE, (), "Requests being served now.")
TASKS: Final = MetricInfo(
    "sixnines_tasks", MetricType.GAUGE, (), "Tasks of the event loop, that of this scrape included."
)
PROVIDER_IN_FLIGHT: Final = MetricInfo(
    "sixnines_provider_in_flight_requests", MetricType.GAUGE, ("provider",), "Places at the provider that are taken."
)
PROVIDER_QUEUED: Final = MetricInfo(
    "sixnines_provider_queued_requests",
    MetricType.GAUGE,
    ("provider",),
    "Requests that wait for a place at the provider; one may wait at several.",
)
UPSTREAM_CONNECTIONS: Final = MetricInfo(
    "sixnines_upstream_connections",
    MetricType.COUNTER,
    ("event",),
    "Connections to providers: opened, reused, replaced.",
)
TRUNCATED_PROMPTS: Final = MetricInfo(
    "sixnines_truncated_prompts",
    MetricType.COUNTER,
    ("provider",),
    "Streams whose engine had silently dropped the beginning of the prompt.",
)
BUGS: Final = MetricInfo("sixnines_internal_errors", MetricType.COUNTER, (), "Errors that are the gateway's own fault.")

TABLE: Final = (
    REQUESTS, REFUSALS, ATTEMPTS, FALLBACKS, FIRST_CONTENT, DURATION, TOKENS, IN_FLIGHT, TASKS,
    PROVIDER_IN_FLIGHT, PROVIDER_QUEUED, UPSTREAM_CONNECTIONS, TRUNCATED_PROMPTS, BUGS,
)  # fmt: skip


class _Histogram:
    """Counts per bucket (not cumulative) and the sum."""

    __slots__ = ("counts", "sum")

    def __init__(self, buckets: int) -> None:
        self.counts = [0] * (buckets + 1)
        self.sum = 0.0


class Metrics:
    """The values of every metric of the table."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[Labels, float]] = {info.name: {} for info in TABLE}
        self._histograms: dict[str, dict[Labels, _Histogram]] = {
            info.name: {} for info in TABLE if info.type is MetricType.HISTOGRAM
        }

    def count(self, info: MetricInfo, labels: Labels = (), amount: float = 1) -> None:
        """Add to a counter or a gauge."""
        numbers = self._numbers[info.name]
        numbers[labels] = numbers.get(labels, 0) + amount

    def assign(self, info: MetricInfo, labels: Labels, value: float) -> None:
        """Set a value that is counted elsewhere."""
        self._numbers[info.name][labels] = value

    def observe(self, info: MetricInfo, labels: Labels, value: float) -> None:
        """Add to a histogram."""
        histograms = self._histograms[info.name]
        histogram = histograms.get(labels)
        if histogram is None:
            histogram = histograms[labels] = _Histogram(len(info.buckets))
        histogram.counts[bisect.bisect_left(info.buckets, value)] += 1
        histogram.sum += value

    def value(self, info: MetricInfo, labels: Labels = ()) -> float:
        """A counter's or gauge's value; 0 when it was never touched."""
        return self._numbers[info.name].get(labels, 0)

    def render(self) -> bytes:
        """The Prometheus text exposition format, version 0.0.4."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Snapshot([self._family(info) for info in TABLE]))
        return generate_latest(registry)

    def _family(self, info: MetricInfo) -> Metric:
        match info.type:
            case MetricType.HISTOGRAM:
                histogram = HistogramMetricFamily(info.name, info.help, labels=info.labels)
                for labels, values in self._histograms[info.name].items():
                    histogram.add_metric(labels, _cumulative(info.buckets, values.counts), values.sum)
                return histogram
            case MetricType.COUNTER:
                counter = CounterMetricFamily(info.name, info.help, labels=info.labels)
                for labels, value in self._seeded(info).items():
                    counter.add_metric(labels, value)
                return counter
            case MetricType.GAUGE:
                gauge = GaugeMetricFamily(info.name, info.help, labels=info.labels)
                for labels, value in self._seeded(info).items():
                    gauge.add_metric(labels, value)
                return gauge

    def _seeded(self, info: MetricInfo) -> dict[Labels, float]:
        """A metric without labels exists from the start, at zero."""
        return self._numbers[info.name] or ({} if info.labels else {(): 0.0})


def _cumulative(buckets: Sequence[float], counts: Sequence[int]) -> list[tuple[str, float]]:
    total = 0
    rows: list[tuple[str, float]] = []
    for bound, count in zip([*map(repr, buckets), "+Inf"], counts, strict=True):
        total += count
        rows.append((bound, total))
    return rows


class _Snapshot(Collector):
    """Families made for one scrape."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """The families."""
        return self._families
