"""What a caller asked for, read once: the fields the gateway decides by, and the untouched body."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import ChatRequest, CompletionRequest, EmbeddingRequest
from sixnines.domain.operation import Dialect, Operation

Neutral = ChatRequest | CompletionRequest | EmbeddingRequest


@dataclass(slots=True)
class Call:
    """One request of a caller.

    Attributes:
        operation: what is asked.
        dialect: the format it came in and must be answered in.
        model: the name that was asked for.
        body: the JSON object as it came.
        present: the top-level keys among those the gateway may set (`model`, `stream`, `stream_options`).
        stream: the caller wants a stream.
        include_usage: the caller wants usage in the stream.
        prompt_tokens_floor: tokens that the prompt has at the very least, judged by its length alone.
        max_tokens: the answer's limit, if the caller set one.
        parse: makes the neutral form; called only when a translation is needed.
    """

    operation: Operation
    dialect: Dialect
    model: str
    body: bytes
    present: frozenset[str]
    stream: bool
    include_usage: bool
    prompt_tokens_floor: int
    max_tokens: int | None
    parse: Callable[[bytes], Neutral]
    _neutral: Neutral | None = field(default=None, init=False, repr=False)

    def neutral(self) -> Neutral:
        """The neutral form, parsed once.

        Raises:
            MalformedRequest: the body cannot be expressed in another dialect; says which field.
        """
        if self._neutral is None:
            self._neutral = self.parse(self.body)
        return self._neutral

    def head(self, answer_id: str, created: int) -> AnswerHead:
        """What a rendered answer repeats."""
        return AnswerHead(answer_id, self.model, created, self.include_usage)
