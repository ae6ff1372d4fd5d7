"""How long a regular expression can take: an upper bound on the ways in which it can be tried on one name.

Never runs the expression. Python's engine backtracks, so that `(a+)+b` needs 2^n steps on n letters a; a caller who
chooses the model's name must not be able to choose that.
"""

import re

from sixnines.config.text_formats import MAX_NAME

# Three open-ended repeats have 8 million ways and take 10 ms at worst, so this is 60 ms; a fourth repeat takes seconds.
MOST_WAYS = 50_000_000
_TOO_MANY = MOST_WAYS + 1
_COUNTED = re.compile(r"\{(?=[0-9,])([0-9]*)(,?)([0-9]*)\}")
# What may follow a group's bracket: (?P<name>..) (?P=name) (?(1)..) (?<=..) (?<!..) (?#..) (?i) (?i:..) (?=..) (?>..)
_GROUP_HEAD = re.compile(r"\?(?:P<\w+>|P=\w+|\(\w+\)|<[=!]|#[^)]*|[aiLmsux-]+:?|[:=!>])")


def ways_to_match(expression: str) -> int:
    """The bound for a valid `expression`; `MOST_WAYS` plus one stands for all that is more.

    Alternatives add, what follows each other multiplies, and a repeat may stop at any of its lengths: their number
    times the ways of its body to the power of the greatest.
    """
    ways, position = _alternatives(expression, 0)
    return ways if position == len(expression) else _TOO_MANY


def _alternatives(text: str, position: int) -> tuple[int, int]:
    """The ways of `a|b|c` from `position` on, and where it ends: at a closing bracket or the end of the text."""
    total = 0
    while True:
        ways, position = _sequence(text, position)
        total = min(total + ways, _TOO_MANY)
        if not text.startswith("|", position):
            return total, position
        position += 1


def _sequence(text: str, position: int) -> tuple[int, int]:
    """The ways of what stands side by side, and where it ends: at a bar, a closing bracket or the end of the text."""
    total = 1
    while position < len(text) and text[position] not in "|)":
        ways, position = _atom(text, position)
        ways, position = _repeated(text, position, ways)
        total = min(total * ways, _TOO_MANY)
    return total, position


def _atom(text: str, position: int) -> tuple[int, int]:
    """The ways of one character, class, escape or group, and where it ends."""
    character = text[position]
    if character == "\\":
        return 1, position + 2
    if character == "[":
        return 1, _end_of_class(text, position)
    if character != "(":
        return 1, position + 1
    head = _GROUP_HEAD.match(text, position + 1)
    ways, end = _alternatives(text, head.end() if head else position + 1)
    return ways, end + 1


def _end_of_class(text: str, position: int) -> int:
    position += 2 if text.startswith("[^", position) else 1
    if text.startswith("]", position):  # a bracket in front is a member
        position += 1
    while position < len(text) and text[position] != "]":
        position += 2 if text[position] == "\\" else 1
    return position + 1


def _repeated(text: str, position: int, ways: int) -> tuple[int, int]:
    """The ways of an atom of so many `ways` with the quantifier that stands at `position`, if one does."""
    found = _COUNTED.match(text, position)
    if found:
        least = int(found.group(1) or 0)
        most = least if not found.group(2) else int(found.group(3) or MAX_NAME)
        position = found.end()
    elif text.startswith(("*", "+", "?"), position):
        least, most = (0, 1) if text[position] == "?" else (0, MAX_NAME)
        position += 1
    else:
        return ways, position
    if text.startswith(("?", "+"), position):  # lazy, possessive
        position += 1
    return _choices(least, min(most, MAX_NAME), ways), position


def _choices(least: int, most: int, ways: int) -> int:
    lengths = max(most - least, 0) + 1
    total = lengths
    # A body with one way has one way however often it is repeated; any other is beyond the bound after 26 doublings.
    for _ in range(min(most, 26) if ways > 1 else 0):
        total *= ways
    return min(total, _TOO_MANY)
