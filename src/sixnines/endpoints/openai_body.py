"""What the OpenAI endpoints share: reading the few fields the gateway decides by, and saying what is wrong with them.

The body stays as it is; everything not named here passes through untouched.
Messages follow those of the OpenAI API, so that its SDKs and their users recognise them.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from sixnines.dialects import unambiguous
from sixnines.dialects.call import Call, Neutral
from sixnines.dialects.validation import decode
from sixnines.domain.operation import Dialect, Operation
from sixnines.endpoints.openai_fields import Settable
from sixnines.errors import MalformedRequest

_TEXT_AT: Final = re.compile(rb'["\[]')
_EMPTY: Final = re.compile(rb'""|\[\s*\]')

_OPENAI: Final = Dialect.OPENAI  # looked up once: on Python 3.11 that takes as long as a call

Head = TypeVar("Head", bound=msgspec.Struct)


# Which of the fields that the gateway may set a body has besides `model`: `stream`, `stream_options`.
_PRESENT: Final = {
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


def generation(
    head: Settable, body: bytes, operation: Operation, max_tokens: int | None, *, parse: Callable[[bytes], Neutral]
) -> Call:
    """The call of an endpoint that generates text.

    Args:
        head: the fields of `body`.
        body: as it came.
        operation: what it asks of a model.
        max_tokens: the answer's limit, if there is one.
        parse: see `Call.parse`.
    """
    stream, options = head.stream, head.stream_options
    return Call(
        operation=operation,
        dialect=_OPENAI,
        model=head.model,
        body=body,
        present=_PRESENT[stream is not msgspec.UNSET, options is not msgspec.UNSET],
        stream=stream is True,
        include_usage=options is not msgspec.UNSET and options is not None and options.include_usage is True,
        max_tokens=max_tokens,
        parse=parse,
    )


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
