"""`POST /v1/chat/completions` (OpenAI API reference, "Create chat completion")."""

from typing import Final

import msgspec

from sixnines.dialects.call import Call, Neutral
from sixnines.dialects.openai import FORMATS
from sixnines.dialects.validation import empty_array
from sixnines.domain.operation import Dialect, Operation
from sixnines.endpoints.interface import Endpoint
from sixnines.endpoints.openai_body import generation, read_head
from sixnines.endpoints.openai_fields import ChatFields

_CHAT: Final = Operation.CHAT
_DECODER: Final = msgspec.json.Decoder(ChatFields)
_PARSE: Final = FORMATS[Operation.CHAT].parse_request


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
