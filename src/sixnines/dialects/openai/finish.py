"""Finish reasons as OpenAI-compatible servers write them.

Never takes an aborted generation for an answer: some engines say with a finish reason that they gave up.
"""

from sixnines.dialects.neutral import Finish

_REASONS = {
    "stop": Finish.STOP,
    "length": Finish.LENGTH,
    "tool_calls": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "content_filter": Finish.CONTENT_FILTER,
}
# vLLM: `abort` and `error`; DeepSeek: `insufficient_system_resource`.
ABORTED = frozenset({"abort", "error", "insufficient_system_resource"})


def parse(reason: str) -> Finish:
    """What `reason` means. A reason of an engine's own is an end like any other.

    Raises:
        ValueError: the engine gave up.
    """
    if reason in ABORTED:
        raise ValueError(f"the engine gave up: finish_reason '{reason}'")
    return _REASONS.get(reason, Finish.STOP)
