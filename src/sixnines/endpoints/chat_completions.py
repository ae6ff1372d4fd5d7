"""`POST /v1/chat/completions` (OpenAI API reference, "Create chat completion")."""

import msgspec

from sixnines.dialects.call import Call, Neutral
from sixnines.dialects.openai import FORMATS
from sixnines.dialects.validation import empty_array
from sixnines.domain.operation import Dialect, Operation
from sixnines.endpoints.interface import Endpoint
from sixnines.endpoints.openai_body import generation, read_head
from sixnines.endpoints.openai_fields import Settable, TokenLimit


class _Message(msgspec.Struct):
    role: str


class _Head(Settable, kw_only=True):
    messages: list[_Message]
    max_tokens: TokenLimit | None = None
    max_completion_tokens: TokenLimit | None = None


_CHAT = Operation.CHAT
_DECODER = msgspec.json.Decoder(_Head)
_PARSE = FORMATS[Operation.CHAT].parse_request


def _parse(body: bytes) -> Neutral:
    return _PARSE(body)


def read(body: bytes) -> Call:
    """The call that `body` makes.

    Raises:
        MalformedRequest: see `read_head`; also when there are no messages.
    """
    head = read_head(body, _DECODER)
    if not head.messages:
        raise empty_array("messages")
    return generation(head, body, _CHAT, head.max_completion_tokens or head.max_tokens, parse=_parse)


ENDPOINT = Endpoint("/v1/chat/completions", Operation.CHAT, Dialect.OPENAI, read)
