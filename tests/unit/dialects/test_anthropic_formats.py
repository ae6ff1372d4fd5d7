"""Corners of Anthropic's formats that the laws and golden cases leave open."""

import json

import msgspec
import pytest

from sixnines.dialects.anthropic import FORMATS
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import (
    ChatRequest,
    Choice,
    Delta,
    Finish,
    GenerationResponse,
    ImagePart,
    Message,
    OutputFormat,
    Role,
    StreamFault,
    TextPart,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from sixnines.domain.operation import Operation
from sixnines.errors import MalformedRequest

CHAT = FORMATS[Operation.CHAT]
HEAD = AnswerHead("i", "m", 7)
HI = Message(role=Role.USER, parts=(TextPart("Hi"),))


def read(**fields: object) -> ChatRequest:
    body = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}], **fields}
    return CHAT.parse_request(json.dumps(body).encode())


def written(**fields: object) -> dict:
    return json.loads(CHAT.render_request(ChatRequest(**{"model": "m", "messages": (HI,), **fields})))


@pytest.mark.parametrize(
    ("thinking", "config", "effort"),
    [
        (None, None, None),
        (None, {"effort": "low"}, "low"),
        ({"type": "disabled"}, None, "none"),
        ({"type": "disabled"}, {"effort": "low"}, "none"),
        ({"type": "adaptive"}, None, "high"),
        ({"type": "adaptive"}, {"effort": "max"}, "max"),
        ({"type": "enabled", "budget_tokens": 1024}, None, "low"),
        ({"type": "enabled", "budget_tokens": 4096}, None, "medium"),
        ({"type": "enabled", "budget_tokens": 16384}, None, "high"),
        ({"type": "enabled", "budget_tokens": 16384}, {"effort": "low"}, "low"),
    ],
)
def test_thinking_is_an_effort(thinking, config, effort) -> None:
    assert read(thinking=thinking, output_config=config).reasoning_effort == effort


def test_a_callers_own_output_config_wins_and_is_added_to() -> None:
    own = {"output_config": msgspec.Raw(b'{"effort":"max","task_budget":{"total":5}}')}
    body = written(reasoning_effort="low", output=OutputFormat(schema={"type": "object"}), extras=own)
    assert body["output_config"] == {
        "effort": "max",
        "task_budget": {"total": 5},
        "format": {"type": "json_schema", "schema": {"type": "object"}},
    }


def test_the_system_prompt_is_a_text_or_blocks_and_may_come_late() -> None:
    late = [{"role": "user", "content": "Hi"}, {"role": "system", "content": [{"type": "text", "text": "b"}]}]
    messages = read(system="a", messages=late).messages
    assert [(message.role, message.parts) for message in messages] == [
        (Role.SYSTEM, (TextPart("a"),)), (Role.USER, (TextPart("Hi"),)), (Role.SYSTEM, (TextPart("b"),)),
    ]  # fmt: skip


def test_a_users_turn_is_taken_apart_in_its_order() -> None:
    content = [
        {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "1"}], "is_error": True},
        {"type": "text", "text": "then"},
        {"type": "tool_result", "tool_use_id": "b"},
    ]
    messages = read(messages=[{"role": "user", "content": content}]).messages
    assert messages == (
        Message(role=Role.TOOL, parts=(TextPart("1"),), tool_call_id="a"),
        Message(role=Role.USER, parts=(TextPart("then"),)),
        Message(role=Role.TOOL, parts=(TextPart(""),), tool_call_id="b"),
    )


def test_what_an_assistant_thought_is_read_and_not_sent_back() -> None:
    content = [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "text", "text": "So"},
    ]
    (message,) = read(messages=[{"role": "assistant", "content": content}]).messages
    assert (message.reasoning, message.parts) == ("hm", (TextPart("So"),))
    assert written(messages=(message,))["messages"] == [
        {"role": "assistant", "content": [{"type": "text", "text": "So"}]}
    ]


def test_an_image_of_no_known_type_is_refused() -> None:
    message = Message(role=Role.USER, parts=(ImagePart(data="AAAA"),))
    with pytest.raises(MalformedRequest) as refusal:
        written(messages=(message,))
    assert refusal.value.param == "messages[0].content[0].image_url"


def test_results_may_hold_images() -> None:
    call = Message(role=Role.ASSISTANT, tool_calls=(ToolCall(id="a", name="f", arguments="{}"),))
    shown = Message(role=Role.TOOL, tool_call_id="a", parts=(ImagePart(media_type="image/png", data="AAAA"),))
    turns = written(messages=(call, shown))["messages"]
    source = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    result = {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "image", "source": source}]}
    assert turns[1] == {"role": "user", "content": [result]}


