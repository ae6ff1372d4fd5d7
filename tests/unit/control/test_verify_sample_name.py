"""A name for a pattern, so that the pattern can be tried."""

import re

import pytest

from sixnines.control.verify.sample_name import sample


@pytest.mark.parametrize(
    "expression",
    [
        "^Qwen/Qwen2\\.5-Coder.*", "^solidrust/dolphin.*AWQ$", "^meta-llama/.*", ".*:\\d+[bB]$", ".*\\.gguf$", "gpt-4o?",
        "(a|b)+c", "(?:x|y){2,3}z", "[^/]+/[a-z0-9]+", "\\w+-\\d{4}", "a{0,2}b", "(?i:Claude)-.+", "(?P<name>o[13])(-mini)?",
        "small-[\\w]+", "[]x]y",
    ],
)  # fmt: skip
def test_the_name_matches(expression):
    assert re.fullmatch(expression, sample(expression)), sample(expression)


@pytest.mark.parametrize("expression", ["(?=x)x", "a(?!b)", "(", "[", "\\", "(a", "a)", "[a"])
def test_what_cannot_be_made_is_some_text_and_never_an_error(expression):
    assert isinstance(sample(expression), str)
