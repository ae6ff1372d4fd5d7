"""Arguments of tool calls: JSON text in one dialect, a JSON object in the others.

Never changes what the model wrote beyond the white space between its tokens; numbers keep their spelling.
"""

import msgspec

_decode = msgspec.json.Decoder(dict[str, object]).decode

EMPTY = msgspec.Raw(b"{}")


def as_object(text: str) -> msgspec.Raw | None:
    """The object that `text` spells, on one line; None where it spells none. No text at all is no arguments."""
    if not text.strip():
        return EMPTY
    try:
        _decode(text)
        return msgspec.Raw(msgspec.json.format(text.encode(), indent=-1))
    except (ValueError, RecursionError):
        return None


def as_text(raw: msgspec.Raw) -> str:
    """The text that spells the object.

    Raises:
        ValueError: not an object, or not UTF-8.
    """
    text = bytes(raw).decode()
    if not text.startswith("{"):
        raise ValueError("tool call arguments that are no object")
    return text
