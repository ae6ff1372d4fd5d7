"""OpenAI in, OpenAI out: bytes pass through, only the model name (and usage nobody asked for) is changed."""

import functools
from typing import Final

import msgspec

from sixnines.dialects import rawpatch
from sixnines.dialects.call import Call
from sixnines.dialects.codec import Collector, Relay, Telling, Whole
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import StreamFault
from sixnines.dialects.openai.chunks import NO_ERROR, read_fault
from sixnines.dialects.openai.collect import OpenAICollector
from sixnines.dialects.openai.relay import OpenAIRelay
from sixnines.dialects.openai.telling import telling
from sixnines.dialects.openai.whole import WholeBody, decode_whole
from sixnines.dialects.said import Said
from sixnines.domain.kind import Continues
from sixnines.domain.operation import Operation

_model_json: Final = functools.lru_cache(maxsize=32_768)(msgspec.json.Encoder().encode)
"""Names of models as JSON; config declares how many there are. 200 bytes each."""

# Of an only choice; there may be others.
_REASONS: Final[dict[object, tuple[str, ...]]] = {
    each: (each,) for each in ("stop", "length", "tool_calls", "content_filter", "function_call")
}


class OpenAIPassthrough:
    """The codec for callers and providers that both speak OpenAI's dialect."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._embeds = operation is Operation.EMBEDDING

    def request(self, call: Call, upstream_model: str, *, stream: bool, context_window: int | None) -> bytes:
        """The caller's bytes with the upstream's model name; streams always ask for usage."""
        del context_window  # engines of this dialect are told their window when they start
        model = _model_json(upstream_model)
        if not stream:
            return rawpatch.replace_model(call.body, model)
        values = {"model": model, "stream_options": b'{"include_usage":true}'}
        if not call.stream:
            values["stream"] = b"true"
        return rawpatch.replace(call.body, values, call.present)

    def answer(self, body: bytes, head: AnswerHead) -> Whole:
        """A whole answer, checked for being one."""
        try:
            whole = decode_whole(body)
        except (ValueError, RecursionError) as error:
            return Whole(b"", fault=StreamFault(message=f"not an answer: {error}", garbage=True))
        if whole.error not in NO_ERROR:
            return Whole(b"", fault=read_fault(bytes(whole.error)))
        if (problem := self._problem(whole)) is not None:
            return Whole(b"", fault=StreamFault(message=problem, garbage=True))
        reasons: tuple[str, ...] | None = None
        choices, usage, model = whole.choices or (), whole.usage, whole.model
        for choice in choices:
            reason = choice.finish_reason
            if reason is None:  # said to be null; servers that never say it are taken as they are
                return Whole(b"", fault=StreamFault(message="an answer without a finish reason", code="unfinished"))
            reasons = _REASONS.get(reason)
        if len(choices) > 1:
            reasons = None
        asked = head.model
        if model is not msgspec.UNSET and model != asked:
            body = rawpatch.replace_model(body, _model_json(asked))
        return Whole(body, None if usage is None else usage.neutral(), None, reasons)

    def _problem(self, whole: WholeBody) -> str | None:
        if self._embeds:
            if not whole.data:
                return "an answer without `data`"
            if bytes(memoryview(whole.data[0].embedding)[:16]).replace(b" ", b"").startswith(b"[["):
                return "one vector per token instead of one per input: the engine's model has no pooling"
            return None
        if not whole.choices:
            return "an answer without `choices`"
        return None

    def relay(self, head: AnswerHead) -> Relay:
        """A stream to stream relay."""
        return OpenAIRelay(head)

    def telling(self, head: AnswerHead, said: Said, continues: Continues = Continues.EXACTLY) -> Telling:
        """A stream to stream relay that keeps a record."""
        return telling(head, said, continues)

    def collector(self, head: AnswerHead) -> Collector:
        """A stream to whole answer relay."""
        return OpenAICollector(head, self._operation)
