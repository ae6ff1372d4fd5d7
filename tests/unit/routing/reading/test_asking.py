"""Which part of a message asks, and what its words tell."""

# ruff: noqa: RUF001 - letters of other scripts are the point here

import pytest

from sixnines.routing.reading.asking import asking
from sixnines.routing.reading.words import COMPOSING, REASONING, ROUTINE

STORY = b"The lift had stopped between the third and the fourth floor, and nobody was surprised. " * 8


def test_a_short_message_asks_with_all_of_it():
    assert asking(b"Fix this: a b c").text == b"Fix this: a b c"


@pytest.mark.parametrize(
    ("message", "asks"),
    [
        (b"Fix the typos.\n\n" + STORY, b"Fix the typos."),
        (b"Fix the typos:\n" + STORY, b"Fix the typos:"),
        (b"Fix the typos:\n\nA short tekst.", b"Fix the typos:"),
        (b"Fix the typos in this text: " + STORY, b"Fix the typos in this text"),
        (b"What does it do?\n```\nx = 1\n```", b"What does it do?\n"),
        (STORY + b"\n\nFix the typos.", b"\nFix the typos."),
        (b"Hello!\n\n" + STORY + b"\n\nWho is it?", b"Hello!\nWho is it?"),
        (b"My code:\n```\nx = 1\n```\nWhy does it fail?", b"My code:\n\nWhy does it fail?"),
        (b"Two things.\n\nFirst this.", b"Two things.\nFirst this."),
    ],
)
def test_what_follows_a_blank_line_a_colon_or_a_fence_is_material_unless_it_is_the_end(message, asks):
    assert asking(message).text == asks


def test_of_a_long_paragraph_both_ends_ask():
    assert asking(STORY).text == STORY[:300] + b"\n" + STORY[-300:]


def test_of_long_paragraphs_alone_both_ends_ask():
    assert asking(STORY + b"\n\n" + STORY).text == STORY[:300] + b"\n" + STORY[-300:]


def test_words_are_lower_case_and_parted_by_anything_but_hyphens():
    found = asking("Weigh the TRADE-OFFS, über(alles)\tnicht!".encode())
    assert found.words == {b"weigh", b"the", b"trade-offs", "über".encode(), b"alles", b"nicht"}


def test_a_word_that_opens_the_request_is_at_the_beginning_and_a_later_one_is_not():
    assert asking(b"Could you please translate that").at_the_beginning(ROUTINE) == 1
    assert asking(b"I have a letter here that you should translate").at_the_beginning(ROUTINE) == 0


def test_a_word_that_opens_the_last_paragraph_is_at_the_beginning_too():
    assert asking(STORY + b"\n\nTranslate that.").at_the_beginning(ROUTINE) == 1


@pytest.mark.parametrize(
    "mark", ["¿{}?", "¡{}!", "«{}»", "“{}”", "‘{}’", "{}…", "{}—or not", "({})", '"{}"', "{}:", "'{}'", "{};", "{}'s"]
)
def test_marks_do_not_hide_the_word_beside_them(mark):
    assert asking(f"so {mark.format('translate')}".encode()).anywhere(ROUTINE) == 1


def test_a_word_counts_once_however_often_it_is_there():
    assert asking(b"prove it, PROVE it, Prove it").anywhere(REASONING) == 1


def test_a_word_beyond_ascii_is_known_with_a_capital_too():
    assert asking("Übersetze das".encode()).at_the_beginning(ROUTINE) == 1
    assert asking("Bitte übersetze das".encode()).at_the_beginning(ROUTINE) == 1


@pytest.mark.parametrize(
    ("message", "known"),
    [
        ("请证明这个定理,并比较两种方法。", REASONING),
        ("この文を説明してください。", COMPOSING),
        ("이 함수를 설명해 주세요.", COMPOSING),
        ("Докажи эту теорему.", REASONING),
        ("¿Cuál es la capital?", ROUTINE),
        ("Démontre que c'est vrai.", REASONING),
        ("Beweise das Gegenteil.", REASONING),
    ],
)
def test_other_languages_are_known_by_words_or_stems(message, known):
    assert asking(message.encode()).anywhere(known) >= 1


def test_a_stem_of_one_language_is_nothing_in_another():
    assert asking("What does 证明 mean in English, and how do I say it aloud?".encode()).anywhere(REASONING) == 0


@pytest.mark.parametrize("mark", ["?", "？", "؟"])
def test_question_marks_of_all_scripts_are_counted(mark):
    assert asking(f"a{mark} b{mark}".encode()).questions() == 2


def test_nothing_asks_nothing():
    found = asking(b"")
    assert (found.text, found.words, found.questions()) == (b"", frozenset(), 0)
