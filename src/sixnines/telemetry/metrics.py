"""The table of metrics, and the registry made from it.

Counting is plain integers in dictionaries, because it happens on the request path; text is made when somebody asks.
Labels hold only names that config declares or closed sets, never what a caller sent.
The text: `exposition.py`. Units and names: https://prometheus.io/docs/practices/naming/.
"""

import bisect
import enum
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

from sixnines.telemetry import exposition
from sixnines.telemetry.exposition import Labels
from sixnines.telemetry.stock import Stock

# Seconds. First tokens of local engines take 50 ms to some seconds, cold loads minutes; finer where answers are fast.
_LATENCY_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)


class MetricType(enum.Enum):
    """The Prometheus types in use."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """One row of the table.

    Attributes:
        name: without the suffixes that the exposition adds (`_total`, `_bucket`).
        type: of Prometheus.
        labels: their names.
        help: what it is, for people.
        buckets: the upper bounds of a histogram's.
        mean: a gauge that is no sum over workers but their mean, weighed by what each of them has it from; all values
            with the same first label have the same weight.
    """

    name: str
    type: MetricType
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()
    mean: bool = False


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
    "sixnines_tasks", MetricType.GAUGE, (), "Tasks of the workers' event loops, that of this scrape included."
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
TRAFFIC_SHARE: Final = MetricInfo(
    "sixnines_traffic_share_ratio",
    MetricType.GAUGE,
    ("route", "provider"),
    "Share of the recent requests of a route or model with traffic targets that the provider served.",
    mean=True,
)
TRAFFIC_TARGET: Final = MetricInfo(
    "sixnines_traffic_target_ratio",
    MetricType.GAUGE,
    ("route", "provider"),
    "Share that the provider is to serve, as configured.",
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
UNRECORDED: Final = MetricInfo(
    "sixnines_unrecorded_decisions",
    MetricType.COUNTER,
    ("reason",),
    "Requests that are missing in `server.decision_log`: the queue was full, or the disk failed.",
)
ADAPTIVE_DECISIONS: Final = MetricInfo(
    "sixnines_adaptive_decisions",
    MetricType.COUNTER,
    ("place", "choice"),
    "Decisions by experience: for the best choice as far as is known, one that may be as good, one known to be worse.",
)
ADAPTIVE_SHADOW: Final = MetricInfo(
    "sixnines_adaptive_shadow_decisions",
    MetricType.COUNTER,
    ("place", "verdict"),
    "Decisions in the shadow of another strategy: the same, or otherwise.",
)
ADAPTIVE_EXPECTED: Final = MetricInfo(
    "sixnines_adaptive_expected_reward",
    MetricType.GAUGE,
    ("place", "of"),
    "What was expected on average of late: of whoever led, of the choice by experience, and of the best.",
    mean=True,
)
OUTCOMES: Final = MetricInfo(
    "sixnines_outcomes",
    MetricType.COUNTER,
    ("scope", "name", "outcome"),
    "Outcomes that count for availability, `good` or `bad`: requests of the gateway, a model, a route; attempts of a "
    "provider.",
)
AVAILABILITY: Final = MetricInfo(
    "sixnines_availability_ratio",
    MetricType.GAUGE,
    ("scope", "name", "window"),
    "The part of the outcomes that were good; not there where nothing was counted.",
)
AVAILABILITY_LOWER: Final = MetricInfo(
    "sixnines_availability_lower_ratio",
    MetricType.GAUGE,
    ("scope", "name", "window"),
    "The lower end of its 95 % interval (Clopper-Pearson).",
)
AVAILABILITY_UPPER: Final = MetricInfo(
    "sixnines_availability_upper_ratio", MetricType.GAUGE, ("scope", "name", "window"), "The upper end of that."
)
BUDGET_BURN: Final = MetricInfo(
    "sixnines_error_budget_burn_ratio",
    MetricType.GAUGE,
    ("scope", "name", "window"),
    "How many times as fast as the target allows the error budget was used.",
)
BUDGET_LEFT: Final = MetricInfo(
    "sixnines_error_budget_left_ratio",
    MetricType.GAUGE,
    ("scope", "name"),
    "The part of the error budget of 30 days that is left; negative where the target is missed.",
)
LEDGER_WAITING: Final = MetricInfo(
    "sixnines_ledger_waiting_outcomes", MetricType.GAUGE, (), "Outcomes of requests that are not in the ledger yet."
)
LEDGER_LOST: Final = MetricInfo(
    "sixnines_ledger_lost_outcomes",
    MetricType.COUNTER,
    (),
    "Outcomes of requests that never will be: it could not be written for too long.",
)
BUGS: Final = MetricInfo("sixnines_internal_errors", MetricType.COUNTER, (), "Errors that are the gateway's own fault.")
CONFIG_REVISION: Final = MetricInfo(
    "sixnines_config_revision",
    MetricType.GAUGE,
    (),
    "The revision of the config that new requests are served by; 0 for one that could not be recorded.",
)
CONFIG_CHANGES: Final = MetricInfo(
    "sixnines_config_changes",
    MetricType.COUNTER,
    ("result",),
    "Changes of the config that were asked for, by what became of them.",
)
WORKERS: Final = MetricInfo(
    "sixnines_workers",
    MetricType.GAUGE,
    ("state",),
    "Workers that gave their figures for this page, and those that are missing: what these had left stands for them.",
)
WORKER_CONNECTIONS: Final = MetricInfo(
    "sixnines_worker_connections", MetricType.GAUGE, ("worker",), "Connections of callers, by the worker that has them."
)
WORKER_RESTARTS: Final = MetricInfo(
    "sixnines_worker_restarts", MetricType.COUNTER, (), "Workers started in the place of one that had ended."
)

TABLE: Final = (
    REQUESTS, REFUSALS, ATTEMPTS, FALLBACKS, FIRST_CONTENT, DURATION, TOKENS, IN_FLIGHT, TASKS,
    PROVIDER_IN_FLIGHT, PROVIDER_QUEUED, TRAFFIC_SHARE, TRAFFIC_TARGET, UPSTREAM_CONNECTIONS, TRUNCATED_PROMPTS,
    ADAPTIVE_DECISIONS, ADAPTIVE_SHADOW, ADAPTIVE_EXPECTED, UNRECORDED, BUGS, CONFIG_REVISION, CONFIG_CHANGES,
    OUTCOMES, AVAILABILITY, AVAILABILITY_LOWER, AVAILABILITY_UPPER, BUDGET_BURN, BUDGET_LEFT, LEDGER_WAITING,
    LEDGER_LOST,
    WORKERS, WORKER_CONNECTIONS, WORKER_RESTARTS,
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
        self._weights: dict[str, dict[str, float]] = {info.name: {} for info in TABLE if info.mean}
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

    def replace(self, info: MetricInfo, values: Mapping[Labels, float]) -> None:
        """Set all values of a metric that is counted elsewhere; what is no longer there is gone."""
        self._numbers[info.name] = dict(values)

    def replace_means(self, info: MetricInfo, values: Mapping[Labels, float], weights: Mapping[str, float]) -> None:
        """The same for means: `weights`, all more than 0, are by the first label."""
        self._numbers[info.name] = {labels: value * weights[labels[0]] for labels, value in values.items()}
        self._weights[info.name] = dict(weights)

    def observe(self, info: MetricInfo, labels: Labels, value: float) -> None:
        """Add to a histogram."""
        histogram = self._histograms[info.name].get(labels)
        if histogram is None:
            histogram = self._histogram(info, labels)
        histogram.counts[bisect.bisect_left(info.buckets, value)] += 1
        histogram.sum += value

    def stock(self) -> Stock:
        """What there is now."""
        return Stock(
            {name: list(values.items()) for name, values in self._numbers.items() if values},
            {name: list(weights.items()) for name, weights in self._weights.items() if weights},
            {
                name: [(labels, list(each.counts), each.sum) for labels, each in values.items()]
                for name, values in self._histograms.items()
                if values
            },
        )

    def add(self, stock: Stock, types: Container[MetricType] = frozenset(MetricType)) -> None:
        """Add the values of `types` to those here: the sum is what one process would have counted."""
        for info in TABLE:
            if info.type not in types:
                continue
            for labels, value in stock.numbers.get(info.name, ()):
                self.count(info, labels, value)
            for label, weight in stock.weights.get(info.name, ()):
                weights = self._weights[info.name]
                weights[label] = weights.get(label, 0.0) + weight
            for labels, counts, total in stock.histograms.get(info.name, ()):
                own = self._histogram(info, labels)
                own.counts = [one + other for one, other in zip(own.counts, counts, strict=True)]
                own.sum += total

    def value(self, info: MetricInfo, labels: Labels = ()) -> float:
        """A counter's or gauge's value; 0 when it was never touched."""
        value = self._numbers[info.name].get(labels, 0)
        return value / self._weights[info.name][labels[0]] if info.mean and value else value

    def values(self, info: MetricInfo) -> Mapping[Labels, float]:
        """All values of a counter or gauge, by labels."""
        return self._numbers[info.name]

    def render(self) -> bytes:
        """The Prometheus text exposition format, version 0.0.4."""
        return "".join([self._family(info) for info in TABLE]).encode()

    def _histogram(self, info: MetricInfo, labels: Labels) -> _Histogram:
        """The one with these labels, made when first asked for."""
        found = self._histograms[info.name].get(labels)
        if found is None:
            found = self._histograms[info.name][labels] = _Histogram(len(info.buckets))
        return found

    def _family(self, info: MetricInfo) -> str:
        match info.type:
            case MetricType.HISTOGRAM:
                found = self._histograms[info.name].items()
                values = ((labels, each.counts, each.sum) for labels, each in found)
                return exposition.histogram(
                    info.name, info.help, labels=info.labels, bounds=info.buckets, values=values
                )
            case MetricType.COUNTER:
                name = f"{info.name}_total"
                return exposition.plain(name, "counter", info.help, labels=info.labels, values=self._seeded(info))
            case MetricType.GAUGE:
                return exposition.plain(info.name, "gauge", info.help, labels=info.labels, values=self._seeded(info))

    def _seeded(self, info: MetricInfo) -> dict[Labels, float]:
        """A metric without labels exists from the start, at zero."""
        if info.mean:
            weights = self._weights[info.name]
            return {labels: value / weights[labels[0]] for labels, value in self._numbers[info.name].items()}
        return self._numbers[info.name] or ({} if info.labels else {(): 0.0})
