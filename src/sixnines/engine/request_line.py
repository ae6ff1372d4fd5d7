"""The line of the log about one request that has ended. Pure.

Never holds a prompt, an answer or a provider's words, unless config wants what was asked and answered.
"""

import logging
from typing import Final

from sixnines.engine.ended import Ended
from sixnines.engine.recent import Outcome
from sixnines.engine.streamed_text import streamed_text
from sixnines.telemetry.log_style import LogStyle

_LEVELS: Final = {
    Outcome.OK: logging.INFO,
    Outcome.CLIENT_GONE: logging.INFO,
    Outcome.REFUSED: logging.INFO,  # the caller's own fault, and as many as he likes
    Outcome.FAILED: logging.WARNING,
    Outcome.BROKEN: logging.WARNING,
    Outcome.BUG: logging.ERROR,
}


def line_of(ended: Ended, style: LogStyle) -> bytes:
    """The line with its end; b"" where the level says that there is none."""
    entry = ended.entry
    level = _LEVELS[entry.outcome]
    if level < style.level:
        return b""
    line = style.event(entry.ended_unix_s, level, f"request {entry.word}", fields_of(ended, style))
    return line.encode(errors="backslashreplace") + b"\n"


def fields_of(ended: Ended, style: LogStyle) -> dict[str, object]:
    """What is told of a request; what is not known is left out."""
    entry, trace, usage = ended.entry, ended.trace, ended.entry.usage
    answered = next((each for each in entry.attempts if each.answered or each.broke), None)
    fields: dict[str, object] = {
        "request_id": entry.id,
        "trace_id": None if trace is None else trace.trace_text.decode(),
        "span_id": None if trace is None else trace.span_text.decode(),
        "operation": entry.operation.value,
        "asked": entry.asked if ended.names_what_is_known else style.redactor.line(entry.asked),
        "model": entry.model or None,
        "provider": None if answered is None else answered.provider,
        "outcome": entry.word,
        "status": entry.status or None,
        "error": entry.error,
        "stream": entry.streamed,
        "attempts": len(entry.attempts),
        "ms": round(entry.total_s * 1000, 1),
        "first_content_ms": round(entry.first_content_s * 1000, 1) if entry.first_content_s else None,
        "prompt_tokens": None if usage is None else usage.prompt_tokens,
        "completion_tokens": None if usage is None else usage.completion_tokens,
        "cost_micros": entry.cost_micros,
    }
    if len(entry.attempts) > 1 or answered is None:
        fields["tried"] = [
            {"deployment": each.deployment, "outcome": each.word, "ms": round(each.milliseconds, 1)}
            for each in entry.attempts
        ]
        fields["skipped"] = [{"deployment": each.deployment, "reason": each.reason} for each in entry.skipped]
    limit = style.settings.max_content
    answer = streamed_text(ended.answered).encode(errors="replace") if entry.streamed else ended.answered
    for name, content in (("question", ended.asked), ("answer", answer)):
        fields[name] = style.redactor.content(content, limit) if content and style.settings.log_content else None
    return {name: value for name, value in fields.items() if value is not None and value != []}
