"""What a caller asked for, read once: the fields the gateway decides by, and the untouched body."""

from collections.abc import Callable
from typing import Final

import msgspec

from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import ChatRequest, CompletionRequest, EmbeddingRequest
from sixnines.domain.operation import Dialect, Operation

# No tokenizer packs more than this many bytes into a token over a whole prompt (long runs of spaces and repeated signs
# come closest), so a body of n bytes has at least n / 16 tokens.
_MOST_BYTES_PER_TOKEN: Final = 16
_EMBEDDING: Final = Operation.EMBEDDING  # looked up once: on Python 3.11 that takes as long as a call
# A body too small for a picture need not be searched for one.
_SMALL: Final = 64
_MEDIA: Final = (b'"image_url"', b'"input_audio"', b'"file"')
_PART: Final = b'"type"'  # what every part of a message has that is no plain text

Neutral = ChatRequest | CompletionRequest | EmbeddingRequest


class Call(msgspec.Struct):
    """One request of a caller.

    Attributes:
        operation: what is asked.
        dialect: the format it came in and must be answered in.
        model: the name that was asked for.
        body: the JSON object as it came.
        present: the top-level keys among those the gateway may set (`model`, `stream`, `stream_options`).
        stream: the caller wants a stream.
        include_usage: the caller wants usage in the stream.
        max_tokens: the answer's limit, if the caller set one.
        base64: the caller wants vectors as base64.
        parse: makes the neutral form; called only when a translation is needed.
    """

    operation: Operation
    dialect: Dialect
    model: str
    body: bytes
    present: frozenset[str]
    stream: bool
    include_usage: bool
    max_tokens: int | None
    parse: Callable[[bytes], Neutral]
    base64: bool = False
    _neutral: Neutral | None = None

    def tokens_floor(self) -> int:
        """Tokens that prompt and answer need together at the very least, judged by bytes alone.

        0 where bytes do not tell: pictures and sound are counted otherwise, and an embedding's inputs each by itself.
        """
        floor = self.prompt_floor()
        return floor and floor + (self.max_tokens or 0)

    def prompt_floor(self) -> int:
        """Tokens of the prompt alone, likewise."""
        floor = len(self.body) // _MOST_BYTES_PER_TOKEN
        return 0 if self.operation is _EMBEDDING or (floor > _SMALL and _may_hold_media(self.body)) else floor

    def neutral(self) -> Neutral:
        """The neutral form, parsed once.

        Raises:
            MalformedRequest: the body cannot be expressed in another dialect; says which field.
        """
        if self._neutral is None:
            self._neutral = self.parse(self.body)
        return self._neutral

    def going_on(self, body: bytes, max_tokens: int | None) -> "Call":
        """The call for the rest of an answer: the same but for what is sent and how much may come."""
        return Call(
            operation=self.operation,
            dialect=self.dialect,
            model=self.model,
            body=body,
            present=self.present,
            stream=self.stream,
            include_usage=self.include_usage,
            max_tokens=max_tokens,
            parse=self.parse,
            base64=self.base64,
        )

    def head(self, answer_id: str, created: int) -> AnswerHead:
        """What a rendered answer repeats."""
        return AnswerHead(answer_id, self.model, created, self.include_usage, self.base64)


def _may_hold_media(body: bytes) -> bool:
    """Whether a body may hold a picture or sound."""
    # From behind: Python looks forward for something in a long body in a way that takes five to twelve times as long.
    return body.rfind(_PART) >= 0 and any(body.rfind(each) >= 0 for each in _MEDIA)
