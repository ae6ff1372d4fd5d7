"""`POST /v1/embeddings` (OpenAI API reference, "Create embeddings")."""

import msgspec

from sixnines.dialects.call import Call, Neutral
from sixnines.dialects.openai import FORMATS
from sixnines.domain.operation import Dialect, Operation
from sixnines.endpoints.interface import Endpoint
from sixnines.endpoints.openai_body import is_empty, read_head, require_text
from sixnines.errors import MalformedRequest


class _Head(msgspec.Struct):
    model: str
    input: msgspec.Raw
    encoding_format: str | None = None


class _Typed(msgspec.Struct):
    input: str | list[msgspec.Raw]


_DECODER = msgspec.json.Decoder(_Head)
_TYPED = msgspec.json.Decoder(_Typed)
_PARSE = FORMATS[Operation.EMBEDDING].parse_request
_MODEL_ONLY = frozenset({"model"})


def _parse(body: bytes) -> Neutral:
    return _PARSE(body)


def read(body: bytes) -> Call:
    """The call that `body` makes.

    Raises:
        MalformedRequest: see `read_head`; also when there is nothing to embed.
    """
    head = read_head(body, _DECODER)
    require_text(head.input, body, _TYPED)
    if is_empty(head.input):
        raise MalformedRequest("'input' cannot be empty.", param="input", code="empty_input")
    return Call(
        operation=Operation.EMBEDDING,
        dialect=Dialect.OPENAI,
        model=head.model,
        body=body,
        present=_MODEL_ONLY,
        stream=False,
        include_usage=False,
        max_tokens=None,
        parse=_parse,
        base64=head.encoding_format == "base64",
    )


ENDPOINT = Endpoint("/v1/embeddings", Operation.EMBEDDING, Dialect.OPENAI, read)
