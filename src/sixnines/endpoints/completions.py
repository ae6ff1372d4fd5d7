"""`POST /v1/completions` (OpenAI API reference, "Create completion", legacy)."""

import msgspec

from sixnines.dialects.call import Call, Neutral
from sixnines.dialects.openai import FORMATS
from sixnines.domain.operation import Dialect, Operation
from sixnines.endpoints.interface import Endpoint
from sixnines.endpoints.openai_body import Settable, TokenLimit, read_head, require_text


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
    return Call(
        operation=Operation.COMPLETION,
        dialect=Dialect.OPENAI,
        model=head.model,
        body=body,
        present=head.present,
        stream=head.streams,
        include_usage=head.include_usage,
        max_tokens=head.max_tokens,
        parse=_parse,
    )


ENDPOINT = Endpoint("/v1/completions", Operation.COMPLETION, Dialect.OPENAI, read)
