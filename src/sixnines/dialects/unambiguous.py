"""Bodies that two JSON decoders would read differently are refused: what the gateway checks must be what engines read.

RFC 8259 leaves open what a repeated key means (section 4), and what numbers and surrogates mean that have no value
(sections 6 and 8.2): one decoder takes the first, another the last, a third fails. The first would let a caller show
one model to the gateway and another to the engine; the last makes a healthy engine answer 500 and look broken.
Never changes a body. Costs half a microsecond more than a decoder's own pass for the bodies that encoders make.
"""

import functools
import re
from typing import Final

import msgspec

from sixnines.dialects.validation import nested_too_deeply, unreadable
from sixnines.errors import MalformedRequest

# Values of more bytes than this are not looked into for odd numbers and surrogates, because that means building them:
# `[],` of three bytes becomes a list of 64. Pictures are larger, parameters never; a number is known by its first byte.
_LOOKED_INTO: Final = 1024 * 1024
_LONGEST_SHOWN: Final = 100

# Up to here it is quicker to look for each key than to put the body together again.
_SHORT: Final = 1024
_BACKSLASH: Final = ord("\\")  # a number: looking for one byte as bytes costs five times as much

_ESCAPED_ASCII: Final = b"\\u00"

# Possessive, or the matcher would remember every escape of a long string to come back to it.
_KEY_AT: Final = re.compile(rb'[\s,]*("[^"\\]*+(?:\\.[^"\\]*+)*+")\s*:\s*', re.DOTALL)

# A first look at how a body is written: whichever way is tried first, the other one follows.
_SPACED: Final = b'": '

_NUMBER_AT: Final = re.compile(rb"[-0-9]")

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_build_object: Final = msgspec.json.Decoder(dict[str, object]).decode
_build: Final = msgspec.json.Decoder().decode
_decode_key: Final = msgspec.json.Decoder(str).decode
_encode: Final = msgspec.json.Encoder().encode

Members = dict[str, msgspec.Raw]


def check(body: bytes) -> None:
    """Let pass what every decoder reads alike.

    Args:
        body: one JSON object, as a decoder has already found.

    Raises:
        MalformedRequest: a key stands twice at the top level, or a value has a number or a surrogate without a meaning.
    """
    if len(body) <= _SHORT and _is_plain(body):
        return
    members: Members = {}
    try:
        members = _members(body)
        if len(body) <= _LOOKED_INTO:
            _build(body)
        else:
            _look_into(members)
    except msgspec.ValidationError:
        raise _out_of_range(members) from None
    except msgspec.DecodeError as error:
        raise unreadable(error) from None
    except RecursionError:
        raise nested_too_deeply() from None
    # A repeated key makes the body longer than its members written once. So length alone tells for bodies without
    # white space, and equality for those with the spaces that Python's encoder makes; others are walked.
    if _SPACED in body[:_LONGEST_SHOWN] and _spaced(members) == body:
        return
    if len(_encode(members)) != len(body) and _spaced(members) != body:
        _walk(body, members)


def _is_plain(body: bytes) -> bool:
    """Whether a short body has nothing to object to, at a glance: its keys stand once, and cannot hide in escapes."""
    escapes = _BACKSLASH in body
    if escapes and _ESCAPED_ASCII in body:
        return False
    try:
        built = _build_object(body)
    except (msgspec.MsgspecError, RecursionError):
        return False
    for key in built:
        if body.count(_quoted(key)) != 1:
            return False
        if escapes and not (key.isascii() and key.isidentifier()):  # there are more ways to write a slash, or an accent
            return False
    return True


@functools.lru_cache(maxsize=256)  # parameters have names that all callers use
def _quoted(key: str) -> bytes:
    return b'"%b"' % key.encode()


def _look_into(members: Members) -> None:
    for value in members.values():
        if len(value) <= _LOOKED_INTO or _NUMBER_AT.match(value):
            _build(value)


def _spaced(members: Members) -> bytes:
    """The members as `json.dumps` writes them, where their keys need no escapes."""
    return b"{%b}" % b", ".join([b'"%b": %b' % (key.encode(), value) for key, value in members.items()])


def _walk(body: bytes, members: Members) -> None:
    """Go from member to member, by the lengths of the values that the decoder kept: the last one of each key.

    Without a repeated key that leads from each member to the next, in the decoder's order. With one, the walk comes to
    another key or another value than the decoder has there, at the latest at the repetition.
    """
    at, name = body.index(b"{") + 1, ""
    for key, value in members.items():
        found = _KEY_AT.match(body, at)
        if found is None:  # the value before was longer than the one that the decoder kept
            raise _twice(name)
        name = _decode_key(found[1])
        at = found.end() + len(value)
        if name != key or body[found.end() : at] != bytes(value):
            raise _twice(name)
    if body[at:].strip() != b"}":
        more = _KEY_AT.match(body, at)
        raise _twice(name if more is None else _decode_key(more[1]))


def _twice(key: str) -> MalformedRequest:
    shown = key[:_LONGEST_SHOWN]
    return MalformedRequest(
        f"Duplicate parameter: '{shown}' is given more than once; send it once.",
        param=shown,
        code="duplicate_parameter",
    )


def _out_of_range(members: Members) -> MalformedRequest:
    """Says in which member the number is."""
    for key, value in members.items():
        try:
            _look_into({key: value})
        except msgspec.ValidationError:
            shown = key[:_LONGEST_SHOWN]
            return MalformedRequest(f"Invalid '{shown}': number out of range.", param=shown, code="invalid_value")
    return MalformedRequest("A number in your request is out of range.", code="invalid_value")
