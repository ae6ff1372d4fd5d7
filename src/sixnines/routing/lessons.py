"""What the attempts of one request teach, and whom: the places that it was led by, and their choices. Pure.

Nothing is learned from what its caller did: a request at fault, or one that he left, says nothing of who was asked.
"""

import msgspec

from sixnines.config.snapshot import DeploymentSpec, ModelSpec, RouteSpec, Snapshot
from sixnines.dialects.neutral import Usage
from sixnines.domain.failure import Failure
from sixnines.domain.reward import LearningSettings, speaks_against
from sixnines.routing.ask import Ask
from sixnines.routing.buckets import bucket
from sixnines.routing.candidate import Candidate, price_of
from sixnines.routing.learned import Credit, Learned, Outcome


class Opinion(msgspec.Struct):
    """What feedback on one answer is about, and what was said last.

    Attributes:
        credits: the choices that led to it; none if the answer came from somebody whom nothing learns about.
        score: from 0 to 1, None before anything was said.
    """

    credits: tuple[Credit, ...]
    score: float | None = None


class Lessons:
    """What one request teaches.

    Attributes:
        opinion: what feedback on its answer is about; None before there is one.
    """

    __slots__ = ("_ask", "_kind", "_learned", "_route", "_waits_s", "opinion")

    def __init__(self, learned: Learned, route: RouteSpec | None, ask: Ask) -> None:
        self._learned = learned
        self._route = route
        self._ask = ask
        self._kind = bucket(ask)
        self._waits_s: dict[str, float] = {}
        self.opinion: Opinion | None = None

    def began(self, candidate: Candidate, wait_s: float) -> None:
        """A candidate has begun to answer, or has answered, so many seconds after it was asked."""
        self._waits_s[candidate.deployment.id] = wait_s

    def answers(self, candidate: Candidate) -> None:
        """The answer that a candidate has begun is the one that the caller gets."""
        self.opinion = Opinion(
            tuple(
                self._learned.credit(place, self._kind, choice, half_life=settings.half_life)
                for place, choice, settings in self._led_by(candidate)
            )
        )

    def completed(self, candidate: Candidate, usage: Usage | None) -> None:
        """A candidate has answered completely."""
        wait_s = self._waits_s.get(candidate.deployment.id, 0.0)
        self._note(candidate, Outcome(wait_s, self._cost_micros(candidate.deployment, usage)))

    def failed(self, candidate: Candidate, failure: Failure) -> None:
        """A candidate has failed, before it answered or while it did."""
        if speaks_against(failure):
            self._note(candidate, None)

    def _note(self, candidate: Candidate, outcome: Outcome | None) -> None:
        for place, choice, settings in self._led_by(candidate):
            self._learned.note(place, self._kind, choice, settings=settings, outcome=outcome)

    def _led_by(self, candidate: Candidate) -> list[tuple[str, str, LearningSettings]]:
        """The places where the candidate was chosen, by which name, and how is learned there."""
        found: list[tuple[str, str, LearningSettings]] = []
        model, route = candidate.model, self._route
        if route is not None and route.learning is not None and model.name in route.models:
            found.append((route.name, model.name, route.learning))
        if model.learning is not None:
            found.append((model.name, candidate.deployment.id, model.learning))
        return found

    def _cost_micros(self, deployment: DeploymentSpec, usage: Usage | None) -> float | None:
        """As the provider counted; what it did not count is estimated as for `least_cost`."""
        price = price_of(deployment)
        if price is None:
            return None
        prompt = None if usage is None else usage.prompt_tokens
        answer = None if usage is None else usage.completion_tokens
        return price.of(
            self._ask.prompt_tokens if prompt is None else prompt,
            self._ask.answer_tokens if answer is None else answer,
        )


class Teacher:
    """Knows for one config which requests teach anything.

    Args:
        snapshot: the config.
        learned: what is told the outcomes.
    """

    __slots__ = ("_learned", "_snapshot", "_teaches")

    def __init__(self, snapshot: Snapshot, learned: Learned) -> None:
        self._snapshot = snapshot
        self._learned = learned
        self._teaches: dict[str, bool] = {}

    def lessons(self, target: ModelSpec | RouteSpec, ask: Ask) -> Lessons | None:
        """For one request; None where nobody that it may reach is chosen by experience.

        Args:
            target: what the caller's name resolved to.
            ask: the request.
        """
        teaches = self._teaches.get(target.name)
        if teaches is None:
            teaches = self._teaches[target.name] = self._is_led(target)
        if not teaches:
            return None
        return Lessons(self._learned, target if isinstance(target, RouteSpec) else None, ask)

    def _is_led(self, target: ModelSpec | RouteSpec) -> bool:
        models = self._snapshot.models
        names = target.models if isinstance(target, RouteSpec) else (target.name,)
        reachable = (each for name in names for each in (name, *models[name].chain))
        return target.learning is not None or any(models[each].learning is not None for each in reachable)
