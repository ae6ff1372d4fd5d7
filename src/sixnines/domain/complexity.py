"""How difficult a request is thought to be, and the published weights of that judgement."""

import enum
from typing import Annotated

import msgspec
from msgspec import Meta

# More than the thresholds can be told apart by; what is beyond it is a slip of the keyboard.
Points = Annotated[float, Meta(ge=0, le=100)]


class Complexity(enum.StrEnum):
    """What a request takes.

    `simple`: one step that a small model does nearly always. `standard`: several steps or a judgement. `complex`: a
    chain of steps in which one mistake spoils the rest.
    """

    SIMPLE = "simple"
    STANDARD = "standard"
    COMPLEX = "complex"


class ComplexityWeights(msgspec.Struct, frozen=True, kw_only=True):
    """How many points each feature of a request adds at most, and from how many points on it counts as what.

    Attributes:
        asking: For the length of what is asked, without the material that comes with it.
        prompt: For the length of everything.
        turns: For earlier turns of the conversation.
        code: For code, all of it.
        tools: For tools that the model may call.
        tool_messages: For results of tools in the conversation.
        images: For pictures.
        output: For an answer that must follow a schema; JSON without one adds half.
        questions: For question marks.
        reasoning: For words that ask for proof, design, diagnosis, decisions.
        composing: For words that ask for more than a fact.
        routine: Taken away for words that ask for what takes no thought.
        standard_from: The points from which on a request is standard.
        complex_from: The points from which on it is complex.
    """

    asking: Points = 0.9
    prompt: Points = 0.15
    turns: Points = 0.05
    code: Points = 0.35
    tools: Points = 0.1
    tool_messages: Points = 0.25
    images: Points = 0.4
    output: Points = 0.05
    questions: Points = 0.05
    reasoning: Points = 0.9
    composing: Points = 0.25
    routine: Points = 0.5
    standard_from: Points = 0.4
    complex_from: Points = 1.0
