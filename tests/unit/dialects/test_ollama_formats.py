"""Corners of Ollama's formats that the laws and golden cases leave open."""

import json

import msgspec
import pytest

from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import (
    Choice,
    Delta,
    EmbeddingRequest,
    Finish,
    GenerationResponse,
    ImagePart,
    OutputFormat,
    StreamDone,
    StreamFault,
    TextPart,
    ToolCall,
    ToolCallDelta,
)
from sixnines.dialects.ollama import FORMATS
from sixnines.domain.operation import Operation

HI = [{"role": "user", "content": "Hi"}]
HEAD = AnswerHead("i", "m", 7)
CHAT, COMPLETION, EMBEDDING = FORMATS[Operation.CHAT], FORMATS[Operation.COMPLETION], FORMATS[Operation.EMBEDDING]


def chat(**fields: object) -> object:
    return CHAT.parse_request(json.dumps({"model": "m", "messages": HI, **fields}).encode())


def test_streaming_is_the_default() -> None:
    assert chat().stream
    assert chat(stream=None).stream
    assert not chat(stream=False).stream


@pytest.mark.parametrize(
    ("think", "effort"), [(True, "medium"), (False, "none"), ("high", "high"), ("max", "max"), (None, None)]
)
def test_thinking_is_an_effort(think, effort) -> None:
    assert chat(think=think).reasoning_effort == effort


@pytest.mark.parametrize(
    ("wire", "output"), [("json", OutputFormat()), ("", None), (None, None), ({"a": 1}, OutputFormat(schema={"a": 1}))]
)
def test_the_format_is_a_word_or_a_schema(wire, output) -> None:
    assert chat(format=wire).output == output


def test_options_are_taken_apart_and_the_rest_of_them_is_kept() -> None:
    request = chat(options={"num_predict": -1, "stop": "x", "num_ctx": 4096, "mirostat": 1}, truncate=True, shift=False)
    assert request.sampling.max_tokens is None
    assert request.sampling.stop == ("x",)
    assert request.context_window is None
    assert request.extras == {
        "options": msgspec.Raw(b'{"num_ctx":4096,"mirostat":1}'),
        "truncate": msgspec.Raw(b"true"),
    }


def called(*names: str) -> dict[str, object]:
    return {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"function": {"name": name, "arguments": {}}} for name in names],
    }


def result(**fields: object) -> dict[str, object]:
    return {"role": "tool", "content": "1", **fields}


def test_results_without_ids_belong_to_the_first_call_of_their_name_or_the_first_of_all() -> None:
    messages = [
        called("f", "g", "f"),
        result(tool_name="g"),
        result(),
        result(tool_name="f"),
        called("f"),
        result(tool_name="f"),
    ]
    read = chat(messages=messages).messages
    assert [call.id for message in read for call in message.tool_calls] == ["call_0", "call_1", "call_2", "call_3"]
    assert [message.tool_call_id for message in read if message.tool_call_id] == [
        "call_1",
        "call_0",
        "call_2",
        "call_3",
    ]


def test_an_image_is_known_by_its_first_bytes() -> None:
    message = {"role": "user", "content": "", "images": ["/9j/AAAA", "AAAA"]}
    read = chat(messages=[message, {"role": "user", "content": ""}]).messages
    assert read[0].parts == (ImagePart(media_type="image/jpeg", data="/9j/AAAA"), ImagePart(data="AAAA"))
    assert read[1].parts == (TextPart(""),)


def test_a_request_without_messages_only_loads_the_model() -> None:
    assert CHAT.parse_request(b'{"model":"m"}').messages == ()


def test_a_template_goes_with_a_prompt_only_when_the_caller_says_so() -> None:
    def generate(**fields: object) -> object:
        return COMPLETION.parse_request(json.dumps({"model": "m", "prompt": "a", **fields}).encode())

    assert generate(raw=True).extras == {}
    assert generate(raw=False).extras == {"raw": msgspec.Raw(b"false")}
    assert generate(raw=False, suffix="b").extras == {}
    assert generate(raw=True, suffix="b").extras == {"raw": msgspec.Raw(b"true")}


def test_the_window_is_told_for_embeddings_too() -> None:
    body = json.loads(EMBEDDING.render_request(EmbeddingRequest(model="m", inputs=("a",), context_window=512)))
    assert body == {"model": "m", "input": ["a"], "truncate": False, "options": {"num_ctx": 512}}


def test_a_tool_call_that_was_cut_becomes_text_and_never_a_call_without_arguments() -> None:
    cut = ToolCall(id="a", name="f", arguments='{"city":')
    answer = GenerationResponse(
        id="i", model="m", created=7, choices=(Choice(tool_calls=(cut,), finish=Finish.LENGTH),)
    )
    assert json.loads(CHAT.render_response(answer, HEAD))["message"] == {"role": "assistant", "content": '{"city":'}
    renderer = CHAT.stream_renderer(HEAD)
    piece = ToolCallDelta(index=0, id="a", name="f", arguments='{"city":')
    lines = renderer.delta(Delta(tool_calls=(piece,))) + renderer.delta(Delta(finish=Finish.LENGTH)) + renderer.done()
    first, last = (json.loads(line) for line in lines.splitlines())
    assert first["message"] == {"role": "assistant", "content": '{"city":'}
    assert (last["done"], last["done_reason"]) == (True, "length")


def test_arguments_keep_to_one_line_and_numbers_their_spelling() -> None:
    call = ToolCall(id="a", name="f", arguments='{\n "n": 1.50e3\n}')
    answer = GenerationResponse(id="i", model="m", created=7, choices=(Choice(tool_calls=(call,)),))
    assert b'"arguments":{"n":1.50e3}' in CHAT.render_response(answer, HEAD)


def test_only_the_first_choice_is_told() -> None:
    for form in (CHAT, COMPLETION):
        renderer = form.stream_renderer(HEAD)
        assert renderer.delta(Delta(index=1, text="b", finish=Finish.LENGTH)) == b""
        assert json.loads(renderer.done())["done_reason"] == "stop"


@pytest.mark.parametrize(
    ("line", "events"),
    [
        (b"\n\r\n  \n", []),
        (b'{"error":"out of memory"}\n', [StreamFault(message="out of memory", type="server_error")]),
        (b'{"error":{"code":1}}\n', [StreamFault(message='{"code":1}', type="server_error")]),
        (b'{"done":true}', [Delta(finish=Finish.STOP), StreamDone()]),
        (b'{"done":true,"done_reason":"length"}\n', [Delta(finish=Finish.LENGTH), StreamDone()]),
        (b'{"done":true,"done_reason":"unload"}\n', [Delta(finish=Finish.STOP), StreamDone()]),
        (b'{"done":tr', []),
    ],
)
def test_what_lines_mean(line, events) -> None:
    for form in (CHAT, COMPLETION):
        parser = form.stream_parser()
        assert parser.feed(line) + parser.end() == events


@pytest.mark.parametrize("created_at", ["", "yesterday", "2024-01-01T00:00:00", "0001-01-01T00:00:00Z"])
def test_a_time_that_is_none_does_no_harm(created_at) -> None:
    body = {"model": "m", "created_at": created_at, "message": {"content": None}, "done": True}
    assert CHAT.parse_response(json.dumps(body).encode()).created in (0, -62135596800)
