"""Corners of OpenAI's formats that the laws and golden cases leave open."""

import json

import msgspec
import pytest

from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import Delta, EmbeddingResponse, Finish, ImagePart, Role, TextPart, ToolMode, Usage
from sixnines.dialects.openai import FORMATS
from sixnines.domain.operation import Operation
from support.recorded_answers import read_recorded_answer

HI = [{"role": "user", "content": "Hi"}]
CHAT, COMPLETION, EMBEDDING = FORMATS[Operation.CHAT], FORMATS[Operation.COMPLETION], FORMATS[Operation.EMBEDDING]


def chat(**fields: object) -> object:
    return CHAT.parse_request(json.dumps({"model": "m", "messages": HI, **fields}).encode())


def test_the_newer_name_of_the_limit_wins() -> None:
    assert chat(max_tokens=5).sampling.max_tokens == 5
    assert chat(max_tokens=5, max_completion_tokens=0).sampling.max_tokens == 0


@pytest.mark.parametrize(("stop", "read"), [("a", ("a",)), (["a", "b"], ("a", "b")), ([], ()), (None, ()), ("", ())])
def test_stop_is_one_text_or_several(stop, read) -> None:
    assert chat(stop=stop).sampling.stop == read


@pytest.mark.parametrize(
    ("stream", "options", "wanted"),
    [
        (True, {"include_usage": True}, True),
        (True, {}, False),
        (True, None, False),
        (False, {"include_usage": True}, False),
    ],
)
def test_usage_is_wanted_only_in_streams(stream, options, wanted) -> None:
    assert chat(stream=stream, stream_options=options).include_usage is wanted


def test_llama_cpps_json_object_with_a_schema_is_a_schema() -> None:
    assert chat(response_format={"type": "json_object", "schema": {"type": "array"}}).output.schema == {"type": "array"}
    assert chat(response_format={"type": "text"}).output is None
    assert chat(response_format={"type": "json_schema", "json_schema": {"name": "n"}}).output.schema == {}


def test_extras_keep_their_spelling_and_null_is_none() -> None:
    body = b'{"model":"m","messages":[{"role":"user","content":"Hi"}],"a" : { "b":1.50 },"c":null,"d":[1, 2]}'
    assert CHAT.parse_request(body).extras == {"a": msgspec.Raw(b'{ "b":1.50 }'), "d": msgspec.Raw(b"[1, 2]")}


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ({"content": "Hi"}, (TextPart("Hi"),)),
        ({"content": ""}, ()),
        ({"content": None, "tool_calls": []}, ()),
        ({"refusal": "No."}, (TextPart("No."),)),
        (
            {"content": [{"type": "text", "text": "a"}, {"type": "refusal", "refusal": "b"}]},
            (TextPart("a"), TextPart("b")),
        ),
    ],
)
def test_an_assistant_may_have_said_nothing_or_declined(message, parts) -> None:
    assert chat(messages=[{"role": "assistant", **message}]).messages[0].parts == parts


def test_thinking_is_read_under_both_names() -> None:
    messages = [{"role": "assistant", "content": "x", name: "hm"} for name in ("reasoning_content", "reasoning")]
    assert [message.reasoning for message in chat(messages=messages).messages] == ["hm", "hm"]


@pytest.mark.parametrize(
    ("url", "image"),
    [
        ("HTTPS://example.org/a", ImagePart(url="HTTPS://example.org/a")),
        ("data:image/jpeg;base64,AAAA", ImagePart(media_type="image/jpeg", data="AAAA")),
        ("data:image/png;name=a.png;base64,AAAA", ImagePart(media_type="image/png", data="AAAA")),
        ("DATA:;BASE64,iVBORw0KGgoAAAA", ImagePart(media_type="image/png", data="iVBORw0KGgoAAAA")),
        ("data:;base64,AAAA", ImagePart(media_type=None, data="AAAA")),
    ],
)
def test_images_come_as_urls_of_two_kinds(url, image) -> None:
    content = [{"type": "image_url", "image_url": {"url": url}}]
    assert chat(messages=[{"role": "user", "content": content}]).messages[0].parts == (image,)


def test_the_choice_of_tools_in_words() -> None:
    assert [chat(tool_choice=word).tool_choice.mode for word in ("none", "auto", "required")] == [
        ToolMode.NONE, ToolMode.AUTO, ToolMode.REQUIRED,
    ]  # fmt: skip


def test_developers_are_the_system() -> None:
    assert chat(messages=[{"role": "developer", "content": "x"}]).messages[0].role is Role.SYSTEM


def rendered(steps: list[Delta], *, include_usage: bool) -> list[str]:
    renderer = CHAT.stream_renderer(AnswerHead("i", "m", 7, include_usage=include_usage))
    stream = b"".join([*(renderer.delta(step) for step in steps), renderer.done()])
    return stream.decode().split("\n\n")[:-1]


STEPS = [Delta(text="Hi", finish=Finish.STOP), Delta(usage=Usage(prompt_tokens=1, completion_tokens=2))]


