"""The gateway as it was when a decision was recorded: who was well, who had enough to do, what was asked. Pure.

Never knows more than the record: a deployment that it does not tell of is taken to be as the rest of its provider was,
and nothing is known of how many requests were in flight.
"""

from sixnines.config.snapshot import DeploymentSpec
from sixnines.domain.attempt import Passed
from sixnines.domain.priority import PRIORITIES, Priority
from sixnines.domain.wishes import Wishes
from sixnines.engine.recorded import Recorded
from sixnines.health.latency import PeakEwma
from sixnines.routing.ask import Ask, Estimates

_LAST = 1_000_000  # after every deployment that a record can tell of


def ask_then(recorded: Recorded) -> Ask:
    """What was asked. The conversation stands for the session: whatever told it, its requests belong together."""
    wished = recorded.wishes
    wishes = Wishes(
        recorded.conversation or "",
        wished.quality,
        wished.local_only,
        frozenset(wished.deny),
        wished.provider,
        wished.candidate,
    )
    return Ask(
        recorded.operation,
        recorded.tokens_floor,
        wishes,
        priority=PRIORITIES.get(wished.priority.encode(), Priority.NORMAL),
        measured=recorded.features,
        estimated=Estimates(frozenset(recorded.needs), recorded.prompt_tokens, recorded.answer_tokens),
    )


class HealthThen:
    """What the planner asks about health and load, answered by one record after the other."""

    __slots__ = ("_busy", "_known", "_paces", "_places", "_resting")

    def __init__(self) -> None:
        self._known: frozenset[str] = frozenset()
        self._resting: dict[str, str] = {}
        self._busy: dict[str, str] = {}
        self._places: dict[str, int] = {}
        self._paces: dict[str, PeakEwma] = {}

    def turn_to(self, recorded: Recorded) -> None:
        """As it was for this request."""
        self._resting = {each.deployment: each.reason for each in recorded.skipped if each.passed is Passed.RESTING}
        self._busy = {each.deployment: each.reason for each in recorded.skipped if each.passed is Passed.BUSY}
        self._known = frozenset((*recorded.order, *self._resting, *self._busy))
        self._places = {name: place for place, name in enumerate(recorded.order)}

    def learn(self, recorded: Recorded, now: float) -> None:
        """The request has ended: those after it know how long its answer took to begin."""
        for each in recorded.tried:
            if each.kind == "ok":
                self._paces.setdefault(each.deployment, PeakEwma()).note(each.ms / 1000, now)

    def objection(self, spec: DeploymentSpec, now: float) -> str | None:
        """Why a deployment was not to be asked then."""
        del now
        if spec.id in self._known:
            return self._resting.get(spec.id)
        siblings = [each for each in self._known if each.startswith(f"{spec.provider.name}/")]
        reasons = [self._resting[each] for each in sorted(siblings) if each in self._resting]
        return reasons[0] if reasons and len(reasons) == len(siblings) else None

    def ready_at(self, spec: DeploymentSpec, now: float) -> float:
        """Not recorded."""
        del spec, now
        return 0.0

    def badness(self, spec: DeploymentSpec, now: float) -> tuple[float, int, float]:
        """Those that were out, in the order in which they were."""
        del now
        return 0.0, self._places.get(spec.id, _LAST), 0.0

    def in_flight(self, spec: DeploymentSpec) -> int:
        """Not recorded."""
        del spec
        return 0

    def first_token_s(self, spec: DeploymentSpec, now: float) -> float | None:
        """How long its answers took to begin, by the requests before."""
        pace = self._paces.get(spec.id)
        return None if pace is None else pace.seconds(now)

    def saturated(self, spec: DeploymentSpec, now: float) -> str | None:
        """That its provider had enough to do."""
        del now
        return self._busy.get(spec.id)

    def warm(self, spec: DeploymentSpec, now: float) -> bool | None:
        """Not recorded."""
        del spec, now
        return None
