"""The gateway in front of real engines: its config, the requests of the suite, and what streams say."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from support.real_engines import ALIAS, Engine

# What callers call the model. Engines know it by another name, which no caller may see.
MODEL = "assistant"
CHAT = "/v1/chat/completions"
Json = dict[str, object]


def in_front_of(*engines: Engine, model: str = "", provider: str = "") -> str:
    """A config in which the engines stand in for each other in this order, as providers `a`, `b`, ...

    Args:
        engines: the engines.
        model: further lines of the model.
        provider: further keys of each provider, such as `, api_key: "env:KEY"`.
    """
    names = [chr(ord("a") + number) for number in range(len(engines))]
    providers = [
        f'  {name}: {{kind: {engine.make.kind}, base_url: "{engine.base_url}"{provider}}}'
        for name, engine in zip(names, engines, strict=True)
    ]
    deployments = ", ".join(f"{{provider: {name}, model: {ALIAS}}}" for name in names)
    return "\n".join(
        ["providers:", *providers, "models:", f"  {MODEL}:", f"    deployments: [{deployments}]", f"    {model}", ""]
    )


def chat(content: object = "Say hello in one short sentence.", **more: object) -> Json:
    """The body of a chat request with a short answer."""
    return {"model": MODEL, "max_tokens": 12, "messages": [{"role": "user", "content": content}], **more}


def words(count: int) -> str:
    """A prompt of about so many tokens."""
    return "word " * count


def constant(text: str) -> Json:
    """A `response_format` to which nothing but `{"said": text}` conforms."""
    schema = {
        "type": "object",
        "properties": {"said": {"const": text}},
        "required": ["said"],
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "said", "strict": True, "schema": schema}}


@dataclass(frozen=True, slots=True)
class Streamed:
    """A stream that has been read to its end. `data` is what stands after each `data: `."""

    status: int
    headers: httpx.Headers
    data: list[str]

    @property
    def chunks(self) -> list[Json]:
        """The events, without the terminator."""
        return [json.loads(each) for each in self.data if each != "[DONE]"]

    @property
    def choices(self) -> list[Json]:
        """The pieces of all choices, in order."""
        return [choice for chunk in self.chunks for choice in chunk.get("choices", [])]

    @property
    def text(self) -> str:
        """What the pieces say together."""
        return "".join(choice["delta"].get("content") or "" for choice in self.choices)

    @property
    def finish_reasons(self) -> list[str]:
        """Those that are given, in order."""
        return [choice["finish_reason"] for choice in self.choices if choice.get("finish_reason")]


def stream(client: httpx.Client, body: Json, path: str = CHAT) -> Streamed:
    """Ask for a stream and read all of it."""
    with client.stream("POST", path, json=body | {"stream": True}) as answer:
        return Streamed(answer.status_code, answer.headers, list(events(answer)))


def events(answer: httpx.Response) -> Iterator[str]:
    """The data of the events of a stream, as they come."""
    for line in answer.iter_lines():
        if line.startswith("data: "):
            yield line.removeprefix("data: ")


def until_content(coming: Iterator[str]) -> str:
    """Read up to the first piece of text; returns that event."""
    for event in coming:
        if any(choice["delta"].get("content") for choice in json.loads(event)["choices"]):
            return event
    raise AssertionError("the stream ended before it said anything")
