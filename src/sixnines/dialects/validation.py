"""Requests decoded, and what is wrong with them said as the OpenAI API says it, with the field at fault.

Never lets a decoder's own exception out, and never repeats a caller's content. Wording: answers of the OpenAI API to
requests of the kinds named here, which SDKs and their users recognise.
"""

import re
from collections.abc import Container, Sequence
from typing import Final, TypeVar

import msgspec

from sixnines.errors import MalformedRequest

T = TypeVar("T")

# What msgspec says: "Expected `str | null`, got `int` - at `$.messages[0].name`".
_WRONG_TYPE: Final = re.compile(r"Expected `(?P<want>[^`]+)`, got `(?P<got>[^`]+)`(?: - at `\$\.?(?P<path>[^`]*)`)?")
# "Object missing required field `role` - at `$.messages[0]`"
_MISSING: Final = re.compile(r"Object missing required field `(?P<name>[^`]+)`(?: - at `\$\.?(?P<path>[^`]*)`)?")
# "Number out of range - at `$.temperature`"
_ANY: Final = re.compile(r"(?P<what>.*?) - at `\$\.?(?P<path>[^`]*)`")
_NOUNS: Final = {
    "str": "string", "int": "integer", "float": "decimal", "bool": "boolean", "array": "array", "object": "object",
    "null": "null",
}  # fmt: skip
_VOWELS: Final = ("a", "i", "o")

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def decode(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """The value of a request body.

    Raises:
        MalformedRequest: not UTF-8, not JSON, or not of the decoder's type; names the field.
    """
    try:
        if not body.isascii():
            body.decode()  # decoders check only the strings that they keep
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _complaint(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise unreadable(error) from None
    except RecursionError:
        raise nested_too_deeply() from None


def unread(body: bytes, known: Container[str]) -> dict[str, msgspec.Raw]:
    """The top-level members of a body that `decode` has accepted, without the known ones and those that are null."""
    found = _members(body)
    return {key: value for key, value in found.items() if key not in known and bytes(value) != b"null"}


def unreadable(error: Exception) -> MalformedRequest:
    """Not JSON; `error` is a decoder's, which names places and no content."""
    return MalformedRequest(f"We could not parse the JSON body of your request: {error}.", code="invalid_json")


def nested_too_deeply() -> MalformedRequest:
    """JSON that a decoder would need too much stack for."""
    return MalformedRequest("The JSON body of your request is nested too deeply.", code="invalid_json")


def missing(param: str) -> MalformedRequest:
    """A required parameter is not there."""
    return MalformedRequest(f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")


def wrong_type(param: str, want: str, got: str) -> MalformedRequest:
    """A parameter has the wrong type; `want` and `got` are phrases such as `an array`."""
    return MalformedRequest(
        f"Invalid type for '{param}': expected {want}, but got {got} instead.", param=param, code="invalid_type"
    )


def wrong_value(param: str, value: str, supported: Sequence[str]) -> MalformedRequest:
    """A parameter is none of the values that are understood (two or more)."""
    *front, last = (f"'{each}'" for each in supported)
    listed = f"{', '.join(front)}, and {last}" if len(front) > 1 else f"{front[0]} and {last}"
    return MalformedRequest(
        f"Invalid value: '{value}'. Supported values are: {listed}.", param=param, code="invalid_value"
    )


def empty_array(param: str) -> MalformedRequest:
    """An array that must hold something holds nothing."""
    return MalformedRequest(
        f"Invalid '{param}': empty array. Expected an array with minimum length 1, but got an empty array instead.",
        param=param,
        code="empty_array",
    )


def inexpressible(param: str, why: str) -> MalformedRequest:
    """A parameter that the provider's format has no place for; another provider may have one."""
    return MalformedRequest(
        f"Unsupported parameter: '{param}' cannot be used with this model: {why}.",
        param=param,
        code="unsupported_parameter",
    )


def _complaint(text: str) -> MalformedRequest:
    """A decoder's complaint in OpenAI's words."""
    if absent := _MISSING.fullmatch(text):
        return missing(f"{absent['path']}.{absent['name']}" if absent["path"] else absent["name"])
    if wrong := _WRONG_TYPE.fullmatch(text):
        got = _one(_NOUNS.get(wrong["got"], wrong["got"]))
        if not wrong["path"]:
            return MalformedRequest(f"The request body must be an object, but it is {got}.", code="invalid_type")
        return wrong_type(wrong["path"], _any_of(wrong["want"]), got)
    if other := _ANY.fullmatch(text):
        what = other["what"][:1].lower() + other["what"][1:]
        return MalformedRequest(f"Invalid '{other['path']}': {what}.", param=other["path"], code="invalid_value")
    return MalformedRequest(text)


def _any_of(want: str) -> str:
    """`str | array | null` as `one of a string or array`; that null is taken too goes without saying."""
    nouns = [_NOUNS.get(word, word) for word in want.split(" | ") if word != "null"]
    first = _one(nouns[0])
    return first if len(nouns) == 1 else f"one of {first} or {' or '.join(nouns[1:])}"


def _one(noun: str) -> str:
    if noun == "null":
        return noun
    return f"an {noun}" if noun.startswith(_VOWELS) else f"a {noun}"
