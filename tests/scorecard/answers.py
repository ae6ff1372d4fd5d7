"""What a caller gets, read as strictly as the strictest client would. Judges nothing."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

_DATA = b"data: "


@dataclass(slots=True)
class Answer:
    """One answer.

    Attributes:
        status: 0 when none came.
        headers: names in lower case.
        body: as far as it came.
        cut: how it ended otherwise than by HTTP's rules; "" where it ended well.
        milliseconds: from the request to the last byte.
    """

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: str = ""
    milliseconds: float = 0.0

    def everything(self) -> str:
        """All that was told: headers and body."""
        return f"{self.headers} {self.body.decode('utf-8', 'replace')}"

    def json(self) -> dict[str, object]:
        """The body as an object; empty when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(slots=True)
class Stream:
    """An event stream, taken apart.

    Attributes:
        text: of all deltas.
        finishes: finish reasons, in order.
        ids: of the chunks.
        models: that the chunks name.
        errors: error events, in order.
        done: how many terminators.
        trouble: what is no event of this dialect, or stands where it must not.
    """

    text: str = ""
    finishes: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    errors: list[dict[str, object]] = field(default_factory=list)
    done: int = 0
    trouble: list[str] = field(default_factory=list)


def read_stream(body: bytes) -> Stream:
    """Take a stream apart."""
    stream = Stream()
    *events, rest = body.split(b"\n\n")
    if rest:
        stream.trouble.append(f"it ends amid an event: {rest!r}")
    for event in events:
        if stream.done:
            stream.trouble.append(f"after the terminator: {event!r}")
        if not event.startswith(_DATA) or b"\n" in event:
            stream.trouble.append(f"no event: {event!r}")
        elif event == b"data: [DONE]":
            stream.done += 1
        else:
            _read_event(event.removeprefix(_DATA), stream)
    return stream


def _read_event(data: bytes, stream: Stream) -> None:
    try:
        chunk = json.loads(data)
    except ValueError:
        stream.trouble.append(f"not JSON: {data!r}")
        return
    if stream.errors:
        stream.trouble.append(f"after an error: {data!r}")
    if "error" in chunk:
        stream.errors.append(chunk["error"])
        return
    if chunk.get("object") != "chat.completion.chunk":
        stream.trouble.append(f"no chunk: {data!r}")
        return
    stream.ids.add(chunk.get("id", ""))
    stream.models.add(chunk.get("model", ""))
    for choice in chunk["choices"]:
        if choice["index"] != 0:
            stream.trouble.append(f"a choice nobody asked for: {data!r}")
        text = choice["delta"].get("content") or ""
        if text and stream.finishes:
            stream.trouble.append(f"content after the finish reason: {data!r}")
        stream.text += text
        if choice.get("finish_reason") is not None:
            stream.finishes.append(choice["finish_reason"])


def ask(client: httpx.Client, body: dict[str, object], clock: Callable[[], float]) -> Answer:
    """Send one chat request and take what comes, whatever it is."""
    answer = Answer()
    began = clock()
    try:
        with client.stream("POST", "/v1/chat/completions", json=body) as response:
            answer.status = response.status_code
            answer.headers = dict(response.headers)
            for piece in response.iter_raw():
                answer.body += piece
    except httpx.TransportError as error:
        answer.cut = type(error).__name__
    answer.milliseconds = (clock() - began) * 1000
    return answer
