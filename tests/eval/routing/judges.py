"""What gives a prompt a label: the gateway's score, and the length of the prompt as the baseline to beat."""

import itertools
from collections.abc import Callable, Sequence

from eval.routing.prompts import Prompt
from sixnines.domain.complexity import Complexity, ComplexityWeights
from sixnines.routing.complexity import score

Judge = Callable[[Prompt], Complexity]


def by_score(prompt: Prompt) -> Complexity:
    """As the gateway does it, with the published weights."""
    return score(prompt.features, ComplexityWeights()).complexity


def by_length(tuning: Sequence[Prompt]) -> tuple[Judge, int, int]:
    """By the prompt's tokens alone, with the two thresholds that are best for these prompts, and the thresholds."""

    def judge(prompt: Prompt, standard_from: int, complex_from: int) -> Complexity:
        tokens = prompt.features.prompt_tokens
        if tokens >= complex_from:
            return Complexity.COMPLEX
        return Complexity.STANDARD if tokens >= standard_from else Complexity.SIMPLE

    lengths = sorted({each.features.prompt_tokens for each in tuning})
    pairs = itertools.combinations([*lengths, lengths[-1] + 1], 2)
    lower, upper = max(pairs, key=lambda pair: sum(judge(each, *pair) is each.label for each in tuning))
    return lambda prompt: judge(prompt, lower, upper), lower, upper
