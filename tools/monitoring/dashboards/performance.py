"""How long answers take, and what of it is the gateway."""

from monitoring.dashboards.panels import Board, Panel
from monitoring.promql import gauge, mean, observed, quantile
from monitoring.recordings import FIRST_CONTENT_P95
from sixnines.telemetry.metric_info import MetricInfo
from sixnines.telemetry.metrics import (
    DURATION,
    FIRST_CONTENT,
    IN_FLIGHT,
    LONGEST_PAUSE,
    OVERHEAD,
    PACE,
    TASKS,
    TOKEN_GAP,
)

_PARTS = (0.5, 0.95, 0.99)


def _over_all(info: MetricInfo) -> list[tuple[str, str]]:
    return [(quantile(part, info), f"P{part * 100:g}") for part in _PARTS]


BOARD = Board(
    "sixnines-performance",
    "sixnines: performance",
    "How long answers take, and what of it is the gateway.",
    (
        (
            "Time to the first content",
            (
                Panel(
                    "Over all models",
                    "From a request's arrival to the first content of a streamed answer.",
                    _over_all(FIRST_CONTENT),
                    "s",
                    exemplars=True,
                ),
                Panel(
                    "P95 by model and provider",
                    "Of the last ten minutes.",
                    [(FIRST_CONTENT_P95.name, "{{model}} at {{provider}}")],
                    "s",
                ),
                Panel(
                    "P50 by model",
                    "Half of the streams begin sooner.",
                    [(quantile(0.5, FIRST_CONTENT, by=("model",)), "{{model}}")],
                    "s",
                ),
                Panel(
                    "P99 by model",
                    "One stream in a hundred begins later.",
                    [(quantile(0.99, FIRST_CONTENT, by=("model",)), "{{model}}")],
                    "s",
                ),
            ),
        ),
        (
            "Streams",
            (
                Panel(
                    "Time between two pieces",
                    "The mean of each stream: percentiles over streams.",
                    _over_all(TOKEN_GAP),
                    "s",
                ),
                Panel(
                    "P95 of it by model and provider",
                    "One stream in twenty is slower.",
                    [(quantile(0.95, TOKEN_GAP, by=("model", "provider")), "{{model}} at {{provider}}")],
                    "s",
                ),
                Panel(
                    "Longest pause",
                    "The longest time between two pieces of each stream.",
                    _over_all(LONGEST_PAUSE),
                    "s",
                ),
                Panel(
                    "Tokens per second",
                    "P50 and the slowest in twenty, by provider.",
                    [
                        (quantile(0.5, PACE, by=("provider",)), "{{provider}} P50"),
                        (quantile(0.05, PACE, by=("provider",)), "{{provider}} P5"),
                    ],
                ),
            ),
        ),
        (
            "Whole answers",
            (
                Panel(
                    "Whole time",
                    "From a request's arrival to the end of its answer.",
                    _over_all(DURATION),
                    "s",
                    exemplars=True,
                ),
                Panel(
                    "P95 by model",
                    "One request in twenty takes longer.",
                    [(quantile(0.95, DURATION, by=("model",)), "{{model}}")],
                    "s",
                    exemplars=True,
                ),
            ),
        ),
        (
            "The gateway itself",
            (
                Panel(
                    "Overhead",
                    "What a request took besides its attempts: reading, planning, waiting for a place or a retry.",
                    _over_all(OVERHEAD),
                    "s",
                    exemplars=True,
                ),
                Panel(
                    "Mean overhead by operation",
                    "The same, as a mean.",
                    [(mean(OVERHEAD, by=("operation",)), "{{operation}}")],
                    "s",
                ),
                Panel(
                    "Requests that ended",
                    "By operation.",
                    [(observed(OVERHEAD, by=("operation",)), "{{operation}}")],
                    "reqps",
                ),
                Panel(
                    "In flight and tasks",
                    "Requests being served, and tasks of the event loops.",
                    [(gauge(IN_FLIGHT), "in flight"), (gauge(TASKS), "tasks")],
                ),
            ),
        ),
    ),
)
