"""What the OpenAI endpoints share: reading the few fields the gateway decides by, and saying what is wrong with them.

The body stays as it is; everything not named here passes through untouched.
Messages follow those of the OpenAI API, so that its SDKs and their users recognise them.
"""

import re
from typing import Annotated, TypeVar

import msgspec

from sixnines.dialects import unambiguous
from sixnines.dialects.validation import decode
from sixnines.errors import MalformedRequest

_TEXT_AT = re.compile(rb'["\[]')
_EMPTY = re.compile(rb'""|\[\s*\]')

# Engines count in 64 bits; some are less careful than to refuse more. llama.cpp takes -1 for "no limit".
TokenLimit = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]

Head = TypeVar("Head", bound=msgspec.Struct)


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
        MalformedRequest: not JSON, not an object, ambiguous, or a field is missing or of the wrong type.
    """
    if not body:
        raise MalformedRequest("The request body is empty; send a JSON object.", code="empty_body")
    head = decode(body, decoder)
    unambiguous.check(body)
    return head


def require_text(value: msgspec.Raw, body: bytes, typed: msgspec.json.Decoder[Head]) -> None:
    """Let pass a field that is a string or an array, as raw JSON: built, `[1,1` and so on to 32 MiB would take a GiB.

    Args:
        value: the field.
        body: the request that it is part of.
        typed: complains of the field when it is of another type.

    Raises:
        MalformedRequest: it is neither.
    """
    if not _TEXT_AT.match(value):
        decode(body, typed)


def is_empty(value: msgspec.Raw) -> bool:
    """Whether a string or an array holds nothing."""
    return _EMPTY.fullmatch(value) is not None
