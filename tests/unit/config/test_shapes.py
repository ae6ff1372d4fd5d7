"""The shapes are complete: every format has a rule, every key its text, every choice its end."""

import re

import pytest

from sixnines.config.document import Document, Server
from sixnines.config.load import read_text
from sixnines.config.shapes import Named, Section, TextOrSection, section_of
from sixnines.config.text_formats import RULES, TextFormat
from support.catalog import CATALOG


def sections(section):
    yield section
    for field in section.fields.values():
        shape = field.shape
        while not isinstance(shape, Section):
            match shape:
                case TextOrSection(section=inner):
                    shape = inner
                case Named(value=inner):
                    shape = inner
                case object(item=inner):
                    shape = inner
                case _:
                    break
        else:
            yield from sections(shape)


def test_every_text_format_has_a_rule():
    assert set(RULES) == set(TextFormat)


@pytest.mark.parametrize(
    ("text_format", "texts"),
    [
        (TextFormat.NAME, ["a", "llama3.1:latest", "org/m@1+x_-", "x" * 200]),
        (TextFormat.DURATION, ["0s", "1.5s", "300ms", "123456789.123456789h", "5m"]),
        (TextFormat.SIZE, ["0B", "32MiB", "1KiB", "2GiB"]),
        (TextFormat.SECRET, ["env:A_1", "env:_", "file:/run/secrets/a b", "file:x"]),
        (TextFormat.LISTEN, ["127.0.0.1:0", "[::]:65535", "localhost:4000"]),
        (TextFormat.BASE_URL, ["http://a", "HTTPS://[::1]:8443/v1/", "https://a.b/c@d;e=f/%20"]),
    ],
)
def test_the_pattern_for_editors_takes_what_is_read(text_format, texts):
    rule = RULES[text_format]
    for text in texts:
        rule.read(text)
        assert re.search(rule.pattern, text)


def test_every_key_has_a_text():
    found = list(sections(section_of(Document)))
    assert len({section.struct for section in found}) == 33
    assert [key for section in found for key, field in section.fields.items() if not field.text] == []


def test_keys_are_named_as_in_the_file_and_attributes_with_their_unit():
    drain = section_of(Server).fields["drain"]
    assert (drain.attribute, drain.default, drain.required, drain.nullable) == ("drain_s", 30.0, False, False)


@pytest.mark.parametrize("text", ["version: 1\nserver: {}", "version: 1\ndefaults: {breaker: {}}", '{"version": 1}'])
def test_an_empty_section_means_its_defaults(text):
    assert read_text(text, "x", {}, CATALOG).document == Document(version=1)
