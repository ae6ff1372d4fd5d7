"""`POST /v1/completions` (OpenAI API reference, "Create completion", legacy)."""

import msgspec

from sixnines.dialects.call import Call, Neutral
from sixnines.dialects.openai import FORMATS
from sixnines.domain.operation import Dialect, Operation
from sixnines.endpoints.interface import Endpoint
from sixnines.endpoints.openai_body import generation, read_head, require_text
from sixnines.endpoints.openai_fields import Settable, TokenLimit


class _Head(Settable, kw_only=True):
    prompt: msgspec.Raw
    max_tokens: TokenLimit | None = None


class _Typed(msgspec.Struct):
    prompt: str | list[msgspec.Raw]


_DECODER = msgspec.json.Decoder(_Head)
_TYPED = msgspec.json.Decoder(_Typed)
_PARSE = FORMATS[Operation.COMPLETION].parse_request


def _parse(body: bytes) -> Neutral:
    return _PARSE(body)


def read(body: bytes) -> Call:
    """The call that `body` makes.

    Raises:
        MalformedRequest: see `read_head`.
    """
    head = read_head(body, _DECODER)
    require_text(head.prompt, body, _TYPED)
    return generation(head, body, Operation.COMPLETION, head.max_tokens, parse=_parse)


ENDPOINT = Endpoint("/v1/completions", Operation.COMPLETION, Dialect.OPENAI, read)
