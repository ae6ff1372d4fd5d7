"""Plain scalars mean what YAML 1.2's core schema says."""

import math

import pytest

from sixnines.config.nodes import Mapping, Scalar, Sequence
from sixnines.config.scalars import describe, describe_kind, resolve


def plain(text):
    return Scalar(1, 1, text, True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("Null", None), ("NULL", None), ("nULL", "nULL"),
        ("true", True), ("False", False), ("TRUE", True), ("tRUE", "tRUE"),
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"),
        ("12", 12), ("-12", -12), ("+12", 12), ("012", 12), ("0o14", 12), ("0xC", 12), ("0b1", "0b1"), ("1_000", "1_000"),
        ("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("-1e3", -1000.0), ("1e3", 1000.0), ("e3", "e3"), (".", "."), ("+", "+"),
        ("12:30", "12:30"), ("2001-01-01", "2001-01-01"), ("1.2.3", "1.2.3"), ("٣", "٣"),
        (".inf", math.inf), ("-.INF", -math.inf), ("inf", "inf"), ("nan", "nan"), ("-.nan", "-.nan"),
    ],
)  # fmt: skip
def test_a_plain_scalar_means(text, value):
    resolved = resolve(plain(text))
    assert (resolved, type(resolved)) == (value, type(value))


def test_not_a_number_is_a_number():
    assert math.isnan(resolve(plain(".NaN")))


@pytest.mark.parametrize("text", ["", "null", "true", "12"])
def test_quotes_make_text(text):
    assert resolve(Scalar(1, 1, text, False)) == text


@pytest.mark.parametrize(("text", "value"), [("9" * 5000, math.inf), ("-" + "9" * 5000, -math.inf)])
def test_a_number_too_long_to_be_meant_is_infinite(text, value):
    assert resolve(plain(text)) == value


@pytest.mark.parametrize(
    ("node", "told", "kind"),
    [
        (plain(""), "nothing", "nothing"),
        (plain("x\x1b"), 'the text "x\\u001b"', "a text"),
        (Scalar(1, 1, "", False), "an empty text", "an empty text"),
        (plain("0x1F"), "the number 0x1F", "a number"),
        (plain("true"), "true", "a truth value"),
        (Mapping(1, 1, {}), "a mapping", "a mapping"),
        (Sequence(1, 1, ()), "a list", "a list"),
    ],
)
def test_a_node_is_described(node, told, kind):
    assert (describe(node), describe_kind(node)) == (told, kind)
