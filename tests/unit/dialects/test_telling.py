"""Streams that may be taken up by another provider: what is remembered, and how the second half is said."""

import json

import pytest

from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import Usage
from sixnines.dialects.said import NOT_CONTINUED, Said
from sixnines.domain.kind import Continues
from sixnines.domain.operation import Dialect, Operation
from sixnines.registry import codecs

CODECS = codecs()
HEAD = AnswerHead("chatcmpl-gw", "public", 1700000000)
WITH_USAGE = AnswerHead("chatcmpl-gw", "public", 1700000000, include_usage=True)


def event(value):
    return b"data: %b\n\n" % (value if isinstance(value, bytes) else json.dumps(value).encode())


def chunk(delta=None, finish=None, index=0, number=2, **more):
    choice = {"index": index, "delta": delta or {}, "finish_reason": finish}
    shape = {"id": f"up-{number}", "object": "chat.completion.chunk", "created": number, "model": f"up/{number}"}
    return event(shape | {"choices": [choice]} | more)


def counted(prompt, completion, **more):
    return event(
        {"id": "u", "model": "up/2", "choices": [],
         "usage": {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion, **more}}
    )  # fmt: skip


ROLE, DONE = chunk({"role": "assistant", "content": ""}), event(b"[DONE]")
STOP = chunk(finish="stop")


def hear(data, said=None, head=HEAD, continues=Continues.EXACTLY, dialect=Dialect.OPENAI, operation=Operation.CHAT):
    relay = CODECS[Dialect.OPENAI, dialect, operation].telling(head, Said() if said is None else said, continues)
    out = relay.feed(data) + relay.end()
    return [each.removeprefix("data: ") for each in out.decode().split("\n\n") if each], relay


def after(text="One,", tokens=2, **more):
    said = Said([text], tokens, **more)
    said.begin("chatcmpl-first", 17)
    return said


def chunks(lines):
    return [json.loads(line) for line in lines if line != "[DONE]"]


def test_the_first_half_is_remembered_as_it_was_told():
    _, relay = hear(ROLE + chunk({"content": "Hel"}, number=5) + chunk({"content": "lo"}))
    said = relay.said
    assert (said.text, said.tokens, said.plain, said.begun, said.id, said.created) == (
        "Hello",
        2,
        True,
        True,
        "up-2",
        2,
    )


def test_what_the_caller_has_not_seen_is_not_remembered():
    _, relay = hear(ROLE + chunk({"content": "Hel"}) + counted(3, 9))
    assert relay.said.text == "Hel"
    # But counted, where the provider did.
    assert (relay.said.tokens, relay.said.prompt_tokens) == (9, 3)


