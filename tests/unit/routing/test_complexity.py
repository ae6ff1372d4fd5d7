"""The score, its parts and its classes."""

import msgspec
import pytest

from sixnines.domain.complexity import Complexity, ComplexityWeights
from sixnines.domain.features import Features, Language, Output
from sixnines.routing.complexity import points, score
from sixnines.routing.features import features
from support.chats import TOOL, assistant, chat, result, user

NOTHING = Features(
    tokens_floor=0, prompt_tokens=0, asking_tokens=0, max_tokens=None, turns=1, code_share=0.0, tools=0, tool_messages=0,
    images=0, output=Output.TEXT, questions=0, reasoning=0, composing=0, routine=0, language=Language.OTHER, stream=False,
)  # fmt: skip
WEIGHTS = ComplexityWeights()


def judged(*messages, **more):
    return score(features(chat(*messages, **more)), WEIGHTS).complexity


def test_nothing_has_no_points_and_is_simple():
    found = score(NOTHING, WEIGHTS)
    assert (found.value, found.complexity) == (0.0, Complexity.SIMPLE)


@pytest.mark.parametrize(
    ("name", "changed", "share"),
    [
        ("asking", {"asking_tokens": 8}, 1 / 4),
        ("asking", {"asking_tokens": 120}, 1),
        ("asking", {"asking_tokens": 10**9}, 1),
        ("prompt", {"prompt_tokens": 1024}, 1 / 8),
        ("prompt", {"prompt_tokens": 1024 * 255}, 1),
        ("turns", {"turns": 2}, 2 / 3),
        ("turns", {"turns": 0}, 0),
        ("code", {"code_share": 0.5}, 0.5),
        ("tools", {"tools": 1}, 2 / 3),
        ("tool_messages", {"tool_messages": 2}, 8 / 9),
        ("images", {"images": 3}, 26 / 27),
        ("images", {"images": 10**9}, 1),
        ("output", {"output": Output.JSON}, 0.5),
        ("output", {"output": Output.SCHEMA}, 1),
        ("questions", {"questions": 1}, 2 / 3),
        ("reasoning", {"reasoning": 2}, 8 / 9),
        ("composing", {"composing": 1}, 2 / 3),
        ("routine", {"routine": 1}, -2 / 3),
    ],
)
def test_each_feature_adds_its_share_of_its_weight(name, changed, share):
    found = points(msgspec.structs.replace(NOTHING, **changed), WEIGHTS)
    assert found.pop(name) == pytest.approx(share * getattr(WEIGHTS, name))
    assert {*found.values()} == {0.0}


def test_the_value_is_the_sum_of_the_points_and_never_below_nothing():
    measured = msgspec.structs.replace(NOTHING, reasoning=1, routine=1, questions=3)
    assert score(measured, WEIGHTS).value == pytest.approx(sum(points(measured, WEIGHTS).values()))
    assert score(msgspec.structs.replace(NOTHING, routine=5), WEIGHTS).value == 0.0


@pytest.mark.parametrize(
    ("value", "complexity"),
    [(0.39, "simple"), (0.4, "standard"), (0.99, "standard"), (1.0, "complex"), (50.0, "complex")],
)
def test_a_class_begins_at_its_threshold(value, complexity):
    weights = ComplexityWeights(code=value, standard_from=0.4, complex_from=1.0)
    assert score(msgspec.structs.replace(NOTHING, code_share=1.0), weights).complexity == complexity


def test_points_are_named_like_the_weights():
    thresholds = {"standard_from", "complex_from"}
    assert {*points(NOTHING, WEIGHTS)} == {*ComplexityWeights.__struct_fields__} - thresholds


@pytest.mark.parametrize("value", [-0.1, 101.0, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ComplexityWeights.__struct_fields__)
def test_a_weight_that_makes_no_sense_is_refused_when_it_is_read(name, value):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({name: value}, ComplexityWeights)


def test_a_short_request_may_be_complex_and_a_long_one_simple():
    letter = "Dear sir, I orderd a kettle and it has not arived. " * 60
    assert judged(user("Prove that sqrt(2) is irrational.")) is Complexity.COMPLEX
    assert judged(user("Fix the typos in this text: " + letter)) is Complexity.SIMPLE


def test_the_same_words_take_more_after_long_work_with_tools():
    found = [result("src/cache.py:12: lock.acquire()"), assistant("I see."), result("src/cache.py:40: lock.acquire()")]
    tools = [TOOL] * 4
    assert judged(user("It hangs, find out why.")) is not Complexity.COMPLEX
    values = [
        score(features(each), WEIGHTS).value
        for each in (chat(user("It hangs.")), chat(user("It hangs."), *found, tools=tools))
    ]
    assert values[0] < values[1]
