"""What a plain scalar means: the core schema of YAML 1.2.2, section 10.3.2.

Never knows YAML 1.1: `no`, `on` and `yes` are text, `012` is twelve, `1_000` and `12:30` are text.
"""

import re

from sixnines.config.diagnostics import quoted
from sixnines.config.nodes import Mapping, Node, Scalar, Sequence

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_MAY_BE_A_NUMBER = frozenset("0123456789+-.")
_LONGEST_NUMBER = 30  # characters; no key takes a number anywhere near as long, and int() refuses 4,300 digits

Value = None | bool | int | float | str


def resolve(scalar: Scalar) -> Value:
    """The value that `scalar` stands for. A number of more than 30 characters is an infinity of its sign."""
    text = scalar.text
    if not scalar.plain:
        return text
    if text in _NULL:
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    if text[0] not in _MAY_BE_A_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def _integer(text: str) -> int | float:
    if len(text) > _LONGEST_NUMBER:
        return float("-inf") if text.startswith("-") else float("inf")
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text[2:] if base != 10 else text, base)  # noqa: PLR2004 - the usual base


def describe(node: Node) -> str:
    """What stands there, for messages: `the text "x"`, `the number 3`, `a list`."""
    if not isinstance(node, Scalar):
        return describe_kind(node)
    match resolve(node):
        case str(text) if text:
            return f"the text {quoted(text)}"
        case bool(truth):
            return str(truth).lower()
        case int() | float():
            return f"the number {node.text[:_LONGEST_NUMBER]}"
        case _:
            return describe_kind(node)


def describe_kind(node: Node) -> str:
    """What kind of thing stands there, without a word of what it says: a secret may have slipped in."""
    match node:
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar():
            return _kind_of_value(resolve(node))


def _kind_of_value(value: Value) -> str:
    match value:
        case None:
            return "nothing"
        case "":
            return "an empty text"
        case str():
            return "a text"
        case bool():
            return "a truth value"
        case _:
            return "a number"
