"""What the OpenAI endpoints share: reading the few fields the gateway decides by, and saying what is wrong with them.

The body stays as it is; everything not named here passes through untouched.
Messages follow those of the OpenAI API, so that its SDKs and their users recognise them.
"""

import re
from typing import TypeVar

import msgspec

from sixnines.errors import MalformedRequest

Head = TypeVar("Head", bound=msgspec.Struct)

# `Expected \`str\`, got \`int\` - at \`$.messages[0].role\`` and `Object missing required field \`model\` - at \`$\``
_WRONG_TYPE = re.compile(r"Expected `(?P<want>[^`]+)`, got `(?P<got>[^`]+)`(?: - at `\$\.?(?P<path>[^`]*)`)?")
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]+)`(?: - at `\$\.?(?P<path>[^`]*)`)?")
_WORDS = {
    "str": "a string", "int": "an integer", "float": "a number", "bool": "a boolean", "array": "an array",
    "object": "an object", "null": "null",
}  # fmt: skip


class StreamOptions(msgspec.Struct):
    """`stream_options` of the OpenAI API."""

    include_usage: bool | None = None


class Settable(msgspec.Struct):
    """The fields that the gateway may set on the way, for every endpoint that generates text."""

    model: str
    stream: bool | msgspec.UnsetType | None = msgspec.UNSET
    stream_options: StreamOptions | msgspec.UnsetType | None = msgspec.UNSET

    @property
    def streams(self) -> bool:
        """The caller wants a stream."""
        return self.stream is True

    @property
    def include_usage(self) -> bool:
        """The caller wants usage in the stream."""
        return isinstance(self.stream_options, StreamOptions) and self.stream_options.include_usage is True

    @property
    def present(self) -> frozenset[str]:
        """Which of these fields the body has."""
        return _PRESENT[self.stream is not msgspec.UNSET, self.stream_options is not msgspec.UNSET]


_PRESENT = {
    (False, False): frozenset({"model"}),
    (True, False): frozenset({"model", "stream"}),
    (False, True): frozenset({"model", "stream_options"}),
    (True, True): frozenset({"model", "stream", "stream_options"}),
}


def read_head(body: bytes, decoder: msgspec.json.Decoder[Head]) -> Head:
    """Decode the fields that `decoder` names.

    Raises:
        MalformedRequest: not JSON, not an object, or a field is missing or of the wrong type.
    """
    if not body:
        raise MalformedRequest("The request body is empty; send a JSON object.", code="empty_body")
    try:
        if not body.isascii():
            body.decode()  # the decoder below checks only the strings that it reads
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _complaint(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedRequest(
            f"We could not parse the JSON body of your request: {error}.", code="invalid_json"
        ) from None
    except RecursionError:
        raise MalformedRequest("The JSON body is nested too deeply.", code="invalid_json") from None


def _complaint(text: str) -> MalformedRequest:
    missing = _MISSING.search(text)
    if missing is not None:
        name = _joined(missing["path"], missing["name"])
        message = "you must provide a model parameter" if name == "model" else f"Missing required parameter: '{name}'."
        return MalformedRequest(message, param=name, code="missing_required_parameter")
    wrong = _WRONG_TYPE.search(text)
    if wrong is None:
        return MalformedRequest(text)
    want = " or ".join(_WORDS.get(word.strip(), word.strip()) for word in wrong["want"].split("|"))
    got = _WORDS.get(wrong["got"], wrong["got"])
    if not wrong["path"]:
        return MalformedRequest(f"The request body must be {want}, but it is {got}.", code="invalid_type")
    message = f"Invalid type for '{wrong['path']}': expected {want}, but got {got} instead."
    return MalformedRequest(message, param=wrong["path"], code="invalid_type")


def _joined(path: str | None, name: str) -> str:
    return f"{path}.{name}" if path else name
