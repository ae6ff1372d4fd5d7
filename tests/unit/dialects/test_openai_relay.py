"""OpenAI streams on their way through: what is passed on, what is judged, what is put together."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import Usage
from sixnines.dialects.openai.collect import OpenAICollector
from sixnines.dialects.openai.passthrough import OpenAIPassthrough
from sixnines.dialects.openai.relay import OpenAIRelay
from sixnines.domain.operation import Operation
from support.hostile import TOO_DEEP
from support.recorded_answers import read_recorded_answer

HEAD = AnswerHead("chatcmpl-x", "public", 1700000000)
WITH_USAGE = AnswerHead("chatcmpl-x", "public", 1700000000, include_usage=True)


def event(value):
    return b"data: %b\n\n" % (value if isinstance(value, bytes) else json.dumps(value).encode())


def chunk(delta=None, finish=None, index=0, **more):
    choice = {"index": index, "delta": delta or {}, "finish_reason": finish}
    return event(
        {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "up/stream", "choices": [choice], **more}
    )


ROLE = chunk({"role": "assistant", "content": None})
HEL, LO = chunk({"content": "Hel"}), chunk({"content": "lo \u00e9"})
STOP = chunk(finish="stop")
USAGE = event(
    {
        "id": "c",
        "model": "up/stream",
        "choices": [],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1}},
    }
)
DONE = event(b"[DONE]")
GOOD = ROLE + HEL + LO + STOP + USAGE + DONE


def events(data):
    return [line[6:] for line in data.decode().split("\n\n") if line.startswith("data: ")]


def relayed(data, head=HEAD):
    relay = OpenAIRelay(head)
    return relay.feed(data) + relay.end(), relay


def test_a_good_stream_is_complete_and_carries_the_public_name():
    out, relay = relayed(GOOD)
    assert relay.complete
    assert relay.fault is None
    assert events(out)[-1] == "[DONE]"
    assert {json.loads(each)["model"] for each in events(out)[:-1]} == {"public"}
    assert relay.usage == Usage(prompt_tokens=3, completion_tokens=2, cached_tokens=1)


def test_usage_is_passed_on_only_to_those_who_asked():
    assert "usage" not in relayed(GOOD)[0].decode()
    assert json.loads(events(relayed(GOOD, WITH_USAGE)[0])[-2])["usage"]["prompt_tokens"] == 3


def test_a_null_usage_on_every_chunk_goes_with_it():
    out, _ = relayed(chunk({"content": "x"}, usage=None) + STOP + DONE)
    assert "usage" not in out.decode()


@given(st.lists(st.integers(0, len(GOOD)), max_size=8))
def test_any_cuts_give_the_same_answer(cuts):
    relay, out = OpenAIRelay(WITH_USAGE), b""
    bounds = [0, *sorted(cuts), len(GOOD)]
    for start, end in itertools.pairwise(bounds):
        out += relay.feed(GOOD[start:end])
    assert out == relayed(GOOD, WITH_USAGE)[0]
    assert relay.complete


def recorded(case):
    return read_recorded_answer(f"llamacpp-xllamacpp/{case}").body


def deltas(out):
    """All deltas, by choice."""
    found = {}
    for data in events(out)[:-1]:
        for choice in json.loads(data)["choices"]:
            found.setdefault(choice["index"], []).append(choice["delta"])
    return found


@pytest.mark.parametrize("case", ["chat_stream_emoji", "chat_stream_half_emoji", "chat_stream_two_emojis"])
def test_an_engine_that_leaves_out_who_speaks_has_it_said_once_for_each_choice(case):
    """llama.cpp, where the first token is half a character."""
    before, (out, relay) = deltas(recorded(case)), relayed(recorded(case))
    assert relay.complete
    for index, pieces in deltas(out).items():
        assert pieces[0] == {"role": "assistant", **before[index][0]}
        assert pieces[1:] == before[index][1:]


def test_all_that_is_changed_for_the_role_is_the_first_delta():
    """Numbers as they were written, unknown members and their order."""
    first = b'{"x":1.50,"choices":[{"delta":{"content":"Hm","y":1e2},"index":0,"z":null}],"model":"public"}'
    rest = b'{"choices":[{"delta":{"content":" hm"},"index":0}],"model":"public"}'
    out, _ = relayed(event(first) + event(rest))
    assert out == event(first.replace(b'{"content"', b'{"role":"assistant","content"')) + event(rest)


def test_a_role_that_comes_before_the_first_content_is_not_said_twice():
    empty = chunk({"content": ""})
    for opening in ([ROLE], [empty, ROLE], [chunk({"role": "assistant", "content": "Hi"})], [USAGE, empty, ROLE]):
        pieces = deltas(relayed(b"".join([*opening, HEL, STOP, DONE]))[0])[0]
        assert [piece["role"] for piece in pieces if "role" in piece] == ["assistant"]
    (pieces,) = deltas(relayed(empty + HEL + LO + STOP + DONE)[0]).values()
    assert [piece.get("role") for piece in pieces] == [None, "assistant", None, None]


def test_a_role_that_is_null_is_none():
    (pieces,) = deltas(relayed(chunk({"role": None, "content": "Hi"}) + STOP + DONE)[0]).values()
    assert pieces[0] == {"role": "assistant", "content": "Hi"}


def test_a_call_of_a_tool_is_something_that_somebody_says():
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}
    (pieces,) = deltas(relayed(chunk({"tool_calls": [call]}) + STOP + DONE)[0]).values()
    assert pieces[0] == {"role": "assistant", "tool_calls": [call]}


def test_a_completion_has_no_role():
    text = event({"choices": [{"index": 0, "text": "Hi", "finish_reason": "stop"}], "model": "public"})
    assert relayed(text + DONE)[0] == text + DONE


def test_a_role_alone_is_no_content_and_a_comment_is_no_event():
    relay = OpenAIRelay(HEAD)
    relay.feed(b": ping\n\n")
    assert relay.empty
    relay.feed(ROLE)
    assert not relay.ready
    assert not relay.empty
    relay.feed(HEL)
    assert relay.ready
    assert relay.progress == 1


@pytest.mark.parametrize(
    "delta",
    [
        {"content": "x"},
        {"reasoning_content": "x"},
        {"reasoning": "x"},
        {"refusal": "x"},
        {"tool_calls": [{"index": 0}]},
    ],
)
def test_everything_that_a_model_says_is_content(delta):
    _, relay = relayed(chunk(delta))
    assert relay.ready


def test_an_answer_of_no_tokens_is_ready_when_it_is_finished():
    _, relay = relayed(ROLE + STOP + DONE)
    assert relay.ready
    assert relay.complete


def test_finish_on_the_last_content_chunk_counts():
    assert relayed(ROLE + chunk({"content": "x"}, finish="length") + DONE)[1].complete


def test_without_a_terminator_it_is_not_complete():
    _, relay = relayed(ROLE + HEL + STOP)
    assert not relay.complete
    assert relay.fault is None


def test_a_terminator_without_a_finish_reason_is_a_fault():
    _, relay = relayed(ROLE + HEL + DONE)
    assert relay.fault.code == "unfinished"


def test_every_choice_must_finish():
    two = chunk({"content": "a"}) + chunk({"content": "b"}, index=1) + chunk(finish="stop")
    assert relayed(two + DONE)[1].fault.code == "unfinished"
    assert relayed(two + chunk(finish="stop", index=1) + DONE)[1].complete


def test_an_error_event_is_a_fault_and_nothing_after_it_is_relayed():
    """What vLLM sends when its engine dies: the error, then `[DONE]`."""
    error = event(
        {
            "error": {
                "message": "EngineCore encountered an issue.",
                "type": "InternalServerError",
                "param": None,
                "code": 500,
            }
        }
    )
    out, relay = relayed(ROLE + HEL + error + LO + DONE)
    assert (relay.fault.status, relay.fault.message) == (500, "EngineCore encountered an issue.")
    assert "lo" not in out.decode()
    assert not relay.complete


@pytest.mark.parametrize("data", [b"{nope", b"[1]", b'{"choices": "x"}', b"\xff\xfe"])
def test_what_is_no_chunk_is_garbage(data):
    _, relay = relayed(event(data))
    assert relay.fault.garbage


def test_a_string_for_an_error_is_an_error_too():
    assert relayed(event({"error": "boom"}))[1].fault.message == "boom"


def test_vendor_fields_pass_through_untouched():
    out, _ = relayed(chunk({"content": "x"}, timings={"predicted_n": 2}, usage=None))
    assert json.loads(events(out)[0])["timings"] == {"predicted_n": 2}


def test_an_event_without_end_is_cut_off():
    relay = OpenAIRelay(HEAD)
    for _ in range(3):
        relay.feed(b"data: " + b"x" * 600_000)
    assert relay.fault.garbage


def collected(data, operation=Operation.CHAT):
    collector = OpenAICollector(HEAD, operation)
    assert collector.feed(data) == b""
    assert collector.complete
    return json.loads(collector.whole().body)


def test_a_stream_becomes_one_answer():
    answer = collected(ROLE + HEL + LO + chunk(finish="stop", timings={"n": 1}) + USAGE + DONE)
    assert answer["object"] == "chat.completion"
    assert answer["model"] == "public"
    assert answer["choices"] == [
        {"index": 0, "message": {"role": "assistant", "content": "Hello \u00e9"}, "finish_reason": "stop"}
    ]
    assert answer["usage"]["completion_tokens"] == 2
    assert answer["timings"] == {"n": 1}


def test_tool_calls_are_put_together_by_index_also_when_id_and_name_repeat():
    """llama-cpp-python repeats id and name in every fragment; OpenAI sends them once."""

    def call(index, arguments, **more):
        return chunk(
            {
                "tool_calls": [
                    {
                        "index": index,
                        "type": "function",
                        "function": {"arguments": arguments, **more.pop("function", {})},
                        **more,
                    }
                ]
            }
        )

    stream = (
        call(0, "", id="a", function={"name": "f"})
        + call(0, '{"x"', id="a", function={"name": "f"})
        + call(1, "{}", id="b", function={"name": "g"})
        + call(0, ":1}")
        + chunk(finish="tool_calls")
        + DONE
    )
    message = collected(stream)["choices"][0]["message"]
    assert message["content"] is None
    assert message["tool_calls"] == [
        {"type": "function", "function": {"arguments": '{"x":1}', "name": "f"}, "id": "a"},
        {"type": "function", "function": {"arguments": "{}", "name": "g"}, "id": "b"},
    ]


def test_reasoning_logprobs_and_several_choices_are_kept_apart():
    one = {"content": [{"token": "a"}]}
    two = {"content": [{"token": "b"}]}

    def choice(index, delta, logprobs):
        return event({"model": "m", "choices": [{"index": index, "delta": delta, "logprobs": logprobs}]})

    stream = (
        choice(0, {"reasoning_content": "hm"}, one) + choice(0, {"content": "A"}, two) + choice(1, {"content": "B"}, None)
        + chunk(finish="stop") + chunk(finish="length", index=1) + DONE
    )  # fmt: skip
    first, second = collected(stream)["choices"]
    assert first["message"] == {"role": "assistant", "content": "A", "reasoning_content": "hm"}
    assert [each["token"] for each in first["logprobs"]["content"]] == ["a", "b"]
    assert (second["message"]["content"], second["finish_reason"]) == ("B", "length")


def test_completions_are_collected_as_text():
    def piece(text, finish=None):
        return event({"id": "c", "model": "m", "choices": [{"index": 0, "text": text, "finish_reason": finish}]})

    answer = collected(piece("a") + piece("b", "length") + DONE, Operation.COMPLETION)
    assert answer["object"] == "text_completion"
    assert answer["choices"] == [{"index": 0, "text": "ab", "finish_reason": "length"}]


UNREADABLE = {
    "not UTF-8": b'{"choices":[],"timings":"\xff"}',
    "not UTF-8 where it is read": b'{"choices":[],"message":"\xff"}',
    "too deep": b'{"choices":[],"timings":' + b"[" * TOO_DEEP + b"]" * TOO_DEEP + b"}",
    "too large a number": b'{"choices":[],"timings":1e999}',
    "too long a number": b'{"choices":[],"timings":' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("unreadable", UNREADABLE)
def test_a_chunk_that_cannot_be_kept_whole_is_garbage_and_no_bug(unreadable):
    collector = OpenAICollector(HEAD, Operation.CHAT)
    collector.feed(ROLE + event(UNREADABLE[unreadable]) + STOP + DONE)
    assert collector.fault.garbage
    assert not collector.complete


@pytest.mark.parametrize("unreadable", ["not UTF-8 where it is read", "too deep"])
def test_what_cannot_be_read_is_garbage_and_no_bug(unreadable):
    assert relayed(ROLE + event(UNREADABLE[unreadable]))[1].fault.garbage
    error = UNREADABLE[unreadable].replace(b"choices", b"data").replace(b"message", b"model")
    assert OpenAIPassthrough(Operation.CHAT).answer(error, HEAD).fault.garbage


def test_an_error_that_cannot_be_read_is_still_an_error():
    assert relayed(event(b'{"error":{"message":"\xff"}}'))[1].fault.message == "error event"
