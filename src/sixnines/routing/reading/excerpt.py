"""What is taken out of a body to be measured: counts, and both ends of the texts that tell most.

Lives for one call of `features`. Never kept, never logged: it is the only place where text is.
"""

import msgspec

from sixnines.domain.features import Output

# Bytes of JSON that are read as a whole; of longer bodies the two ends. A typed decoder takes 30 microseconds for it.
WHOLE = 64 * 1024
# Characters at each end of a text. What is asked stands at the beginning or at the end; what lies between is material.
END = 1024


class Excerpt(msgspec.Struct, gc=False):
    """A body, cut down.

    Attributes:
        text_tokens: an estimate for all text, tools included.
        asked: both ends of the user's last message, UTF-8.
        beside: the end of the message that is nearest to it, UTF-8.
        turns, tools, tool_messages, images, output: as in `Features`.
    """

    text_tokens: int = 0
    asked: bytes = b""
    beside: bytes = b""
    turns: int = 0
    tools: int = 0
    tool_messages: int = 0
    images: int = 0
    output: Output = Output.TEXT


def both_ends(text: str) -> bytes:
    """A text, or its beginning and its end where it is long."""
    if len(text) <= 2 * END:
        return text.encode()
    return f"{text[:END]}\n{text[-END:]}".encode()
