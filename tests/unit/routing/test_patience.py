"""Batch requests: they do not leave the host because of load."""

import math

from sixnines.domain.operation import Operation
from sixnines.domain.priority import Priority
from sixnines.health.board import Board
from sixnines.registry import STRATEGIES
from sixnines.routing.ask import Ask
from sixnines.routing.planner import Planner
from support import specs

BATCH = Ask(Operation.CHAT, priority=Priority.BATCH)
LOW = Ask(Operation.CHAT, priority=Priority.LOW)


def deployment(name, **more):
    return specs.deployment(name, max_in_flight=2, saturation=0.5, **more)


def planned(*models, ask, busy=()):
    """The plan for the first of the models, as provider and whether it is waited for without end."""
    snapshot = specs.snapshot(*models)
    board = Board(snapshot)
    for each in (one for model in models for one in model.deployments):
        if each.provider.name in busy:
            board.provider(each.provider).places.take()
    planner = Planner(snapshot, {each.info.name: each for each in STRATEGIES}, board, lambda: 0.0)
    plan = planner.plan(models[0], ask, 0.0)
    return [(each.deployment.provider.name, each.facts.queue_wait_s == math.inf) for each in plan.candidates]


def test_a_saturated_local_provider_goes_before_one_elsewhere_and_is_waited_for():
    model = specs.model("m", deployment("here", local=True), deployment("cloud"))
    assert planned(model, ask=BATCH, busy=["here"]) == [("here", True), ("cloud", False)]
    assert planned(model, ask=LOW, busy=["here"]) == [("cloud", False), ("here", False)]


def test_so_it_is_across_fallbacks():
    first = specs.model("first", deployment("here", local=True), chain=("second",))
    second = specs.model("second", deployment("cloud"), deployment("beside", local=True))
    assert planned(first, second, ask=BATCH) == [("here", False), ("beside", True), ("cloud", False)]
    assert planned(first, second, ask=BATCH, busy=["here"]) == [("beside", False), ("here", True), ("cloud", False)]
    assert planned(first, second, ask=LOW) == [("here", False), ("cloud", False), ("beside", False)]


def test_where_the_first_choice_is_elsewhere_it_goes_there():
    model = specs.model("m", deployment("cloud"), deployment("here", local=True))
    for busy in ([], ["here"]):
        assert planned(model, ask=BATCH, busy=busy) == [("cloud", False), ("here", False)]
    assert planned(model, ask=BATCH, busy=["cloud"]) == [("here", False), ("cloud", False)]


def test_where_everything_is_local_or_nothing_it_is_like_any_other_request():
    here = specs.model("m", deployment("a", local=True), deployment("b", local=True))
    there = specs.model("m", deployment("a"), deployment("b"))
    for model in (here, there):
        for ask in (BATCH, LOW):
            assert planned(model, ask=ask, busy=["a"]) == [("b", False), ("a", False)]


def test_a_plan_of_nobody_is_empty():
    model = specs.model("m", deployment("a", window=10))
    assert planned(model, ask=Ask(Operation.CHAT, 100, priority=Priority.BATCH)) == []
