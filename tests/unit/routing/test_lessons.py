"""Lessons: which attempts teach what, and whom."""

from dataclasses import replace
from random import Random

import pytest

from sixnines.dialects.neutral import Usage
from sixnines.domain.failure import Failure, FailureKind
from sixnines.domain.operation import Operation
from sixnines.domain.price import Price
from sixnines.domain.reward import LearningSettings, speed, thrift
from sixnines.health.board import Board
from sixnines.registry import STRATEGIES
from sixnines.routing.ask import Ask
from sixnines.routing.candidate import Candidate
from sixnines.routing.learned import Learned, places_of
from sixnines.routing.lessons import Teacher
from sixnines.routing.planner import Planner
from sixnines.routing.strategies.adaptive import Adaptive
from support import specs
from support.learning import CHAT, KIND

NOT_ITS_FAULT = [FailureKind.CALLER, FailureKind.POLICY, FailureKind.LOCAL]
SERVER = Failure(FailureKind.SERVER, "Broken.")


def learns(spec, **settings):
    return replace(spec, learning=LearningSettings(**settings))


class School:
    """A config, its planner and what is learned with it."""

    def __init__(self, snapshot):
        self.snapshot = snapshot
        self.learned = Learned()
        strategies = {each.info.name: each for each in STRATEGIES} | {"adaptive": Adaptive(self.learned)}
        self.planner = Planner(snapshot, strategies, Board(snapshot), Random(1).random)
        self.teacher = Teacher(snapshot, self.learned)

    def lessons(self, name, ask=CHAT):
        return self.teacher.lessons(self.snapshot.require(name), ask)

    def plan(self, name):
        return self.planner.plan(self.snapshot.require(name), CHAT, 0.0)

    def candidate(self, name, model, deployment):
        found = [each for each in self.plan(name).candidates if each.deployment.id == deployment]
        return next(each for each in found if each.model.name == model)

    def seen(self, place, choice):
        return self.learned.place(place).bucket(KIND).choices[choice]

    def places(self):
        return {name for name, place in self.learned.places() if any(b.choices for b in place.buckets.values())}


@pytest.fixture
def school():
    one = learns(
        specs.model("one", specs.deployment("a"), specs.deployment("b"), strategy="adaptive", chain=("spare",))
    )
    two = specs.model("two", specs.deployment("c"), specs.deployment("d"))
    spare = specs.model("spare", specs.deployment("e"))
    plain = specs.model("plain", specs.deployment("f"), specs.deployment("g"))
    route = learns(specs.route("route", "one", "two", strategy="adaptive"))
    other = specs.route("other", "two", "plain")
    return School(specs.snapshot(one, two, spare, plain, routes=(route, other)))


def test_the_places_are_those_where_something_is_learned(school):
    assert places_of(school.snapshot) == {"one": ("a/m", "b/m"), "route": ("one", "two")}


def test_what_is_chosen_without_experience_teaches_nothing(school):
    assert school.lessons("plain") is None
    assert school.lessons("two") is None
    assert school.lessons("other") is None


def test_who_may_fall_back_to_a_place_of_learning_teaches(school):
    snapshot = school.snapshot
    leading = replace(snapshot.models["plain"], chain=("one",))
    assert School(replace(snapshot, models={**snapshot.models, "plain": leading})).lessons("plain") is not None


def test_an_answer_teaches_the_route_and_the_model_that_led_to_it(school):
    lessons, candidate = school.lessons("route"), school.candidate("route", "one", "a/m")
    lessons.began(candidate, 0.5)
    lessons.completed(candidate, None)
    assert school.places() == {"route", "one"}
    for place, choice in (("route", "one"), ("one", "a/m")):
        seen = school.seen(place, choice)
        assert (seen.success.count, seen.success.total) == (1, 1)
        assert seen.speed.total == speed(0.5)


def test_asked_directly_the_route_learns_nothing(school):
    school.lessons("one").completed(school.candidate("one", "one", "b/m"), None)
    assert school.places() == {"one"}


def test_a_model_without_learning_teaches_the_route_only(school):
    school.lessons("route").completed(school.candidate("route", "two", "c/m"), None)
    assert school.places() == {"route"}


def test_a_fallback_that_the_route_did_not_choose_teaches_it_nothing(school):
    school.lessons("route").completed(school.candidate("route", "spare", "e/m"), None)
    assert school.places() == set()


def test_a_failure_counts_and_has_no_speed(school):
    candidate = school.candidate("one", "one", "a/m")
    school.lessons("one").failed(candidate, SERVER)
    seen = school.seen("one", "a/m")
    assert (seen.success.count, seen.success.total) == (1, 0)
    assert seen.speed.count == seen.thrift.count == 0


@pytest.mark.parametrize("kind", NOT_ITS_FAULT)
def test_what_the_candidate_is_not_to_blame_for_teaches_nothing(school, kind):
    school.lessons("one").failed(school.candidate("one", "one", "a/m"), Failure(kind, "No."))
    assert school.places() == set()


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind not in NOT_ITS_FAULT])
def test_every_other_failure_teaches(school, kind):
    school.lessons("one").failed(school.candidate("one", "one", "a/m"), Failure(kind, "No."))
    assert school.places() == {"one"}


