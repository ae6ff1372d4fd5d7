"""All values of the metrics, as one worker tells them to another. Values only."""

import msgspec

from sixnines.telemetry.exposition import Exemplar, Labels


class Stock(msgspec.Struct, frozen=True):
    """All values at one moment, as one worker tells them to another.

    Attributes:
        numbers: counters and gauges by name: labels and value of each, that of a mean times its weight.
        weights: of means by name: first label and weight of each.
        histograms: by name: labels, counts per bucket (not cumulative) and sum of each.
        exemplars: by name: labels, and for each bucket the last request that was counted in it, or None.
    """

    numbers: dict[str, list[tuple[Labels, float]]]
    weights: dict[str, list[tuple[str, float]]]
    histograms: dict[str, list[tuple[Labels, list[int], float]]]
    exemplars: dict[str, list[tuple[Labels, list[Exemplar | None]]]] = {}
