"""What a caller has read in a streamed answer, put together again from its events. Pure.

A secret may be cut into several events: only in the whole text it can be recognised. Never raises, whatever comes.
"""

from collections.abc import Iterator

import msgspec

_PREFIX = b"data: "
_decode = msgspec.json.Decoder(dict[str, object]).decode


def streamed_text(events: bytes) -> str:
    """The texts of all choices, each in one piece, in order; an event that is cut off at the end is left out."""
    pieces: dict[tuple[object, str], list[str]] = {}
    for line in events.split(b"\n\n"):
        for choice, kind, text in _said(line):
            pieces.setdefault((choice, kind), []).append(text)
    return "\n".join("".join(each) for each in pieces.values())


def _said(event: bytes) -> Iterator[tuple[object, str, str]]:
    """Choice, kind of text and text of one event."""
    if not event.startswith(_PREFIX):
        return
    try:
        chunk = _decode(event[len(_PREFIX) :])
    except (ValueError, RecursionError):
        return
    if "error" in chunk:
        yield None, "error", msgspec.json.encode(chunk["error"]).decode()
    choices = chunk.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict):
            yield from ((str(choice.get("index")), kind, text) for kind, text in _texts(choice))


def _texts(value: object, kind: str = "") -> Iterator[tuple[str, str]]:
    """Every text within a choice, by its path: content, reasoning, the arguments of calls. A path has few members."""
    if isinstance(value, str):
        yield kind, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in {"role", "finish_reason", "type", "logprobs", "id"}:
                yield from _texts(inner, f"{kind}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, kind)
