"""The role of a streamed answer where its engine has left it out: put into the first chunk that says anything.

llama.cpp sends a chunk with `role` before its first token, but none where that token is half a character, as of an
emoji (recorded). Clients may go by the role: "the role of the author of this message", OpenAI API reference, "The chat
completion chunk object". Never touches another member, nor a chunk that cannot be read.
"""

from collections.abc import Container
from typing import Final

import msgspec

_Members = dict[str, msgspec.Raw]

_members: Final = msgspec.json.Decoder(_Members).decode
_pieces: Final = msgspec.json.Decoder(list[_Members]).decode
_index: Final = msgspec.json.Decoder(int).decode
_encode: Final = msgspec.json.Encoder().encode
_ASSISTANT: Final = msgspec.Raw(b'"assistant"')
_ONLY_CHOICE: Final = msgspec.Raw(b"0")


def with_role(chunk: bytes, choices: Container[int]) -> bytes:
    """The chunk with the role in the deltas of these choices, given by their indexes."""
    try:
        wire = _members(chunk)
        pieces = _pieces(wire["choices"])
        for piece in pieces:
            if _index(piece.get("index", _ONLY_CHOICE)) in choices:
                delta = _members(piece["delta"])
                delta.pop("role", None)
                piece["delta"] = msgspec.Raw(_encode({"role": _ASSISTANT, **delta}))
    except (ValueError, KeyError, RecursionError):  # in a part that the relay had no need to read
        return chunk
    wire["choices"] = msgspec.Raw(_encode(pieces))
    return _encode(wire)
