"""Which pattern takes all names of which other, as somebody would say who looks at them."""

import pytest

from sixnines.config.regex_language import few_names, language_of, shortest_name, takes_all


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        (".*", "gpt-.*"),
        ("gpt-.*", "gpt-4"),
        ("gpt-.*", "^gpt-4o(-mini)?$"),
        ("gpt-4.*|claude-.*", "gpt-4|claude-3"),
        ("(?i)gpt-.*", "GPT-4"),
        (r"[a-z0-9.:-]+", r"llama\d\.\d:latest"),
        (r".*:\d+[bB]$", r"qwen:\d{1,3}b"),
        ("a{2,4}", "a{3}"),
        ("a+", "a{100}"),
        ("(a|b)*", "(ab|ba)*"),
    ],
)
def test_all_names_are_taken(outer, inner):
    assert takes_all(language_of(outer), language_of(inner))


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("gpt-.*", ".*"),
        ("gpt-.+", "gpt-.*"),
        ("gpt-4", "GPT-4"),
        (r".*\.gguf$", ".*gguf"),
        (r"\w+", r"[\w-]+"),
        ("a{3}", "a{2,4}"),
        ("(ab|ba)*", "(a|b)*"),
        ("^a$|^b$", "a|b|c"),
    ],
)
def test_some_names_are_not_taken(outer, inner):
    assert not takes_all(language_of(outer), language_of(inner))


@pytest.mark.parametrize(
    "expression",
    [r"(?=a)a", r"(?!a).*", r"(a)\1", r"\bgpt", r"a(?#c)", r"(?P<n>a)", r"\x41", "a++", "(?s:a)", "a$b", "(^a|b)"],
)
def test_of_what_is_not_known_nothing_is_said(expression):
    assert language_of(expression) is None


def test_a_language_that_is_too_large_is_not_known():
    assert language_of("(?:.{200}){200}") is None


def test_a_comparison_that_would_take_long_is_not_made():
    many = language_of("(.*a.{12}b)|(.*b.{12}c)")
    assert not takes_all(many, language_of(".*a.{12}[bc].{12}c|.*b.{25}"))


def test_few_names_are_named():
    assert few_names(language_of("gpt-4(o|o-mini)?"), 5) == ["gpt-4", "gpt-4o", "gpt-4o-mini"]
    assert few_names(language_of("[a-z]"), 5) is None
    assert few_names(language_of("a*"), 5) is None
    assert few_names(language_of(".{50}x"), 5) is None


def test_the_shortest_name_is_found():
    assert shortest_name(language_of(r"gpt-.+|.*\.gguf")) == ".gguf"
    assert shortest_name(language_of("é")) is None
