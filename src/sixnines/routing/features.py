"""The features of a request: computed once, before the plan, from the caller's own body.

Never keeps or logs text, never takes longer for a longer body than for one of 64 KiB, and never raises: what is wrong
with a body has been said by its endpoint.
"""

import msgspec

from sixnines.dialects.call import Call
from sixnines.domain.features import Features, Language, Output
from sixnines.domain.operation import Operation
from sixnines.routing.reading import ends, tokens, whole, words
from sixnines.routing.reading.asking import asking
from sixnines.routing.reading.excerpt import WHOLE, Excerpt
from sixnines.routing.reading.machine_text import code_share

__all__ = ["Features", "Language", "Output", "features"]


def features(call: Call, *, tokens_floor: int | None = None) -> Features:
    """What is known of a call.

    Args:
        call: as its endpoint has read it.
        tokens_floor: `call.tokens_floor()` of who has it already; finding it out takes a millisecond a megabyte.
    """
    excerpt = _excerpt(call.body, call.operation)
    asks = asking(excerpt.asked)
    return Features(
        tokens_floor=call.tokens_floor() if tokens_floor is None else tokens_floor,
        prompt_tokens=excerpt.text_tokens + excerpt.images * tokens.A_PICTURE,
        asking_tokens=round(len(asks.text) * tokens.per_byte(asks.text)),
        max_tokens=call.max_tokens,
        turns=excerpt.turns,
        code_share=code_share(excerpt.asked + b"\n" + excerpt.beside),
        tools=excerpt.tools,
        tool_messages=excerpt.tool_messages,
        images=excerpt.images,
        output=excerpt.output,
        questions=asks.questions(),
        reasoning=asks.anywhere(words.REASONING) + asks.at_the_beginning(words.REASONING),
        composing=asks.anywhere(words.COMPOSING),
        routine=asks.at_the_beginning(words.ROUTINE),
        language=asks.language,
        stream=call.stream,
    )


def _excerpt(body: bytes, operation: Operation) -> Excerpt:
    if len(body) > WHOLE:
        return ends.read(body, operation)
    try:
        return whole.read(body, operation)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Half a surrogate pair, or a value that needs more of the stack than the endpoint had to give to it.
        return ends.read(body, operation)
