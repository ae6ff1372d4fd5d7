"""How busy an engine is: its own word for what is not ours, our count for what is, and nothing that is old."""

import pytest

from sixnines.health.board import IN_USE_FOR_S, Board
from sixnines.health.gauge import Gauge, reaches
from sixnines.providers.interface import EngineLoad
from support import specs


def gauge(load, ours=0):
    made = Gauge()
    made.note(load, ours, 0.0, 2.0)
    return made


def test_an_engine_that_has_told_nothing_is_not_saturated():
    assert Gauge().saturated(100, 0.1, 0.0) is None
    assert Gauge().age_s(0.0) is None


def test_what_others_have_it_do_counts_and_is_known_by_its_word():
    assert gauge(EngineLoad(1, 0, 2)).saturated(0, 1.0, 1.0) is None
    assert gauge(EngineLoad(2, 0, 2)).saturated(0, 1.0, 1.0) == "saturated: 2 at the engine, which does 2 at once"


def test_what_is_ours_counts_at_once_and_no_longer_than_it_lasts():
    """Between two words of the engine: it has told of our two, one has ended since, or one has begun."""
    made = gauge(EngineLoad(2, 0, 4), ours=2)
    assert made.saturated(3, 0.75, 1.0) is not None
    assert made.saturated(2, 0.75, 1.0) is None
    assert made.saturated(0, 0.25, 1.0) is None


def test_more_requests_of_ours_than_the_engine_knows_of_are_no_debt_of_others():
    """They were on their way, or waited inside an engine that does not tell."""
    made = gauge(EngineLoad(1, 0, 4), ours=3)
    assert made.saturated(2, 0.75, 1.0) is None
    assert made.saturated(3, 0.75, 1.0) is not None


def test_what_waits_inside_the_engine_counts_too():
    assert gauge(EngineLoad(2, 3, 2)).saturated(0, 1.0, 0.0) == "saturated: 5 at the engine, which does 2 at once"


def test_without_a_number_of_places_there_is_no_part_of_them():
    assert gauge(EngineLoad(200, 0, None)).saturated(200, 0.1, 0.0) is None


def test_an_old_word_counts_as_none():
    made = gauge(EngineLoad(2, 0, 2))
    assert made.saturated(0, 1.0, 6.0) is not None
    assert made.saturated(0, 1.0, 6.1) is None
    assert (made.age_s(6.0), made.age_s(6.1)) == (6.0, None)
    made.note(EngineLoad(2, 0, 2), 0, 7.0, 2.0)
    assert made.saturated(0, 1.0, 8.0) is not None
    made.forget()
    assert made.saturated(0, 1.0, 8.0) is None


@pytest.mark.parametrize(
    ("count", "part", "whole", "reached"),
    [(7, 0.7, 10, True), (6, 0.7, 10, False), (0, 0.1, 1, False), (1, 0.1, 1, True), (3, 1.0, 3, True)],
)
def test_a_part_is_reached_whatever_its_binary_fraction(count, part, whole, reached):
    assert reaches(count, part, whole) is reached


A = specs.deployment("a", max_in_flight=4, saturation=0.5)
B = specs.deployment("b", saturation=0.5)


def test_either_limit_saturates():
    board = Board(specs.snapshot(specs.model("m", A)))
    provider = board.provider(A.provider)
    assert board.saturated(A, 0.0) is None
    provider.gauge.note(EngineLoad(1, 0, 2), 0, 0.0, 2.0)
    assert board.saturated(A, 0.0) == "saturated: 1 at the engine, which does 2 at once"
    provider.gauge.forget()
    provider.places.take()
    assert board.saturated(A, 0.0) is None
    provider.places.take()
    assert board.saturated(A, 0.0) == "saturated: 2 of 4 in flight"


def test_without_max_in_flight_the_engines_word_is_all_there_is():
    board = Board(specs.snapshot(specs.model("m", B)))
    for _ in range(100):
        board.provider(B.provider).places.take()
    assert board.saturated(B, 0.0) is None
    board.provider(B.provider).gauge.note(EngineLoad(100, 0, 128), 100, 0.0, 2.0)
    assert board.saturated(B, 0.0) is not None


def test_a_provider_is_wanted_once_when_it_comes_into_use():
    board, wanted = Board(specs.snapshot(specs.model("m", A))), []
    board.wanted = lambda provider: wanted.append(provider.name)
    for now in (0.0, 1.0, IN_USE_FOR_S, 2 * IN_USE_FOR_S):
        board.saturated(A, now)
    assert wanted == ["a"]
    board.warm(A, 3 * IN_USE_FOR_S + 0.1)
    assert wanted == ["a", "a"]
    unlimited = specs.deployment("c")
    board.saturated(unlimited, 100.0)
    assert wanted == ["a", "a"]


def test_a_model_that_a_provider_has_begun_to_answer_with_is_in_its_memory():
    board = Board(specs.snapshot(specs.model("m", A)))
    provider = board.provider(A.provider)
    provider.holds("m")
    assert board.warm(A, 0.0) is None
    provider.resident = frozenset({"other"})
    assert board.warm(A, 0.0) is False
    provider.holds("m")
    assert board.warm(A, 0.0) is True
    assert provider.resident == {"m", "other"}
