"""Plain data as YAML: read back by both versions of YAML as what it was, with comments where they belong."""

import json

import pytest
from ruamel.yaml import YAML

from sixnines.adapters.yaml_text import render_yaml, scalar


def read(text, version):
    yaml = YAML(typ="safe", pure=True)
    yaml.version = version
    return yaml.load(text)


@pytest.mark.parametrize(
    "value",
    ["yes", "No", "on", "null", "~", "1e3", "012", "1:30", "a: b", "- a", "#a", "é模", "a\nb", "\u2028", "{x}", "plain",
     "llama3.1:latest", "", " a ", "@x", "=", "<<", "!tag", "*a", "&a", "0x1f", ".inf", True, None, 0, 1.5, 1e-07, 2.5e-06],
)  # fmt: skip
@pytest.mark.parametrize("version", [(1, 1), (1, 2)])
def test_a_scalar_is_read_back_by_both_versions_of_yaml(value, version):
    text = render_yaml({"key": value, "list": [value], "map": {"inner": {"x": value}}})
    expected = {"key": value, "list": [value], "map": {"inner": {"x": value}}}
    assert read(text, version) == expected


def test_a_price_of_a_token_is_written_without_an_exponent():
    assert scalar(1.5e-07) == "0.00000015"


def test_short_mappings_stand_on_one_line_and_long_ones_below():
    text = render_yaml({"version": 1, "a": {"x": {"k": 1}, "z": {str(number): "word" * 5 for number in range(9)}}})
    assert text.startswith('version: 1\n\na:\n  x: {k: 1}\n  z:\n    "0": ')


def test_a_comment_stands_above_what_it_is_about():
    text = render_yaml(
        {"models": {"m": {"list": [{"a": 1}, {"b": 2}]}}},
        {("models", "m"): ["of m"], ("models", "m", "list", 1): ["of the second", "in two lines"]},
        head=["top"],
    )
    assert text == (
        "# top\n\nmodels:\n  # of m\n  m:\n    list:\n      - {a: 1}\n      # of the second\n      # in two lines\n      - {b: 2}\n"
    )


def test_nothing_in_a_comment_can_end_it():
    text = render_yaml({"a": 1}, {("a",): ["one\ntwo: 2\r\x85\u2028three: 3"]})
    assert read(text, (1, 2)) == {"a": 1}


def test_a_list_item_too_long_for_a_line_keeps_its_form():
    data = {"models": [{"a": "x" * 90, "b": {"c": "y" * 60}}, ["z" * 130]]}
    assert read(render_yaml(data), (1, 2)) == data
    assert json.dumps(data)
