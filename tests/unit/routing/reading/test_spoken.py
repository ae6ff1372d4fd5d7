"""Languages, coarsely."""

# ruff: noqa: RUF001 - letters of other scripts are the point here

import pytest

from sixnines.domain.features import Language
from sixnines.routing.reading.asking import asking
from sixnines.routing.reading.words import COMPOSING, FREQUENT, REASONING, ROUTINE


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the weather like in the mountains?", Language.ENGLISH),
        ("Wie ist das Wetter in den Bergen und am See?", Language.GERMAN),
        ("Quel temps fait-il dans les montagnes et sur la côte ?", Language.FRENCH),
        ("¿Qué tiempo hace en las montañas y en la costa?", Language.SPANISH),
        ("山里的天气怎么样?", Language.CHINESE),
        ("山の天気はどうですか。", Language.JAPANESE),
        ("산의 날씨는 어때요?", Language.KOREAN),
        ("Какая погода в горах?", Language.CYRILLIC),
        ("كيف الطقس في الجبال؟", Language.ARABIC),
        ("写一个 Python 脚本,把图片分类。", Language.CHINESE),
        ("What does the word 画蛇添足 mean in this sentence?", Language.ENGLISH),
        ("Ποιος είναι ο καιρός στα βουνά;", Language.OTHER),
        ("Hvordan er været i fjellet i dag, og hva med i morgen ettermiddag?", Language.OTHER),
        ("x = 1", Language.OTHER),
        ("", Language.OTHER),
        ("the", Language.ENGLISH),
    ],
)
def test_a_language_is_told_by_script_or_by_frequent_words(text, language):
    assert asking(text.encode()).language is language


def test_one_frequent_word_among_many_tells_nothing():
    assert asking(b"Wat betekent gezellig voor mensen die nooit that hebben gehoord").language is Language.OTHER


def test_no_word_is_known_for_two_things():
    lists = (REASONING, COMPOSING, ROUTINE)
    words = [word for each in lists for word in each.words]
    assert len(words) == len({*words})
    stems = [(language, stem) for each in lists for language, of_it in each.stems.items() for stem in of_it]
    assert len(stems) == len({*stems})


@pytest.mark.parametrize("known", [REASONING, COMPOSING, ROUTINE])
def test_every_known_word_can_be_found(known):
    """A word with a sign in it that parts words would never be one."""
    assert [word for word in known.words if asking(b"x " + word + b" y").words < {b"x", word, b"y"}] == []
    assert [word for word in known.words if word not in asking(b"x " + word + b" y").words] == []


def test_the_languages_known_by_words_are_known_by_frequent_ones():
    assert [*FREQUENT] == [Language.ENGLISH, Language.GERMAN, Language.FRENCH, Language.SPANISH]
    assert {language for language in Language if language in REASONING.stems}.isdisjoint(FREQUENT)
