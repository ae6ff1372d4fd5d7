"""How errors are said in OpenAI's dialect, as a body and inside a stream.

Format: `{"error": {"message", "type", "param", "code"}}` (OpenAI API reference, "Error codes"); inside a stream the
same object as an event, then `[DONE]`, which is what the SDKs look for.
"""

from typing import Final

import msgspec

_encode: Final = msgspec.json.Encoder().encode


class OpenAIVoice:
    """Errors for callers who speak OpenAI."""

    stream_content_type = b"text/event-stream; charset=utf-8"

    def error(self, error: dict[str, object]) -> bytes:
        """The body of an error answer; `error` has `message`, `type`, `param`, `code` and what else is to be told."""
        return _encode({"error": error})

    def stream_error(self, message: str, error_type: str, code: str | None) -> bytes:
        """The error event and the terminator."""
        event = _encode({"error": {"message": message, "type": error_type, "param": None, "code": code}})
        return b"data: %b\n\ndata: [DONE]\n\n" % event
