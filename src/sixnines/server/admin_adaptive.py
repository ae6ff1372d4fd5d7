"""What strategies have learned, for operators: a page for holders of the admin key (see `App`), and metrics.

Shows what was counted and what is expected from it. Never decides anything, and never uses up a turn.
"""

import asyncio
import math

import msgspec

from sixnines.config.snapshot import ModelSpec, RouteSpec, Snapshot
from sixnines.domain.reward import LearningSettings, micros, seconds
from sixnines.routing.evidence import Evidence, Moments, faded
from sixnines.routing.learned import Learned, places_of
from sixnines.routing.place import Bucket, Place, Tally
from sixnines.server.app import Visit
from sixnines.telemetry.counting import Metrics
from sixnines.telemetry.metrics import ADAPTIVE_DECISIONS, ADAPTIVE_EXPECTED, ADAPTIVE_SHADOW

_encode = msgspec.json.Encoder().encode
# No cache may keep what needed a key, or show yesterday's.
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
# Evidence that is worth less than this is none any more.
_NOTHING = 0.01
_NONE = Tally()


class AdaptivePage:
    """`GET /admin/v1/adaptive`: the places of the current config where something is learned.

    Of several workers each learns by itself, and shows what it has learned.
    """

    path = "/admin/v1/adaptive"

    def __init__(self, learned: Learned, worker: int) -> None:
        self._learned = learned
        self._worker = worker

    async def serve(self, visit: Visit) -> None:
        """All of them."""
        snapshot = visit.ticket.generation.snapshot
        rows: list[dict[str, object]] = []
        for name, choices in places_of(snapshot).items():
            target = snapshot.models.get(name) or snapshot.routes[name]
            if target.learning is not None:
                rows.append(_place(target, target.learning, choices, self._learned.place(name)))
            await asyncio.sleep(0)  # model calls go first
        body = _encode({"worker": self._worker, "places": rows})
        visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], body)


def assign_tallies(metrics: Metrics, learned: Learned, snapshot: Snapshot) -> None:
    """Set the metrics that tell how decisions by experience went, at the places of this config.

    Like all counters these begin with the process: what a file has told of the time before counts for the page alone.
    """
    expected: dict[tuple[str, ...], float] = {}
    weights: dict[str, float] = {}
    for name, place in learned.places():
        if name not in snapshot.models and name not in snapshot.routes:
            continue
        tally, before = place.tally, learned.taken.get(name, _NONE)
        best, plausible, worse = (
            tally.best - before.best,
            tally.plausible - before.plausible,
            tally.worse - before.worse,
        )
        for choice, count in (("best", best), ("plausible", plausible), ("worse", worse)):
            metrics.assign(ADAPTIVE_DECISIONS, (name, choice), count)
        if shadowed := tally.shadowed - before.shadowed:
            other = tally.other - before.other
            metrics.assign(ADAPTIVE_SHADOW, (name, "same"), shadowed - other)
            metrics.assign(ADAPTIVE_SHADOW, (name, "otherwise"), other)
        if tally.recent:
            weights[name] = tally.recent
            for of, total in (("acting", tally.acting), ("adaptive", tally.chosen), ("best", tally.highest)):
                expected[name, of] = total / tally.recent
    metrics.replace_means(ADAPTIVE_EXPECTED, expected, weights)


def _place(
    target: ModelSpec | RouteSpec, settings: LearningSettings, choices: tuple[str, ...], place: Place
) -> dict[str, object]:
    return {
        "name": target.name,
        "chooses": "models" if isinstance(target, RouteSpec) else "deployments",
        "strategy": target.strategy,
        "shadow": settings.shadow,
        "settings": {
            "explore": settings.explore,
            "max_regret": settings.max_regret,
            "half_life": settings.half_life,
            "weights": settings.weights,
        },
        "decisions": _tally(place.tally),
        "requests": {kind: _bucket(bucket, choices, settings) for kind, bucket in sorted(place.buckets.items())},
    }


def _tally(tally: Tally) -> dict[str, object]:
    """How often, and what was expected on average of late; null before the first decision."""
    return {
        "total": tally.decisions,
        "best": tally.best,
        "plausible": tally.plausible,
        "worse": tally.worse,
        "in_shadow": tally.shadowed,
        "otherwise": tally.other,
        "expected_acting": _mean(tally.acting, tally.recent),
        "expected_adaptive": _mean(tally.chosen, tally.recent),
        "expected_best": _mean(tally.highest, tally.recent),
    }


def _bucket(bucket: Bucket, choices: tuple[str, ...], settings: LearningSettings) -> list[dict[str, object]]:
    return [_choice(bucket, each, settings) for each in choices]


def _choice(bucket: Bucket, name: str, settings: LearningSettings) -> dict[str, object]:
    belief = bucket.expected(name, half_life=settings.half_life, weights=settings.weights)
    seen = bucket.choices.get(name, Evidence(bucket.ticks))
    left = faded(bucket.ticks - seen.at, settings.half_life)
    quick, cheap = _part(seen.speed, left), _part(seen.thrift, left)
    return {
        "name": name,
        "expected": round(belief.mean, 4),
        "deviation": round(math.sqrt(belief.variance), 4),
        "evidence": round(seen.success.count * left, 2),
        "success": _part(seen.success, left),
        "wait_ms": None if quick is None else round(seconds(quick) * 1000, 1),
        "cost_micros": None if cheap is None else round(micros(cheap)),
        "feedback": _part(seen.feedback, left),
    }


def _part(moments: Moments, left: float) -> float | None:
    """The mean of what was seen; None where nothing was, or it has faded."""
    return _mean(moments.total, moments.count) if moments.count * left >= _NOTHING else None


def _mean(total: float, count: float) -> float | None:
    return round(total / count, 4) if count else None
