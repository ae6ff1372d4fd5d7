"""What the gateway reads of an OpenAI answer that was not streamed. Names no more than says whether it is one."""

import msgspec

from sixnines.dialects.openai.chunks import NOTHING, WireUsage


class _WholeChoice(msgspec.Struct):
    finish_reason: str | msgspec.UnsetType | None = msgspec.UNSET


class _Vector(msgspec.Struct):
    embedding: msgspec.Raw


class WholeBody(msgspec.Struct):
    """The body of a 200 answer: a chat, a completion or embeddings."""

    model: str | msgspec.UnsetType | None = msgspec.UNSET
    choices: list[_WholeChoice] | None = None
    data: list[_Vector] | None = None
    usage: WireUsage | None = None
    error: msgspec.Raw = NOTHING


decode_whole = msgspec.json.Decoder(WholeBody).decode