def test_a_tool_that_the_provider_runs_is_not_one_of_the_callers() -> None:
    content = [{"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}, {"type": "text", "text": "a"}]
    answer = CHAT.parse_response(json.dumps({"content": content, "stop_reason": "pause_turn"}).encode())
    assert answer.choices == (Choice(text="a", finish=Finish.STOP),)


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", Finish.STOP),
        ("stop_sequence", Finish.STOP),
        ("max_tokens", Finish.LENGTH),
        ("model_context_window_exceeded", Finish.LENGTH),
        ("tool_use", Finish.TOOL_CALLS),
        ("refusal", Finish.CONTENT_FILTER),
        ("something_new", Finish.STOP),
        (None, None),
    ],
)
def test_stop_reasons_are_finish_reasons(reason, finish) -> None:
    body = json.dumps({"content": [], "stop_reason": reason}).encode()
    assert CHAT.parse_response(body).choices[0].finish == finish


def events(*steps: Delta) -> list[dict]:
    renderer = CHAT.stream_renderer(HEAD)
    stream = b"".join([*(renderer.delta(step) for step in steps), renderer.done()]).decode()
    found = []
    for event in stream.split("\n\n")[:-1]:
        name, data = event.split("\n")
        found.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {found[-1]['type']}"
    return found


def fragment(index: int, **fields: object) -> Delta:
    return Delta(tool_calls=(ToolCallDelta(index=index, **fields),))


def test_blocks_are_opened_and_closed_one_after_the_other() -> None:
    told = events(
        Delta(reasoning="hm"),
        Delta(text="So"),
        fragment(0, id="a", name="f", arguments="{"),
        fragment(1, id="b", name="g", arguments="{"),
        fragment(0, arguments="}"),
        Delta(text="late"),
        fragment(1, arguments="}"),
        Delta(finish=Finish.TOOL_CALLS),
        Delta(usage=Usage(prompt_tokens=5, completion_tokens=6, cached_tokens=2)),
    )
    shape = [(event["type"], event.get("index")) for event in told]
    blocks = [event["content_block"]["type"] for event in told if event["type"] == "content_block_start"]
    assert blocks == ["thinking", "text", "tool_use", "tool_use", "text"]
    opened = [index for kind, index in shape if kind == "content_block_start"]
    closed = [index for kind, index in shape if kind == "content_block_stop"]
    assert opened == closed == [0, 1, 2, 3, 4]
    assert [kind for kind, _ in shape[-2:]] == ["message_delta", "message_stop"]
    assert told[-2]["usage"] == {"input_tokens": 3, "output_tokens": 6, "cache_read_input_tokens": 2}
    assert told[-2]["delta"]["stop_reason"] == "tool_use"


def test_the_first_tool_call_streams_as_it_comes() -> None:
    renderer = CHAT.stream_renderer(HEAD)
    assert b"content_block_start" in renderer.delta(fragment(0, id="a", name="f"))
    assert b'"partial_json":"{"' in renderer.delta(fragment(0, arguments="{"))
    assert renderer.delta(fragment(1, id="b", name="g", arguments="{}")) == b""
    assert b'"partial_json":"{}"' in renderer.delta(Delta(finish=Finish.TOOL_CALLS))


def test_an_answer_without_a_word_is_still_a_message() -> None:
    assert [event["type"] for event in events(Delta(finish=Finish.STOP))] == [
        "message_start",
        "message_delta",
        "message_stop",
    ]


def stream(*told: object) -> list:
    parser = CHAT.stream_parser()
    return [event for each in told for event in parser.feed(b"data: %b\n\n" % json.dumps(each).encode())]


def test_a_tool_call_whose_arguments_come_with_its_start_is_read() -> None:
    block = {"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}}
    told = stream(
        {"type": "content_block_start", "index": 3, "content_block": block}, {"type": "content_block_stop", "index": 3}
    )
    assert told == [fragment(0, id="a", name="f"), fragment(0, arguments='{"x": 1}')]


def test_text_and_thinking_may_come_with_the_start_of_their_block() -> None:
    told = stream(
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "hm"}},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": "So"}},
    )
    assert told == [Delta(reasoning="hm"), Delta(text="So")]


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        ({"type": "overloaded_error", "message": "Busy"}, StreamFault(message="Busy", status=529, type="overloaded_error", code="overloaded_error")),
        ({"type": "new_error", "message": "Hm"}, StreamFault(message="Hm", type="new_error", code="new_error")),
        (None, StreamFault(message="error event")),
    ],
)  # fmt: skip
def test_errors_inside_a_stream_have_the_status_they_would_have_had(error, fault) -> None:
    assert stream({"type": "error", "error": error}) == [fault]


def test_a_tool_call_that_was_cut_becomes_text() -> None:
    cut = ToolCall(id="a", name="f", arguments='{"city":')
    answer = GenerationResponse(
        id="i", model="m", created=7, choices=(Choice(tool_calls=(cut,), finish=Finish.LENGTH),)
    )
    assert json.loads(CHAT.render_response(answer, HEAD))["content"] == [{"type": "text", "text": '{"city":'}]
