"""The values of every metric of the table, and the pages made from them.

Counting is plain integers in dictionaries, because it happens on the request path; text is made when somebody asks.
"""

import bisect
from collections.abc import Container, Iterator, Mapping
from typing import Final

from sixnines.telemetry import exposition
from sixnines.telemetry.exposition import Counted, Exemplar, Labels
from sixnines.telemetry.metric_info import MetricInfo, MetricType
from sixnines.telemetry.metrics import DURATION, REQUESTS, TABLE
from sixnines.telemetry.stock import Stock

_BUCKETS: Final = DURATION.buckets

Kind = tuple[str, str, str, str]
"""What was asked for, the model and the provider that served it, and the operation: all of them names of the config."""


class _Histogram:
    """Counts per bucket (not cumulative), the sum, and for each bucket the last request in it where that is kept."""

    __slots__ = ("counts", "exemplars", "sum")

    def __init__(self, buckets: int) -> None:
        self.counts = [0] * (buckets + 1)
        self.sum = 0.0
        self.exemplars: list[Exemplar | None] | None = None


class Counter:
    """One counter, for whoever counts so often that the table would be looked through for it again and again."""

    __slots__ = ("_count", "_fresh", "_info", "_labels")

    def __init__(self, fresh: "list[Counter]", info: MetricInfo, labels: Labels) -> None:
        self._fresh = fresh
        self._info = info
        self._labels = labels
        self._count = 0

    def add(self, count: int = 1) -> None:
        """Add to it."""
        if not self._count:
            self._fresh.append(self)
        self._count += count

    def pour(self, metrics: "Metrics") -> None:
        """Into the table with it."""
        count, self._count = self._count, 0
        metrics.count(self._info, self._labels, count)


class Answers:
    """Whole answers to one name, by one model, provider and operation: counted together, until somebody reads them.

    What is counted of an answer has its place in two tables. A gateway with thousands of models has none of those
    places in the caches of its processor; here they are side by side.

    Attributes:
        name, served, provider, operation: as in `REQUESTS`.
    """

    __slots__ = (
        "_count", "_counts", "_exemplars", "_fresh", "_seconds",
        "name", "operation", "provider", "served",
    )  # fmt: skip

    def __init__(self, fresh: "list[Answers]", kind: Kind) -> None:
        self.name, self.served, self.provider, self.operation = kind
        self._fresh = fresh
        self._empty()

    def note(self, seconds: float, request_id: str) -> None:
        """One more: the seconds that the request took, and its id."""
        if not self._count:
            self._fresh.append(self)
        self._count += 1
        self._seconds += seconds
        bucket = bisect.bisect_left(_BUCKETS, seconds)
        counts = self._counts
        if not counts[bucket]:  # the first will do: to let go of the one before would fetch that from the memory, too
            self._exemplars.append((bucket, (request_id, seconds)))
        counts[bucket] += 1

    def pour(self, metrics: "Metrics") -> None:
        """Into the tables with it."""
        name, served, provider, operation = self.name, self.served, self.provider, self.operation
        metrics.count(REQUESTS, (name, served, provider, operation, "ok"), self._count)
        exemplars: list[Exemplar | None] = [None] * len(self._counts)
        for bucket, exemplar in self._exemplars:
            exemplars[bucket] = exemplar
        metrics.add_observed(DURATION, (name, operation), self._counts, total=self._seconds, exemplars=exemplars)
        self._empty()

    def _empty(self) -> None:
        self._count = 0
        self._seconds = 0.0
        self._counts = [0] * (len(_BUCKETS) + 1)
        self._exemplars: list[tuple[int, Exemplar]] = []


