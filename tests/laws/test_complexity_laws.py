"""Laws of the score: more of a sign of difficulty is never less difficult, whatever the weights."""

import math

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from sixnines.domain.complexity import Complexity, ComplexityWeights
from sixnines.domain.features import Features, Language, Output
from sixnines.routing.complexity import points, score

LAW = settings(deadline=None)
COUNTS = st.one_of(st.integers(0, 5), st.integers(0, 10**12))
FEATURES = st.builds(
    Features,
    tokens_floor=COUNTS, prompt_tokens=COUNTS, asking_tokens=COUNTS, max_tokens=st.none() | COUNTS, turns=COUNTS,
    code_share=st.floats(0, 1), tools=COUNTS, tool_messages=COUNTS, images=COUNTS, output=st.sampled_from(Output),
    questions=COUNTS, reasoning=COUNTS, composing=COUNTS, routine=COUNTS, language=st.sampled_from(Language),
    stream=st.booleans(),
)  # fmt: skip
WEIGHTS = st.builds(ComplexityWeights, **dict.fromkeys(ComplexityWeights.__struct_fields__, st.floats(0, 100)))
# Each sign of difficulty, and how there is more of it.
COUNTED = (
    "asking_tokens",
    "prompt_tokens",
    "turns",
    "tools",
    "tool_messages",
    "images",
    "questions",
    "reasoning",
    "composing",
)
CLASSES = list(Complexity)
FORMS = list(Output)


def rank(found):
    return CLASSES.index(found.complexity)


@LAW
@given(FEATURES, WEIGHTS, st.sampled_from(COUNTED), COUNTS)
def test_more_of_a_sign_is_never_less_difficult(features, weights, name, more):
    further = msgspec.structs.replace(features, **{name: getattr(features, name) + more})
    before, after = score(features, weights), score(further, weights)
    assert before.value <= after.value
    assert rank(before) <= rank(after)


@LAW
@given(FEATURES, WEIGHTS, st.floats(0, 1))
def test_more_code_is_never_less_difficult(features, weights, share):
    less, more = sorted((features.code_share, share))
    values = [score(msgspec.structs.replace(features, code_share=each), weights).value for each in (less, more)]
    assert values[0] <= values[1]


@LAW
@given(FEATURES, WEIGHTS)
def test_a_stricter_form_is_never_less_difficult(features, weights):
    values = [score(msgspec.structs.replace(features, output=each), weights).value for each in FORMS]
    assert values == sorted(values)


@LAW
@given(FEATURES, WEIGHTS, COUNTS)
def test_more_routine_is_never_more_difficult(features, weights, more):
    further = msgspec.structs.replace(features, routine=features.routine + more)
    assert score(further, weights).value <= score(features, weights).value


@LAW
@given(FEATURES, WEIGHTS)
def test_no_feature_adds_more_than_its_weight(features, weights):
    found = points(features, weights)
    assert all(abs(value) <= getattr(weights, name) for name, value in found.items())
    assert all(value >= 0 for name, value in found.items() if name != "routine")
    assert math.isfinite(score(features, weights).value)


@LAW
@given(FEATURES, WEIGHTS, st.sampled_from(Language), st.booleans(), COUNTS)
def test_language_stream_and_limits_decide_nothing(features, weights, language, stream, tokens):
    other = msgspec.structs.replace(features, language=language, stream=stream, tokens_floor=tokens, max_tokens=tokens)
    assert score(other, weights) == score(features, weights)


@LAW
@given(FEATURES)
def test_without_weights_everything_is_what_the_thresholds_say(features):
    nothing = ComplexityWeights(**dict.fromkeys(ComplexityWeights.__struct_fields__, 0.0))
    assert score(features, nothing).complexity is Complexity.COMPLEX
    assert score(features, msgspec.structs.replace(nothing, complex_from=1.0)).complexity is Complexity.STANDARD
    assert score(features, msgspec.structs.replace(nothing, complex_from=1.0, standard_from=1.0)).value == 0.0
