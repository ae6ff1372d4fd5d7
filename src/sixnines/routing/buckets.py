"""Kinds of requests that are learned about apart, because what is best for one need not be for another. Pure.

There are at most 15: each has to be learned by itself, and every one more makes learning slower.
"""

from sixnines.domain.operation import Operation
from sixnines.routing.ask import Ask

# Tokens of the prompt. Engines differ most in how long they take to read one; a page of text has about 700.
_SHORT = 500
_MEDIUM = 4000


def bucket(ask: Ask) -> str:
    """The kind of a request: `chat/short/stream`."""
    tokens = ask.prompt_tokens
    size = "short" if tokens < _SHORT else "medium" if tokens < _MEDIUM else "long"
    streams = ask.call is not None and ask.call.stream
    return f"{ask.operation.value}/{size}/{'stream' if streams else 'whole'}"


def buckets() -> list[str]:
    """All that there can be."""
    return [
        f"{operation.value}/{size}/{form}"
        for operation in Operation
        for size in ("short", "medium", "long")
        for form in ("stream", "whole")
        if operation is not Operation.EMBEDDING or form == "whole"
    ]
