"""What a stream says all in all, however it was cut into steps: the yardstick for laws about streams."""

from dataclasses import dataclass, field

from sixnines.dialects.neutral import Delta, Finish, StreamDone, StreamEvent, StreamFault, Usage


@dataclass
class Said:
    """One choice put together."""

    text: str = ""
    words: str = ""  # text and refusals in the order in which they came
    reasoning: str = ""
    refusal: str = ""
    calls: dict[int, list[str]] = field(default_factory=dict)  # id, name, arguments
    finish: Finish | None = None
    logprobs: list[object] = field(default_factory=list)


@dataclass
class Merged:
    """A stream put together."""

    choices: dict[int, Said] = field(default_factory=dict)
    usage: Usage | None = None
    done: int = 0
    faults: list[StreamFault] = field(default_factory=list)


def merged(events: list[StreamEvent]) -> Merged:
    """All events put together."""
    whole = Merged()
    for event in events:
        match event:
            case StreamDone():
                whole.done += 1
            case StreamFault():
                whole.faults.append(event)
            case Delta():
                whole.usage = event.usage or whole.usage
                if event.has_content or event.finish or event.logprobs:
                    _grow(whole.choices.setdefault(event.index, Said()), event)
    return whole


def _grow(said: Said, step: Delta) -> None:
    said.text += step.text
    said.words += step.text + step.refusal
    said.reasoning += step.reasoning
    said.refusal += step.refusal
    said.finish = step.finish or said.finish
    if step.logprobs is not None:
        said.logprobs += step.logprobs["content"]
    for piece in step.tool_calls:
        call = said.calls.setdefault(piece.index, ["", "", ""])
        call[0] += piece.id or ""
        call[1] += piece.name or ""
        call[2] += piece.arguments
