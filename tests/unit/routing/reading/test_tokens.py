"""The estimate of tokens, by bytes."""

import json

import pytest

from sixnines.routing.reading.tokens import per_byte


def estimate(text: str, *, escaped: bool = False) -> float:
    data = json.dumps(text, ensure_ascii=escaped)[1:-1].encode()
    return per_byte(data) * len(data)


def test_nothing_has_no_tokens():
    assert per_byte(b"") == 0


@pytest.mark.parametrize(
    ("text", "tokens"), [("four letters each", 17 / 4), ("1234", 2), ("中文字", 3), ("für", 2 / 4 + 2 / 3)]
)
def test_a_token_is_four_plain_bytes_two_digits_or_three_bytes_beyond_ascii(text, tokens):
    assert estimate(text) == pytest.approx(tokens)


@pytest.mark.parametrize("text", ["设计一个系统", "この文を説明して", "Докажи"])
def test_escapes_count_as_the_characters_that_they_are(text):
    assert estimate(text, escaped=True) == pytest.approx(len(text))