class Metrics:
    """The values of every metric of the table."""

    def __init__(self) -> None:
        self._answers: dict[Kind, Answers] = {}
        self._fresh: list[Answers] = []
        self._counters: dict[tuple[str, Labels], Counter] = {}
        self._fresh_counters: list[Counter] = []
        self._numbers: dict[str, dict[Labels, float]] = {info.name: {} for info in TABLE}
        self._weights: dict[str, dict[str, float]] = {info.name: {} for info in TABLE if info.mean}
        self._histograms: dict[str, dict[Labels, _Histogram]] = {
            info.name: {} for info in TABLE if info.type is MetricType.HISTOGRAM
        }

    def count(self, info: MetricInfo, labels: Labels = (), amount: float = 1) -> None:
        """Add to a counter or a gauge."""
        numbers = self._numbers[info.name]
        numbers[labels] = numbers.get(labels, 0) + amount

    def assign(self, info: MetricInfo, labels: Labels, value: int | float) -> None:
        """Set a value that is counted elsewhere."""
        # As machine code a `float` would make 28.0 of 28, and pages would say so.
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

    def observe_of(self, info: MetricInfo, labels: Labels, value: float, request_id: str) -> None:
        """The same, and remember the request as an example of those in its bucket."""
        histogram = self._histograms[info.name].get(labels)
        if histogram is None:
            histogram = self._histogram(info, labels)
        bucket = bisect.bisect_left(info.buckets, value)
        histogram.counts[bucket] += 1
        histogram.sum += value
        exemplars = histogram.exemplars
        if exemplars is None:
            exemplars = histogram.exemplars = [None] * len(histogram.counts)
        exemplars[bucket] = (request_id, value)

    def counter(self, info: MetricInfo, labels: Labels) -> Counter:
        """One counter of the table, made when first asked for."""
        found = self._counters.get((info.name, labels))
        if found is None:
            found = self._counters[info.name, labels] = Counter(self._fresh_counters, info, labels)
        return found

    def answers(self, kind: Kind) -> Answers:
        """Where whole answers of this kind are counted, made when first asked for."""
        found = self._answers.get(kind)
        if found is None:
            found = self._answers[kind] = Answers(self._fresh, kind)
        return found

    def add_observed(
        self, info: MetricInfo, labels: Labels, counts: list[int], *, total: float, exemplars: list[Exemplar | None]
    ) -> None:
        """Add to a histogram what was observed elsewhere."""
        histogram = self._histogram(info, labels)
        histogram.sum += total
        kept = histogram.exemplars
        if kept is None:
            kept = histogram.exemplars = [None] * len(counts)
        for bucket, count in enumerate(counts):
            if count:
                histogram.counts[bucket] += count
                kept[bucket] = exemplars[bucket]

    def _gather(self) -> None:
        """Bring the tables up to date."""
        for each in self._fresh:
            each.pour(self)
        self._fresh.clear()
        for counter in self._fresh_counters:
            counter.pour(self)
        self._fresh_counters.clear()

    def stock(self) -> Stock:
        """What there is now."""
        self._gather()
        return Stock(
            {name: list(values.items()) for name, values in self._numbers.items() if values},
            {name: list(weights.items()) for name, weights in self._weights.items() if weights},
            {
                name: [(labels, list(each.counts), each.sum) for labels, each in values.items()]
                for name, values in self._histograms.items()
                if values
            },
            {
                name: [(labels, list(each.exemplars)) for labels, each in values.items() if each.exemplars is not None]
                for name, values in self._histograms.items()
                if any(each.exemplars is not None for each in values.values())
            },
        )

    def add(self, stock: Stock, types: Container[MetricType] = frozenset(MetricType)) -> None:
        """Add the values of `types` to those here: the sum is what one process would have counted."""
        for info in TABLE:
            if info.type not in types:
                continue
            numbers = self._numbers[info.name]
            for labels, value in stock.numbers.get(info.name, ()):
                before = numbers.get(labels, 0)
                numbers[labels] = max(before, value) if info.greatest else before + value
            for label, weight in stock.weights.get(info.name, ()):
                weights = self._weights[info.name]
                weights[label] = weights.get(label, 0.0) + weight
            for labels, counts, total in stock.histograms.get(info.name, ()):
                own = self._histogram(info, labels)
                own.counts = [one + other for one, other in zip(own.counts, counts, strict=True)]
                own.sum += total
            for labels, exemplars in stock.exemplars.get(info.name, ()):
                self._histogram(info, labels).exemplars = list(exemplars)

    def value(self, info: MetricInfo, labels: Labels = ()) -> float:
        """A counter's or gauge's value; 0 when it was never touched."""
        self._gather()
        value = self._numbers[info.name].get(labels, 0)
        return value / self._weights[info.name][labels[0]] if info.mean and value else value

    def values(self, info: MetricInfo) -> Mapping[Labels, float]:
        """All values of a counter or gauge, by labels."""
        self._gather()
        return self._numbers[info.name]

    def families(self, *, open_metrics: bool = False) -> Iterator[bytes]:
        """The page, a family at a time, so that whoever makes it can let others go first in between.

        Args:
            open_metrics: in OpenMetrics 1.0 instead of the Prometheus text exposition format, version 0.0.4.
        """
        self._gather()
        for info in TABLE:
            yield self._family(info, open_metrics=open_metrics).encode()
        if open_metrics:
            yield exposition.OPEN_METRICS_END.encode()

    def render(self, *, open_metrics: bool = False) -> bytes:
        """The page as a whole."""
        return b"".join(self.families(open_metrics=open_metrics))

    def _histogram(self, info: MetricInfo, labels: Labels) -> _Histogram:
        """The one with these labels, made when first asked for."""
        found = self._histograms[info.name].get(labels)
        if found is None:
            found = self._histograms[info.name][labels] = _Histogram(len(info.buckets))
        return found

    def _family(self, info: MetricInfo, *, open_metrics: bool) -> str:
        if info.type is not MetricType.HISTOGRAM:
            return exposition.plain(info, self._seeded(info), open_metrics=open_metrics)
        found: list[Counted] = [
            (labels, each.counts, each.sum, each.exemplars) for labels, each in self._histograms[info.name].items()
        ]
        return exposition.histogram(info, found, open_metrics=open_metrics)

    def _seeded(self, info: MetricInfo) -> dict[Labels, float]:
        """A metric without labels exists from the start, at zero."""
        if info.mean:
            weights = self._weights[info.name]
            return {labels: value / weights[labels[0]] for labels, value in self._numbers[info.name].items()}
        return self._numbers[info.name] or ({} if info.labels else {(): 0.0})
