"""What Ollama's answers to chats and completions share, both ways: times, ends, usage, log probabilities.

Never reports a count that was not given: Go leaves zeros out, so that an absent count is not known to be zero.
Source: Ollama's OpenAPI document, `ChatResponse`; `api/types.go`, `Metrics` and `Logprob`.
"""

import datetime as dt
from collections.abc import Sequence

import msgspec

from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import Finish, Usage


class Metrics(msgspec.Struct, kw_only=True):
    """The fields at the end of an answer."""

    done: bool = False
    done_reason: str | None = None
    prompt_eval_count: int | None = None
    eval_count: int | None = None

    def usage(self) -> Usage | None:
        """The tokens, as far as they are told."""
        if self.prompt_eval_count is None and self.eval_count is None:
            return None
        return Usage(prompt_tokens=self.prompt_eval_count, completion_tokens=self.eval_count)

    def finish(self, *, called_tools: bool) -> Finish | None:
        """Why the answer ended; None while it has not.

        Besides `length` there are `stop`, `load` and `unload` (the answers to requests without a prompt) and, from old
        versions, none at all. Tool calls are not told apart from a plain stop.
        """
        if not self.done:
            return None
        if self.done_reason == "length":
            return Finish.LENGTH
        return Finish.TOOL_CALLS if called_tools else Finish.STOP


def opening(head: AnswerHead) -> dict[str, object]:
    """The fields at the beginning of an answer or a line of one."""
    when = dt.datetime.fromtimestamp(head.created, dt.UTC)
    return {"model": head.model, "created_at": when.strftime("%Y-%m-%dT%H:%M:%SZ")}


def ending(finish: Finish | None, usage: Usage | None) -> dict[str, object]:
    """The fields at the end of an answer."""
    fields: dict[str, object] = {"done": True, "done_reason": "length" if finish is Finish.LENGTH else "stop"}
    if usage is not None and usage.prompt_tokens is not None:
        fields["prompt_eval_count"] = usage.prompt_tokens
    if usage is not None and usage.completion_tokens is not None:
        fields["eval_count"] = usage.completion_tokens
    return fields


def unix_time(created_at: str) -> int:
    """Unix seconds of a time as Go writes it; 0 for what is none."""
    try:
        when = msgspec.convert(created_at, dt.datetime)
    except msgspec.ValidationError:
        return 0
    return int(when.timestamp()) if when.tzinfo is not None else 0


def parse_logprobs(wire: Sequence[dict[str, object]] | None) -> dict[str, object] | None:
    """Log probabilities in OpenAI's chat form."""
    if not wire:
        return None
    content: list[dict[str, object]] = []
    for each in wire:
        others = each.get("top_logprobs")
        listed = [_entry(other) for other in others if isinstance(other, dict)] if isinstance(others, list) else []
        content.append(_entry(each) | {"top_logprobs": listed})
    return {"content": content, "refusal": None}


def render_logprobs(logprobs: dict[str, object] | None) -> object:
    """Log probabilities as Ollama lists them; None if there are none."""
    return None if logprobs is None else logprobs.get("content")


def _entry(wire: dict[str, object]) -> dict[str, object]:
    return {"token": wire.get("token"), "logprob": wire.get("logprob"), "bytes": wire.get("bytes")}
