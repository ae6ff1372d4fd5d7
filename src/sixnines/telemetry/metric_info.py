"""What a row of the table of metrics says. Values only.

Units and names: https://prometheus.io/docs/practices/naming/.
"""

import enum
from dataclasses import dataclass
from typing import Final

_UNITS: Final = ("seconds", "ratio", "bytes", "dollars", "tokens")


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
        greatest: a gauge that is no sum over workers but the greatest of them.
        exemplars: a histogram that remembers for each bucket the id of the last request in it.
    """

    name: str
    type: MetricType
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()
    mean: bool = False
    greatest: bool = False
    exemplars: bool = False

    @property
    def unit(self) -> str:
        """The unit that the name ends with, as Prometheus wants it; "" for what is counted in pieces."""
        last = self.name.rpartition("_")[2]
        return last if last in _UNITS else ""

    @property
    def samples(self) -> tuple[str, ...]:
        """The names under which Prometheus has it."""
        match self.type:
            case MetricType.COUNTER:
                return (f"{self.name}_total",)
            case MetricType.GAUGE:
                return (self.name,)
            case MetricType.HISTOGRAM:
                return tuple(f"{self.name}_{suffix}" for suffix in ("bucket", "sum", "count"))
