"""The bound on a pattern's work: low for what people write, beyond the limit for what explodes."""

import re
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sixnines.config.regex_cost import MOST_WAYS, ways_to_match


@pytest.mark.parametrize(
    "expression",
    [
        "", "a", ".*", r".*\.gguf$", r"^Qwen/Qwen2\.5-Coder.*", "^[^/]+/.*$", r".*:\d+[bB]$", "^(gpt|claude).*-\\d+.*$",
        "(?i)gpt-.*", "(?P<family>gpt|o)-(?P=family)", "x{2,5}", "(?:abc){3}", "[]a]*", "[^]a(]+", r"\(\*\[", "a{,}", "v?\\d",
        "(?=x).*", "(?<!x)y", "(?#note (with a bracket)x", "a{", "{a}", "(" * 99 + "a" + ")" * 99, "[\\]*]+", "(?(1)a|b)",
    ],
)  # fmt: skip
def test_an_ordinary_pattern_is_within_the_bound(expression):
    assert ways_to_match(expression) <= MOST_WAYS


@pytest.mark.parametrize(
    "expression",
    [
        "(a+)+b", "(a*)*", "(a|a)*b", "(a|b|ab)*c", "(.*)*x", "(?:a?){30}", "a?" * 30, ".*.*.*.*x", "(x+x+)+y", "(?:(?:a+)?)+",
        "([a-z]+)*!", "(a{1,50}){1,50}", "((((a+)))+)", "(?:a|b?){40}", "(?x)a # (",
    ],
)  # fmt: skip
def test_a_pattern_that_explodes_is_beyond_the_bound(expression):
    assert ways_to_match(expression) > MOST_WAYS


@given(st.text("a()[]{}|*+?^$\\.,-:=!<>P#1x", max_size=30))
@settings(max_examples=500)
def test_every_valid_expression_has_a_bound(expression):
    try:
        with warnings.catch_warnings(action="error"):
            re.compile(expression)
    except (re.error, OverflowError, Warning):
        return
    assert ways_to_match(expression) >= 1


@pytest.mark.parametrize("expression", [".*.*.*[xy]", "(?:a|.)?.*.*.*(?=x)", "[ab]*[ab]*[ab]*[^ab]"])
def test_the_worst_that_is_allowed_ends(expression):
    """The test's own time-out is the assertion: these take milliseconds, one more `.*` takes seconds."""
    assert ways_to_match(expression) <= MOST_WAYS
    assert re.compile(expression).fullmatch("a" * 200) is None