def test_a_stream_is_a_role_then_content_then_the_reason_then_the_terminator() -> None:
    start = 'data: {"id":"i","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":'
    assert rendered(STEPS, include_usage=False) == [
        start + '{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}',
        start + '{"content":"Hi"},"logprobs":null,"finish_reason":null}]}',
        start + '{},"logprobs":null,"finish_reason":"stop"}]}',
        "data: [DONE]",
    ]


def test_who_asked_for_usage_gets_it_in_a_chunk_of_its_own_and_null_before() -> None:
    chunks = [json.loads(event[6:]) for event in rendered(STEPS, include_usage=True)[:-1]]
    assert [chunk["usage"] for chunk in chunks[:-1]] == [None, None, None]
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


def test_usage_that_is_not_known_in_full_is_left_out() -> None:
    steps = [STEPS[0], Delta(usage=Usage(completion_tokens=2))]
    assert rendered(steps, include_usage=True)[-1] == "data: [DONE]"
    assert all('"usage":{' not in event for event in rendered(steps, include_usage=True))


def test_a_vector_is_the_same_in_base64_and_in_numbers() -> None:
    for engine in ("llamacpp-native", "vllm-cpu"):
        numbers = EMBEDDING.parse_response(read_recorded_answer(f"{engine}/embeddings").body)  # of "hello", and another
        packed = EMBEDDING.parse_response(read_recorded_answer(f"{engine}/embeddings_base64").body)  # of "hello"
        assert len(packed.vectors[0]) == 576
        assert packed.vectors[0] == numbers.vectors[0]


def test_vectors_come_in_the_order_of_their_inputs() -> None:
    data = [{"index": 1, "embedding": [2.0]}, {"index": 0, "embedding": [1.0]}]
    assert EMBEDDING.parse_response(json.dumps({"data": data}).encode()).vectors == ((1.0,), (2.0,))


@pytest.mark.parametrize("embedding", ["%%%%", "AAA=", "AAAAAAA="])
def test_a_vector_that_is_no_base64_of_floats_is_refused(embedding) -> None:
    with pytest.raises(ValueError, match="a vector that is"):
        EMBEDDING.parse_response(json.dumps({"data": [{"embedding": embedding}]}).encode())


def test_numbers_too_large_for_base64_become_infinite_and_never_raise() -> None:
    head = AnswerHead("i", "m", 1, base64=True)
    body = EMBEDDING.render_response(EmbeddingResponse(model="m", vectors=((1e300, 1.0),)), head)
    assert EMBEDDING.parse_response(body).vectors == ((float("inf"), 1.0),)


def test_a_legacy_completion_that_answers_in_the_chat_form_of_log_probabilities_is_understood() -> None:
    logprobs = {"content": [{"token": "a", "logprob": -1.0, "bytes": [97], "top_logprobs": []}]}
    body = {"choices": [{"text": "a", "finish_reason": "stop", "logprobs": logprobs}]}
    assert COMPLETION.parse_response(json.dumps(body).encode()).choices[0].logprobs == logprobs


def test_an_engine_that_gave_up_has_not_answered() -> None:
    body = {"choices": [{"message": {"content": "a"}, "text": "a", "finish_reason": "abort"}]}
    for form in (CHAT, COMPLETION):
        with pytest.raises(ValueError, match="gave up"):
            form.parse_response(json.dumps(body).encode())


def test_arguments_that_came_as_an_object_become_text() -> None:
    call = {"function": {"name": "f", "arguments": {"a": 1}}}
    body = {"choices": [{"message": {"content": None, "tool_calls": [call]}, "finish_reason": "odd"}]}
    choice = CHAT.parse_response(json.dumps(body).encode()).choices[0]
    assert (choice.tool_calls[0].id, choice.tool_calls[0].arguments, choice.finish) == (
        "call_0",
        '{"a":1}',
        Finish.STOP,
    )


def test_content_in_parts_is_put_together() -> None:
    parts = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    body = {"choices": [{"message": {"content": parts}, "finish_reason": "stop"}]}
    assert CHAT.parse_response(json.dumps(body).encode()).choices[0].text == "ab"
    events = CHAT.stream_parser().feed(b'data: {"choices":[{"delta":{"content":%b}}]}\n\n' % json.dumps(parts).encode())
    assert events == [Delta(text="ab")]


def test_fragments_without_an_index_belong_to_the_call_before_them() -> None:
    pieces = [
        {"id": "a", "function": {"name": "f", "arguments": "{"}},
        {"function": {"arguments": "}"}},
        {"id": "b", "function": {"name": "g", "arguments": "{}"}},
    ]
    parser = CHAT.stream_parser()
    numbers = []
    for piece in pieces:
        chunk = {"choices": [{"delta": {"tool_calls": [piece]}}]}
        (step,) = parser.feed(b"data: %b\n\n" % json.dumps(chunk).encode())
        numbers += [(call.index, call.id, call.name) for call in step.tool_calls]
    assert numbers == [(0, "a", "f"), (0, None, None), (1, "b", "g")]
