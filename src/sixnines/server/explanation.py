"""What would become of a request, and why: the plan that the gateway would make of it, as data. Pure.

Never sends anything, and never changes what the gateway remembers: the plan is rehearsed. Shows no key and no address.
"""

from collections.abc import Mapping, Sequence

import msgspec

from sixnines.config.snapshot import Meaning, RouteSpec, Snapshot
from sixnines.domain.complexity import ComplexityWeights
from sixnines.domain.priority import Priority
from sixnines.domain.trail import Trail
from sixnines.domain.wishes import Wishes
from sixnines.endpoints.interface import Endpoint
from sixnines.engine.no_candidate import nothing_to_try
from sixnines.health.assumed import Assumed, Assumptions
from sixnines.health.board import Board
from sixnines.routing.ask import Ask
from sixnines.routing.candidate import Candidate, price_of
from sixnines.routing.complexity import score
from sixnines.routing.deciding import Decision
from sixnines.routing.planner import Planner, Rehearsal
from sixnines.server.errors import describe
from sixnines.server.explained import (
    Asked,
    Behind,
    Decided,
    Explanation,
    LeftOut,
    OptionShare,
    Refusal,
    Resolved,
)
from sixnines.server.inquiry import Fields, read_call
from sixnines.server.wishes import read_priority, read_wishes


class Inquiry(msgspec.Struct, frozen=True):
    """What is asked about.

    Attributes:
        model: the name that is asked for.
        body: the request, as its caller would send it; None for a short chat.
        fields: its headers.
        assumptions: what is to be taken for true of providers.
    """

    model: str
    body: bytes | None
    fields: Fields
    assumptions: Assumptions


class Stage(msgspec.Struct, frozen=True):
    """Where it would happen.

    Attributes:
        snapshot: the config.
        planner: makes its plans.
        board: how its providers are.
        endpoints: read bodies.
        now: monotonic seconds.
    """

    snapshot: Snapshot
    planner: Planner
    board: Board
    endpoints: Sequence[Endpoint]
    now: float


def explain(inquiry: Inquiry, stage: Stage) -> Explanation:
    """What would become of the request.

    Raises:
        MalformedRequest: its headers or its body, in the words that its caller would get.
        UnknownModel: the name means nothing; says the nearest.
    """
    snapshot = stage.snapshot
    fields = dict(inquiry.fields)
    priority = read_priority(fields)
    wishes = read_wishes(fields, snapshot, trusted=True)
    call = read_call(inquiry.model, inquiry.body, stage.endpoints)
    meaning = snapshot.meaning(inquiry.model)
    if meaning is None:
        raise snapshot.unknown(inquiry.model)
    ask = Ask(call.operation, call.tokens_floor(), wishes, call, priority or Priority.NORMAL)
    health = Assumed(stage.board, inquiry.assumptions)
    rehearsal = stage.planner.rehearse(meaning.target, ask, stage.now, health=health)
    plan = rehearsal.plan
    asked = {each.deployment.id for each in plan.candidates}
    scene = _Scene(ask, rehearsal, health, stage.now)
    return Explanation(
        model=inquiry.model,
        resolved=_resolved(meaning),
        operation=call.operation,
        features=_features(ask, snapshot.complexity, stream=call.stream),
        wishes=_wishes(wishes, priority),
        assumed={name: sorted(each) for name, each in inquiry.assumptions.items()},
        candidates=[scene.asked(each) for each in plan.candidates],
        left_out=[LeftOut(each.deployment, each.reason) for each in plan.skipped if each.deployment not in asked],
        decisions=[_decided(each) for each in rehearsal.decisions if len(each.site.options) > 1],
        refusal=None if plan.candidates else _refusal(ask, rehearsal, snapshot),
    )


def _features(ask: Ask, scoring: ComplexityWeights, *, stream: bool) -> Mapping[str, object]:
    """What is known of a request by which routing decides: numbers and classes, never its text."""
    estimated: dict[str, object] = {
        "tokens_floor": ask.tokens_floor,
        "prompt_tokens": ask.prompt_tokens,
        "answer_tokens": ask.answer_tokens,
        "needs": sorted(ask.needs),
        "stream": stream,
    }
    found = ask.features
    if found is None:
        return estimated
    scored = score(found, scoring)
    measured = {name: value for name in found.__struct_fields__ if (value := getattr(found, name))}
    return {**measured, **estimated, "complexity": scored.complexity, "points": round(scored.value, 2)}


def _resolved(meaning: Meaning) -> Resolved:
    kind = "route" if isinstance(meaning.target, RouteSpec) else "model"
    return Resolved(meaning.target.name, kind, meaning.how, meaning.pattern)


def _wishes(wishes: Wishes, priority: Priority | None) -> Mapping[str, object]:
    """What is wished for; what is not is left out."""
    given: dict[str, object] = {
        "session": wishes.session,
        "quality": wishes.quality,
        "local_only": wishes.local_only,
        "deny": sorted(wishes.deny),
        "provider": wishes.pin if wishes.candidate is None else None,
        "candidate": wishes.candidate,
        "priority": None if priority is None else priority.name.lower(),
    }
    return {name: value for name, value in given.items() if value}


class _Scene:
    """What the candidates of one rehearsal are looked at by."""

    def __init__(self, ask: Ask, rehearsal: Rehearsal, health: Assumed, now: float) -> None:
        self._ask = ask
        self._chances = rehearsal.chances
        self._behind = {each.deployment: each for each in rehearsal.plan.skipped}
        self._health = health
        self._now = now

    def asked(self, candidate: Candidate) -> Asked:
        """One candidate, as it is told."""
        spec, model = candidate.deployment, candidate.model
        price = price_of(spec)
        return Asked(
            deployment=spec.id,
            provider=spec.provider.name,
            model=model.name,
            tier=model.tier,
            context_window=spec.context_window,
            share=None if self._chances is None else self._chances.get(spec.id, 0.0),
            cost_micros=None if price is None else price.of(self._ask.prompt_tokens, self._ask.answer_tokens),
            in_flight=self._health.in_flight(spec),
            warm=self._health.warm(spec, self._now),
            behind=self._held_back(candidate),
        )

    def _held_back(self, candidate: Candidate) -> Behind | None:
        skipped = self._behind.get(candidate.deployment.id)
        if skipped is None:
            return None
        ready_at = candidate.facts.ready_at
        return Behind(skipped.passed, skipped.reason, ready_at - self._now if ready_at > self._now else None)


def _decided(decision: Decision) -> Decided:
    site, shares = decision.site, decision.shares
    by_index = dict.fromkeys(decision.eligible) if shares is None else dict(zip(decision.eligible, shares, strict=True))
    kind, name = ("model", site.group) if site.group else ("route", site.owner)
    options = [OptionShare(site.options[index].name, by_index[index]) for index in decision.order]
    return Decided(kind, name, site.strategy, options)


def _refusal(ask: Ask, rehearsal: Rehearsal, snapshot: Snapshot) -> Refusal:
    """What the caller would be answered."""
    answer = describe(nothing_to_try(rehearsal.plan, ask), Trail([], rehearsal.plan.skipped), snapshot.server.expose)
    code = answer.error["code"]
    return Refusal(answer.row.status, code if isinstance(code, str) else None, str(answer.error["message"]))
