"""Words mean themselves in a unit file, whatever they hold."""

import pytest

from sixnines.services.trouble import ServiceError
from sixnines.services.unit_words import command_line, quoted_word, unit_part
from sixnines.services.units import unit_name


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("ollama", "ollama"),
        ("llamacpp-python", "llamacpp-python"),
        ("a/b@c+d", r"a\x2fb\x40c\x2bd"),
        ("v1.5:latest", "v1.5:latest"),
        (r"a\x2fb", r"a\x5cx2fb"),
    ],
)
def test_a_name_is_escaped_where_systemd_could_not_read_it(name, part):
    assert unit_part(name) == part


def test_two_names_never_have_one_unit():
    names = ["a/b", "a-b", "a@b", r"a\x2fb", "a.b", "a:b", "a+b", "a_b"]
    assert len({unit_name(name) for name in names}) == len(names)


def test_the_gateway_is_nobodys_provider():
    assert unit_name("gateway") == "sixnines-gateway.service"
    assert unit_name("ollama") == "sixnines-provider-ollama.service"


def test_a_name_that_is_too_long_for_systemd_is_refused():
    with pytest.raises(ServiceError, match="too long for systemd"):
        unit_name("/" * 100)


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("plain/path-1.gguf", "plain/path-1.gguf"),
        ("a b", '"a b"'),
        ("50%", '"50%%"'),
        ('{"a": 1}', r'"{\"a\": 1}"'),
        (r"back\slash", r'"back\\slash"'),
        ("", '""'),
        ("it's", '"it\'s"'),
        (";", '";"'),
        ("two\nlines", r'"two\nlines"'),
    ],
)
def test_a_word_is_quoted_where_it_must_be(word, shown):
    assert quoted_word(word) == shown


def test_a_dollar_of_a_command_is_no_variable():
    assert command_line(("/bin/x", "$HOME", "a$")) == '/bin/x "$$HOME" "a$$"'
