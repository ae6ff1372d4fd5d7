"""What is said of an expression's names is what Python's `re` does with them."""

import re
import warnings

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sixnines.config.regex_language import few_names, language_of, shortest_name, takes_all

_ATOMS = ["a", "b", "A", "-", "4", " ", ".", r"\.", r"\d", r"\w", r"\W", r"\S", r"\-", "[ab]", "[^a]", "[a-c4]", r"[\d-]", "[]a]",
          "[^]a]", "[a-]", r"[^\w]", "[--4]", "{", "}", "{a}", "{,a}", "]"]  # fmt: skip
_REPEATS = ["", "", "", "*", "+", "?", "*?", "{2}", "{1,2}", "{,2}", "{1,}", "{0}", "{0,1}?"]


def _around(inner):
    sequences = st.lists(st.tuples(inner, st.sampled_from(_REPEATS)).map("".join), max_size=3).map("".join)
    choices = st.lists(sequences, min_size=1, max_size=3).map("|".join)
    return st.sampled_from(["(?:{})", "({})"]).flatmap(lambda form: choices.map(form.format))


_atoms = st.recursive(st.sampled_from(_ATOMS), _around, max_leaves=6)
_items = st.lists(st.tuples(_atoms, st.sampled_from(_REPEATS)).map("".join), max_size=4).map("".join)
_anchored = st.tuples(st.sampled_from(["", "^"]), _items, st.sampled_from(["", "$"])).map("".join)
expressions = st.tuples(
    st.sampled_from(["", "", "", "(?i)"]), st.lists(_anchored, min_size=1, max_size=3).map("|".join)
).map("".join)
words = st.text("abcAB-4 .x{}]", max_size=8)
relaxed = settings(max_examples=100, deadline=None)


def compiled(expression):
    with warnings.catch_warnings(action="error"):
        try:
            return re.compile(expression)
        except (re.error, Warning):
            assume(False)


def takes(language, word):
    states = language.closed([0])
    for character in word:
        states = language.after(states, character)
    return language.accepts in states


@given(expressions, words)
@relaxed
def test_a_language_takes_what_the_expression_matches(expression, word):
    pattern, language = compiled(expression), language_of(expression)
    assume(language is not None)
    assert takes(language, word) == (pattern.fullmatch(word) is not None)


@given(expressions)
@relaxed
def test_these_expressions_are_all_known(expression):
    compiled(expression)
    assert language_of(expression) is not None


@given(expressions)
@relaxed
def test_the_shortest_name_is_one_that_it_matches_and_no_shorter_one_is(expression):
    pattern = compiled(expression)
    name = shortest_name(language_of(expression))
    if name is None:
        assert pattern.fullmatch("") is None
    else:
        assert pattern.fullmatch(name)
        assert name == "" or pattern.fullmatch("") is None


@given(expressions)
@relaxed
def test_few_names_are_all_of_them(expression):
    pattern = compiled(expression)
    names = few_names(language_of(expression), 20)
    if names is not None:
        assert all(pattern.fullmatch(name) for name in names)
        for word in ("", "a", "b", "A", "aa", "ab", "4", "-", "a4", "x"):
            assert (word in names) == (pattern.fullmatch(word) is not None)


@given(expressions, expressions, words)
@relaxed
def test_who_takes_all_matches_whatever_the_other_matches(outer, inner, word):
    big, small = compiled(outer), compiled(inner)
    if takes_all(language_of(outer), language_of(inner)) and small.fullmatch(word):
        assert big.fullmatch(word)


@given(_items)
@relaxed
def test_everybody_takes_all_of_its_own_and_of_a_part_of_it(expression):
    compiled(expression)
    own = language_of(expression)
    assert takes_all(own, own)
    assert takes_all(language_of(f"(?:{expression})|x+"), own)
