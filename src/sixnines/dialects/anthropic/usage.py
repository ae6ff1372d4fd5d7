"""Token counts in Anthropic's format, both ways.

Never counts a cached token twice: `input_tokens` leaves out what was read from the cache or written to it, so that the
prompt is the sum of the three. The format has no way to say "not reported" of the two counts it requires; they go out
as 0 then.
Source: Anthropic API reference, "Messages", `usage`.
"""

import msgspec

from sixnines.dialects.neutral import Usage


class _OutputDetails(msgspec.Struct):
    thinking_tokens: int | None = None


class WireUsage(msgspec.Struct):
    """The usage object of an answer, of a stream's start or of its end."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    output_tokens_details: _OutputDetails | None = None

    def neutral(self) -> Usage:
        """The same in the neutral form."""
        cached = (self.cache_read_input_tokens or 0) + (self.cache_creation_input_tokens or 0)
        details = self.output_tokens_details
        return Usage(
            prompt_tokens=None if self.input_tokens is None else self.input_tokens + cached,
            completion_tokens=self.output_tokens,
            cached_tokens=self.cache_read_input_tokens,
            reasoning_tokens=None if details is None else details.thinking_tokens,
        )

    def updated(self, later: "WireUsage") -> "WireUsage":
        """These counts with those that a later report brings: its counts are totals, not additions."""
        return WireUsage(**{
            name: getattr(self, name) if getattr(later, name) is None else getattr(later, name)
            for name in self.__struct_fields__
        })  # fmt: skip


def render(usage: Usage | None) -> dict[str, object]:
    """The usage object."""
    usage = usage or Usage()
    prompt, cached = usage.prompt_tokens or 0, usage.cached_tokens or 0
    wire: dict[str, object] = {
        "input_tokens": max(0, prompt - cached),
        "output_tokens": usage.completion_tokens or 0,
    }
    if usage.cached_tokens is not None:
        wire["cache_read_input_tokens"] = usage.cached_tokens
    if usage.reasoning_tokens is not None:
        wire["output_tokens_details"] = {"thinking_tokens": usage.reasoning_tokens}
    return wire
