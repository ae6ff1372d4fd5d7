"""The fields of OpenAI's requests that the gateway decides by, or sets on the way. Everything else is not looked at."""

from typing import Annotated

import msgspec

# Engines count in 64 bits; some are less careful than to refuse more. llama.cpp takes -1 for "no limit".
TokenLimit = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class StreamOptions(msgspec.Struct):
    """`stream_options` of the OpenAI API."""

    include_usage: bool | None = None


class Settable(msgspec.Struct):
    """The fields that the gateway may set on the way, for every endpoint that generates text."""

    model: str
    stream: bool | msgspec.UnsetType | None = msgspec.UNSET
    stream_options: StreamOptions | msgspec.UnsetType | None = msgspec.UNSET


class _Message(msgspec.Struct):
    role: str


class ChatFields(Settable, kw_only=True):
    """Those of a chat completion."""

    messages: list[_Message]
    max_tokens: TokenLimit | None = None
    max_completion_tokens: TokenLimit | None = None