@pytest.mark.parametrize(
    "odd",
    [
        chunk({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": ""}}]}),
        chunk({"function_call": {"name": "f"}}),
        chunk({"refusal": "No"}),
        chunk({"reasoning_content": "Hm"}),
        chunk({"reasoning": "Hm"}),
        chunk({"content": [{"type": "text", "text": "x"}]}),
        chunk({"content": "x"}, index=1),
        chunk({"content": "x"}, finish="stop"),
        STOP,
        event({"model": "m", "choices": [{"index": 0, "delta": {"content": "x"}, "logprobs": {"content": []}}]}),
    ],
)
def test_an_answer_is_no_longer_plain_once_there_is_more_than_text(odd):
    assert hear(ROLE + chunk({"content": "x"}))[1].said.plain
    assert not hear(ROLE + chunk({"content": "x"}) + odd)[1].said.plain


def test_empty_members_beside_the_text_are_nothing():
    empty = {"content": "x", "tool_calls": [], "refusal": None, "reasoning_content": "", "function_call": None}
    noise = chunk(empty) + event({"choices": [{"delta": {"content": '"logprobs":{'}, "logprobs": None}]})
    assert hear(ROLE + noise)[1].said.plain


def test_a_second_half_says_only_what_is_new():
    lines, relay = hear(ROLE + chunk({"content": " two"}) + chunk() + STOP + DONE, after())
    first, last = chunks(lines)
    assert lines[-1] == "[DONE]"
    assert first["choices"] == [{"index": 0, "delta": {"content": " two"}, "finish_reason": None}]
    assert last["choices"] == [{"index": 0, "delta": {}, "finish_reason": "stop"}]
    assert {(each["id"], each["created"], each["model"]) for each in (first, last)} == {
        ("chatcmpl-first", 17, "public")
    }
    assert (relay.said.text, relay.said.tokens, relay.complete) == ("One, two", 3, True)


def test_an_engine_that_says_the_role_in_every_chunk_is_not_repeated():
    lines, _ = hear(chunk({"role": "assistant", "content": " two"}) + STOP + DONE, after())
    assert [choice["delta"] for each in chunks(lines) for choice in each["choices"]] == [{"content": " two"}, {}]


def test_a_first_half_without_id_and_time_stays_so():
    said = Said(["x"], 1)
    said.begin(None, None)
    (only,) = chunks(hear(chunk({"content": "y"}), said)[0])
    assert only.keys() == {"object", "model", "choices"}


def test_usage_is_of_the_whole_answer_for_the_caller_and_of_the_half_for_the_books():
    details = {"prompt_tokens_details": {"cached_tokens": 50}, "timings": 1}
    lines, relay = hear(ROLE + chunk({"content": "x"}) + STOP + counted(9, 4, **details) + DONE, after(), WITH_USAGE)
    assert chunks(lines)[-1]["usage"] == {
        "prompt_tokens": 7, "completion_tokens": 6, "total_tokens": 13,
        "prompt_tokens_details": {"cached_tokens": 7}, "timings": 1,
    }  # fmt: skip
    assert relay.usage == Usage(prompt_tokens=9, completion_tokens=4, cached_tokens=50)
    assert relay.said.tokens == 6


def test_usage_beside_the_finish_is_one_with_it():
    lines, _ = hear(
        chunk(finish="stop", usage={"prompt_tokens": 9, "completion_tokens": 4}) + DONE, after(), WITH_USAGE
    )
    (only,) = chunks(lines)
    assert only["choices"][0]["finish_reason"] == "stop"
    assert only["usage"]["completion_tokens"] == 6


def test_usage_that_nobody_asked_for_is_not_told_in_a_second_half_either():
    lines, relay = hear(chunk({"content": "x"}, usage=None) + STOP + counted(9, 4) + DONE, after())
    assert all("usage" not in each for each in chunks(lines))
    assert len(chunks(lines)) == 2
    assert relay.usage is not None


def test_the_callers_prompt_is_what_the_first_provider_counted_if_it_did():
    lines, _ = hear(STOP + counted(90, 4) + DONE, after(prompt_tokens=11), WITH_USAGE)
    assert chunks(lines)[-1]["usage"]["prompt_tokens"] == 11


def test_a_prompt_is_never_counted_below_zero():
    lines, _ = hear(STOP + counted(1, 4) + DONE, after(), WITH_USAGE)
    assert chunks(lines)[-1]["usage"]["prompt_tokens"] == 0


def test_a_third_half_goes_on_from_the_second():
    first = hear(ROLE + chunk({"content": "a"}) + chunk({"content": "b"}))[1].said
    second = hear(ROLE + chunk({"content": "c"}, number=3), first)[1].said
    lines, relay = hear(ROLE + chunk({"content": "d"}, number=4) + STOP + counted(9, 1) + DONE, second, WITH_USAGE)
    assert (relay.said.text, first.text, second.text) == ("abcd", "ab", "abc")
    assert {each["id"] for each in chunks(lines)} == {"up-2"}
    usage = chunks(lines)[-1]["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (6, 4)


@pytest.mark.parametrize(
    ("said", "pieces", "joined"),
    [
        ("one ", [" two"], "one two"),
        ("one ", ["two"], "one two"),
        ("one\n\n", ["\n", "\n", "two"], "one\n\ntwo"),
        ("one\n\n", ["\n", "two"], "one\n\ntwo"),
        ("one\n", ["\n\ntwo"], "one\n\ntwo"),
        ("if x:\n    ", ["\n", "        return"], "if x:\n        return"),
        ("one ", ["\ntwo"], "one \ntwo"),
        ("one", [" two"], "one two"),
        ("one ", [" ", " two"], "one  two"),
        ("one \n", [" two", "\nthree"], "one \ntwo\nthree"),
    ],
)
def test_white_space_at_the_seam_is_said_once(said, pieces, joined):
    stream = ROLE + b"".join(chunk({"content": piece}) for piece in pieces) + STOP + DONE
    lines, relay = hear(stream, after(said), continues=Continues.TRIMMED)
    texts = [choice["delta"].get("content", "") for each in chunks(lines) for choice in each["choices"]]
    assert said + "".join(texts) == relay.said.text == joined
    assert all(texts[:-1])
    assert relay.said.tokens == 2 + len(pieces)


def test_white_space_is_said_again_by_who_was_shown_it():
    lines, _ = hear(chunk({"content": "\n- b"}), after("- a\n"))
    assert chunks(lines)[0]["choices"][0]["delta"] == {"content": "\n- b"}


def test_a_finish_beside_text_that_was_said_already_is_told():
    lines, _ = hear(chunk({"content": " "}, finish="stop") + DONE, after("one "), continues=Continues.TRIMMED)
    assert chunks(lines)[0]["choices"] == [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}]


def test_a_second_half_may_call_tools_and_says_each_call_once():
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{"}}
    lines, relay = hear(ROLE + chunk({"tool_calls": [call]}) + chunk({"tool_calls": [call]}), after())
    first, second = (each["choices"][0]["delta"]["tool_calls"][0] for each in chunks(lines))
    assert first == call
    assert second == {"index": 0, "function": {"arguments": "{"}}
    assert not relay.said.plain


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_a_provider_that_begins_to_think_is_at_fault_and_nothing_of_it_is_told(name):
    lines, relay = hear(ROLE + chunk({name: "Hm"}) + chunk({"content": "x"}) + STOP + DONE, after())
    assert (lines, relay.complete) == ([], False)
    assert relay.fault.code == NOT_CONTINUED


def test_an_error_in_a_second_half_is_a_fault():
    assert hear(event({"error": {"message": "no", "code": 500}}), after())[1].fault.status == 500


def test_bytes_that_the_relay_had_no_need_to_read_are_read_for_a_second_half():
    broken = event(b'{"choices":[{"delta":{"content":"x"}}],"y":"\xff"}')
    assert hear(broken, after())[1].fault.garbage


def test_a_completion_goes_on():
    def piece(text, finish=None, **more):
        return event(
            {
                "id": "cmpl-2",
                "created": 2,
                "model": "up",
                "choices": [{"index": 0, "text": text, "finish_reason": finish}],
                **more,
            }
        )

    lines, relay = hear(
        piece(" two") + piece("", "stop", usage={"prompt_tokens": 9, "completion_tokens": 4}) + DONE,
        after(), WITH_USAGE, operation=Operation.COMPLETION,
    )  # fmt: skip
    first, last = chunks(lines)
    assert (first["id"], first["choices"][0]["text"]) == ("chatcmpl-first", " two")
    assert last["usage"]["total_tokens"] == 13
    assert relay.said.text == "One, two"


# --- other dialects


def line(text="", done=False, **more):
    step = {"model": "up", "message": {"role": "assistant", "content": text}, "done": done, **more}
    return json.dumps(step).encode() + b"\n"


def test_ollama_goes_on_where_another_broke_off():
    end = line(done=True, done_reason="stop", prompt_eval_count=9, eval_count=4)
    lines, relay = hear(line(" two") + end, after(), WITH_USAGE, dialect=Dialect.OLLAMA)
    assert lines[-1] == "[DONE]"
    first, last, usage = chunks(lines)
    assert first["choices"][0]["delta"] == {"content": " two"}
    assert last["choices"][0]["finish_reason"] == "stop"
    assert usage["usage"] == {"prompt_tokens": 7, "completion_tokens": 6, "total_tokens": 13}
    assert {(each["id"], each["created"]) for each in (first, last, usage)} == {("chatcmpl-first", 17)}
    assert relay.usage == Usage(prompt_tokens=9, completion_tokens=4)


def test_another_goes_on_where_ollama_broke_off():
    lines, relay = hear(line("One,") + line(" two"), dialect=Dialect.OLLAMA)
    assert chunks(lines)[0]["choices"][0]["delta"]["role"] == "assistant"
    said = relay.said
    assert (said.text, said.tokens, said.id, said.created) == ("One, two", 2, "chatcmpl-gw", 1700000000)
    more, _ = hear(ROLE + chunk({"content": ", three"}) + STOP + DONE, said)
    assert {each["id"] for each in chunks(lines) + chunks(more)} == {"chatcmpl-gw"}


def anthropic(kind, **more):
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), json.dumps({"type": kind, **more}).encode())


def test_anthropic_tells_the_prompt_at_once_so_that_it_is_known_when_it_breaks_off():
    start = anthropic("message_start", message={"usage": {"input_tokens": 40, "output_tokens": 1}})
    text = anthropic("content_block_delta", index=0, delta={"type": "text_delta", "text": "One,"})
    said = hear(start + text, dialect=Dialect.ANTHROPIC)[1].said
    assert (said.prompt_tokens, said.tokens, said.text) == (40, 1, "One,")


def test_a_tool_call_of_a_translated_stream_is_not_plain():
    call = {"function": {"name": "f", "arguments": {}}}
    _, relay = hear(line(message={"content": "", "tool_calls": [call]}), dialect=Dialect.OLLAMA)
    assert not relay.said.plain


def test_a_translated_provider_that_begins_to_think_is_at_fault_even_if_it_says_all_at_once():
    thought = line(message={"content": "", "thinking": "Hm"}) + line(done=True, done_reason="stop")
    lines, relay = hear(thought, after(), dialect=Dialect.OLLAMA)
    assert (lines, relay.complete, relay.fault.code) == ([], False, NOT_CONTINUED)
