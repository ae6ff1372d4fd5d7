"""The complexity of a request: one number from its features, and a class from the number.

Each feature adds points up to its weight and never takes any away, but for `routine`, which only takes away:

```
value = max(0, the sum of these)
  asking        * length(asking_tokens, 8, 4)
  prompt        * length(prompt_tokens, 1024, 8)
  turns         * some(turns - 1)
  code          * code_share
  tools         * some(tools)
  tool_messages * some(tool_messages)
  images        * some(images)
  output        * (0 for text, 0.5 for JSON, 1 for a schema)
  questions     * some(questions)
  reasoning     * some(reasoning)
  composing     * some(composing)
  routine       * -some(routine)

length(n, unit, doublings) = min(1, log2(1 + n / unit) / doublings)
some(n) = 1 - 3 ** -n          the first is worth two thirds, each further one a third of the one before
```

Never looks at anything but features: what was scored can be scored again later, with other weights.
"""

import math

import msgspec

from sixnines.domain.complexity import Complexity, ComplexityWeights
from sixnines.domain.features import Features, Output

__all__ = ["Complexity", "ComplexityWeights", "Score", "points", "score"]

# What is asked in 8 tokens is a short question, in 120 (four doublings later) a page of wishes.
_ASKING = (8, 4)
# A prompt begins to be long at a thousand tokens; from 260,000 on nothing is added.
_PROMPT = (1024, 8)
_OUTPUT = {Output.TEXT: 0.0, Output.JSON: 0.5, Output.SCHEMA: 1.0}


class Score(msgspec.Struct, frozen=True, gc=False):
    """What was found: `value` in points, 0 or more, and the class it falls into."""

    value: float
    complexity: Complexity


def score(features: Features, weights: ComplexityWeights) -> Score:
    """The complexity of a request."""
    value = max(0.0, sum(points(features, weights).values()))
    if value >= weights.complex_from:
        return Score(value, Complexity.COMPLEX)
    return Score(value, Complexity.STANDARD if value >= weights.standard_from else Complexity.SIMPLE)


def points(features: Features, weights: ComplexityWeights) -> dict[str, float]:
    """What each feature adds, under the name of its weight; `routine` takes away."""
    return {
        "asking": weights.asking * _length(features.asking_tokens, *_ASKING),
        "prompt": weights.prompt * _length(features.prompt_tokens, *_PROMPT),
        "turns": weights.turns * _some(features.turns - 1),
        "code": weights.code * features.code_share,
        "tools": weights.tools * _some(features.tools),
        "tool_messages": weights.tool_messages * _some(features.tool_messages),
        "images": weights.images * _some(features.images),
        "output": weights.output * _OUTPUT[features.output],
        "questions": weights.questions * _some(features.questions),
        "reasoning": weights.reasoning * _some(features.reasoning),
        "composing": weights.composing * _some(features.composing),
        "routine": -weights.routine * _some(features.routine),
    }


def _length(tokens: int, unit: int, doublings: int) -> float:
    return min(1.0, math.log2(1 + tokens / unit) / doublings)


def _some(count: int) -> float:
    return 1 - 3.0**-count if count > 0 else 0.0
