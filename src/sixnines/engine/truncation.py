"""Whether an engine has silently dropped the beginning of a prompt. Pure.

Never guesses: it goes by bytes alone, with the most bytes that any tokenizer packs into a token.
"""

from sixnines.dialects.call import Call
from sixnines.dialects.neutral import Usage
from sixnines.domain.failure import Failure, FailureKind

# A count below this may be that of a prompt whose beginning came out of a cache (older versions of Ollama leave those
# tokens out). Windows that are cut to are larger.
_LEAST_WINDOW = 512


def truncated(call: Call, usage: Usage | None) -> Failure | None:
    """The failure of an answer to a prompt that was not read to its end; None if nothing says so."""
    if usage is None or usage.prompt_tokens is None or usage.prompt_tokens < _LEAST_WINDOW:
        return None
    floor = call.prompt_floor()
    if usage.prompt_tokens >= floor:
        return None
    text = (
        f"The engine has read {usage.prompt_tokens} tokens of a prompt that has at least {floor}: it has dropped the"
        " beginning. Declare the model's context_window, so that longer prompts go elsewhere."
    )
    return Failure(FailureKind.CONTEXT, text, param="messages", code="context_length_exceeded")
