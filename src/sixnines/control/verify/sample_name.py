"""A name that a pattern of the config is for, so that the pattern can be tried. Pure.

Never claims too much: whoever uses it asks the expression itself whether the name matches.
"""

import re

_ESCAPES = {"d": "7", "w": "a", "s": " ", "D": "a", "S": "a", "W": "-", "b": "", "B": "", "A": "", "Z": "", "z": ""}
_REPEAT = re.compile(r"(?:[*+?]|\{(\d*),?\d*\})[?+]?")
_GROUP_HEAD = re.compile(r"\?(?:P<\w+>|:|>|[aiLmsux-]+:|[aiLmsux]+(?=\)))")
_LETTER = "a"


def sample(expression: str) -> str:
    """A text made by the letters of `expression`: the first of alternatives, and of what may be missing one."""
    text, _ = _alternatives(expression, 0)
    return text


def _alternatives(text: str, at: int) -> tuple[str, int]:
    first, at = _sequence(text, at)
    while text.startswith("|", at):
        _, at = _sequence(text, at + 1)
    return first, at


def _sequence(text: str, at: int) -> tuple[str, int]:
    made: list[str] = []
    while at < len(text) and text[at] not in "|)":
        piece, at = _atom(text, at)
        repeat = _REPEAT.match(text, at)
        if repeat is not None:
            piece *= max(1, int(repeat[1] or 1))
            at = repeat.end()
        made.append(piece)
    return "".join(made), at


def _atom(text: str, at: int) -> tuple[str, int]:
    character = text[at]
    if character == "\\":
        escaped = text[at + 1 : at + 2]
        return _ESCAPES.get(escaped, escaped), at + 2
    if character == "[":
        return _member(text, at)
    if character == "(":
        head = _GROUP_HEAD.match(text, at + 1)
        inside, at = _alternatives(text, head.end() if head else at + 1)
        return inside, at + 1
    if character in "^$":
        return "", at + 1
    return (_LETTER if character == "." else character), at + 1


def _member(text: str, at: int) -> tuple[str, int]:
    """The first member of a class."""
    end = text.find("]", at + 2)
    if end < 0:
        return "", len(text)
    if text[at + 1] == "^":
        return "-" if "-" not in text[at + 2 : end] else _LETTER, end + 1
    if text[at + 1] == "\\":
        return _ESCAPES.get(text[at + 2], text[at + 2]), end + 1
    return text[at + 1], end + 1