def test_a_failure_for_want_of_the_callers_time_teaches_nothing(school):
    starved = Failure(FailureKind.TRANSPORT, "Too late.", starved=True)
    school.lessons("one").failed(school.candidate("one", "one", "a/m"), starved)
    assert school.places() == set()


def priced(candidate, price, *, local=False):
    deployment = replace(
        candidate.deployment, price=price, provider=replace(candidate.deployment.provider, local=local)
    )
    return Candidate(deployment, candidate.model, candidate.facts)


@pytest.mark.parametrize(
    ("price", "local", "usage", "micros"),
    [
        (Price(2_000_000, 10_000_000), False, Usage(prompt_tokens=1000, completion_tokens=200), 4000.0),
        # What the provider does not count is estimated: a prompt of no bytes, an answer of the usual length.
        (Price(2_000_000, 10_000_000), False, None, 5000.0),
        (Price(2_000_000, 10_000_000), False, Usage(prompt_tokens=1000), 7000.0),
        (None, True, None, 0.0),
        (None, False, None, None),
    ],
)
def test_an_answer_costs_what_the_provider_counted_at_its_price(school, price, local, usage, micros):
    candidate = priced(school.candidate("one", "one", "a/m"), price, local=local)
    school.lessons("one").completed(candidate, usage)
    assert school.seen("one", "a/m").thrift.total == pytest.approx(thrift(micros))


def test_an_opinion_is_about_who_gave_the_answer(school):
    lessons, candidate = school.lessons("route"), school.candidate("route", "one", "b/m")
    assert lessons.opinion is None
    lessons.answers(candidate)
    assert [(each.place, each.choice) for each in lessons.opinion.credits] == [("route", "one"), ("one", "b/m")]
    lessons.answers(school.candidate("route", "spare", "e/m"))
    assert lessons.opinion.credits == ()


def test_a_rehearsal_uses_up_no_turn_and_leaves_no_trace(school):
    target = school.snapshot.require("route")
    for _ in range(5):
        school.planner.rehearse(target, CHAT, 0.0)
    assert all(place.tally.decisions == 0 and not place.buckets for _, place in school.learned.places())
    school.plan("route")
    before = school.learned.place("route").tally.decisions, dict(school.learned.place("route").bucket(KIND).owed)
    for _ in range(5):
        school.planner.rehearse(target, CHAT, 0.0)
    assert (school.learned.place("route").tally.decisions, school.learned.place("route").bucket(KIND).owed) == before


def test_only_the_decision_that_leads_the_request_is_counted(school):
    """Of the models of a route one is asked first; the order of the others' deployments is for fallbacks."""
    for _ in range(100):
        school.plan("route")
    assert school.learned.place("route").tally.decisions == 100
    led_by_one = school.learned.place("one").tally.decisions
    assert 20 < led_by_one < 80


def test_fallback_traffic_uses_up_no_turn_of_the_model_it_falls_back_to(school):
    snapshot = school.snapshot
    leading = replace(snapshot.models["plain"], chain=("one",))
    school = School(replace(snapshot, models={**snapshot.models, "plain": leading}))
    for _ in range(50):
        school.plan("plain")
    assert school.learned.place("one").tally.decisions == 0


def test_all_who_ask_at_a_model_learn_from_each_other(school):
    school.lessons("route").completed(school.candidate("route", "one", "a/m"), None)
    school.lessons("one").completed(school.candidate("one", "one", "a/m"), None)
    assert school.seen("one", "a/m").success.count == pytest.approx(2, abs=0.01)


@pytest.fixture
def shadowed():
    deployments = specs.deployment("a", weight=3), specs.deployment("b", weight=1)
    return School(specs.snapshot(learns(specs.model("m", *deployments, strategy="weighted"), shadow=True)))


def test_in_the_shadow_the_other_strategy_acts_exactly_as_if_alone(shadowed):
    leads = [shadowed.plan("m").candidates[0].deployment.id for _ in range(40)]
    assert (leads.count("a/m"), leads.count("b/m")) == (30, 10)
    tally = shadowed.learned.place("m").tally
    assert tally.decisions == tally.shadowed == 40


def test_in_the_shadow_is_told_how_often_and_how_much_better_it_would_have_chosen(shadowed):
    for _ in range(200):
        candidate = shadowed.plan("m").candidates[0]
        lessons = shadowed.lessons("m")
        lessons.began(candidate, 20.0 if candidate.deployment.id == "a/m" else 0.1)
        lessons.completed(candidate, None)
    tally = shadowed.learned.place("m").tally
    assert 100 < tally.other < 160
    assert tally.chosen > tally.acting + 10


def test_the_expected_shares_are_those_of_the_strategy_that_acts(shadowed):
    (decision,) = shadowed.planner.rehearse(shadowed.snapshot.require("m"), CHAT, 0.0).decisions
    assert decision.shares == [0.75, 0.25]


def test_kinds_of_requests_are_told_apart(school):
    school.lessons("one", Ask(Operation.COMPLETION)).completed(school.candidate("one", "one", "a/m"), None)
    assert {*school.learned.place("one").buckets} == {KIND, "completion/short/whole"}
