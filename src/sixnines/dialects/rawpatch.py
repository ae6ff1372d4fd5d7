"""Change single top-level keys of a JSON object and keep every other byte as it came.

Never parses the rest and never checks it: callers pass bodies that a decoder has already accepted as one JSON object.
Grammar: RFC 8259. A key that stands twice is changed in both places, so that no decoder downstream can pick an
unchanged one.
"""

import functools
import re
from collections.abc import Container, Iterator, Mapping
from typing import Final

import msgspec

# Possessive (`*+`), or the matcher would remember every escape of a long string to come back to it: 60 bytes for each.
_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TOKEN: Final = re.compile(_STRING + rb"|[{}\[\]]", re.DOTALL)
_STRING_AT: Final = re.compile(_STRING, re.DOTALL)
_SCALAR_AT: Final = re.compile(rb"[^,}\]\s]+")
_COLON_AT: Final = re.compile(rb"\s*:\s*")
_STRING_VALUE_AT: Final = re.compile(rb"\s*:\s*(" + _STRING + rb")", re.DOTALL)
_SPACE_AT: Final = re.compile(rb"\s*")
# An ASCII letter written as an escape can hide a key from a byte search (`"mod\u0065l"`); such bodies are walked.
_ESCAPED_LETTER: Final = re.compile(rb"\\u00[4-7]")

# The member that is replaced in every request.
_MODEL: Final = b'"model"'
_SPELLINGS: Final = frozenset((b':"', b': "'))
_COMPACT: Final = b'"model":"'
_SPACED: Final = b'"model": "'
# Up to here parts are cheaper than positions. In a long body Python looks forward for something in a way that takes
# twelve times as long as backward.
_SHORT: Final = 1024
_ESCAPED_ASCII: Final = b"\\u00"
_BACKSLASH: Final = ord("\\")  # a number: looking for one byte as bytes costs five times as much

_decode_key: Final = msgspec.json.Decoder(str).decode


def replace(body: bytes, values: Mapping[str, bytes], present: Container[str]) -> bytes:
    """`body` with each top-level key of `values` set to the raw JSON given; absent keys are put in front.

    Args:
        body: a JSON object.
        values: key to raw JSON text. Keys are plain ASCII.
        present: which of these keys the object has at its top level, as its decoder saw it. Knowing that, a key
            found once needs no walk through the body to prove that it is the right one.
    """
    edits: list[tuple[int, int, bytes]] = []
    missing: list[bytes] = []
    for key, value in values.items():
        if key in present:
            edits += [(start, end, value) for _, start, end in _find(body, key)]
        else:
            missing.append(b'"%b":%b' % (key.encode(), value))
    if missing:
        edits.append(_insertion(body, missing))
    return _apply(body, edits)


def replace_model(body: bytes, value: bytes) -> bytes:
    """`body` with its top-level `model`, a string that its decoder has seen, set to the raw JSON `value`.

    What `replace` does, without a walk or a pattern where the member stands once, as encoders spell it, and no escape
    can hide another one.
    """
    changed = _in_short(body, value) if len(body) <= _SHORT else _in_long(body, value)
    return replace(body, {"model": value}, ("model",)) if changed is None else changed


def _in_short(body: bytes, value: bytes) -> bytes | None:
    """A short body is cut into its parts; None where that is not safe."""
    if body.count(_MODEL) != 1 or (_BACKSLASH in body and _ESCAPED_ASCII in body):
        return None
    before, found, behind = body.partition(_COMPACT)
    if not found:
        before, found, behind = body.partition(_SPACED)
    old, _, rest = behind.partition(b'"')
    if not found or _BACKSLASH in old:
        return None
    return b"".join((before, found[:-1], value, rest))


def _in_long(body: bytes, value: bytes) -> bytes | None:
    """In a long body it is looked for, backward; None where that is not safe."""
    at = body.rfind(_MODEL)
    start = body.find(b'"', at + len(_MODEL)) + 1
    if at < 0 or body[at + len(_MODEL) : start] not in _SPELLINGS or body.rfind(_MODEL, 0, at) >= 0:
        return None
    end = body.index(b'"', start)
    if (_BACKSLASH in body and _ESCAPED_ASCII in body) or _BACKSLASH in body[start:end]:
        return None
    return b"%b%b%b" % (body[: start - 1], value, body[end + 1 :])


def remove(body: bytes, key: str) -> bytes:
    """`body` without the top-level `key`, which it is known to have."""
    return _apply(body, [(*_widened(body, start, end), b"") for start, _, end in _find(body, key)])


@functools.lru_cache(maxsize=64)
def _key_pattern(key: str) -> re.Pattern[bytes]:
    return re.compile(rb'"%b"\s*:\s*' % re.escape(key).encode())


def _find(body: bytes, key: str) -> list[tuple[int, int, int]]:
    """Where the top-level `key` stands: (start of key, start of value, end of value) for each time."""
    pattern = _key_pattern(key)
    first = pattern.search(body)
    if first is not None and _ESCAPED_LETTER.search(body) is None and pattern.search(body, first.end()) is None:
        return [(first.start(), first.end(), _value_end(body, first.end()))]
    return [found for found in _walk(body) if _decode_key(body[found[0] : _key_end(body, found[0])]) == key]


def _walk(body: bytes) -> Iterator[tuple[int, int, int]]:
    """Every top-level member: (start of key, start of value, end of value)."""
    at = body.index(b"{") + 1
    while True:
        at = _space_end(body, at)
        if body[at : at + 1] == b",":
            at = _space_end(body, at + 1)
        if body[at : at + 1] != b'"':
            return
        colon = _COLON_AT.match(body, _key_end(body, at))
        if colon is None:
            return
        end = _value_end(body, colon.end())
        yield at, colon.end(), end
        at = end


def _key_end(body: bytes, at: int) -> int:
    match = _STRING_AT.match(body, at)
    return at if match is None else match.end()


def _space_end(body: bytes, at: int) -> int:
    match = _SPACE_AT.match(body, at)
    return at if match is None else match.end()


def _value_end(body: bytes, at: int) -> int:
    """Where the JSON value that starts at `at` ends."""
    first = body[at : at + 1]
    if first not in (b"{", b"["):
        match = (_STRING_AT if first == b'"' else _SCALAR_AT).match(body, at)
        return at if match is None else match.end()
    depth = 0
    for token in _TOKEN.finditer(body, at):
        sign = token.group()
        if sign in (b"{", b"["):
            depth += 1
        elif sign in (b"}", b"]"):
            depth -= 1
            if depth == 0:
                return token.end()
    return len(body)


def _insertion(body: bytes, members: list[bytes]) -> tuple[int, int, bytes]:
    """The edit that puts `members` in front of whatever the object holds."""
    at = body.index(b"{") + 1
    empty = body[_space_end(body, at) : _space_end(body, at) + 1] == b"}"
    return at, at, b",".join(members) + (b"" if empty else b",")


def _widened(body: bytes, start: int, end: int) -> tuple[int, int]:
    """A member's span with the comma that must go with it."""
    after = _space_end(body, end)
    if body[after : after + 1] == b",":
        return start, _space_end(body, after + 1)
    before = body[:start].rstrip()
    return (len(before) - 1, end) if before.endswith(b",") else (start, end)


def _apply(body: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    pieces: list[bytes] = []
    at = 0
    for start, end, new in sorted(edits):
        pieces += (body[at:start], new)
        at = end
    pieces.append(body[at:])
    return b"".join(pieces)
