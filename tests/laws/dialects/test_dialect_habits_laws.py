"""Laws that belong to one dialect: what its providers insist on, and what engines do differently and must not matter."""

import itertools
import json
import re

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sixnines.dialects import anthropic, ollama, openai
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import ChatRequest, Delta
from sixnines.domain.operation import Operation
from sixnines.errors import MalformedRequest
from support import neutral_values
from support.cuts import cut, cut_places
from support.merged import merged

LAW = settings(max_examples=60, deadline=None)
HEAD = AnswerHead("id", "m", 1, include_usage=True)
CHAT = openai.FORMATS[Operation.CHAT]


def chunks_of(steps: list[Delta]) -> list[dict]:
    renderer = CHAT.stream_renderer(HEAD)
    stream = b"".join([*(renderer.delta(step) for step in steps), renderer.done()])
    return [json.loads(event.removeprefix(b"data: ")) for event in stream.split(b"\n\n")[:-2]]


def read(chunks: list[dict], *, line_end: bytes = b"\n", between: bytes = b"", at: list[int] | None = None) -> object:
    events = [b"data: %b" % json.dumps(chunk).encode() for chunk in chunks] + [b"data: [DONE]"]
    stream = b"".join(event + 2 * line_end + between for event in events)
    parser = CHAT.stream_parser()
    return merged([event for piece in cut(stream, at or []) for event in parser.feed(piece)])


def calls_in(chunk: dict) -> list[dict]:
    return [call for choice in chunk["choices"] for call in choice["delta"].get("tool_calls", ())]


@given(
    neutral_values.streams(chat=True, choices=2),
    cut_places(),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.sampled_from([b"", b": ping\n\n", b"event: ping\ndata: {}\n\n", b"\n\n", b"retry: 3\n\n"]),
)
@LAW
def test_line_ends_comments_and_pings_say_nothing(steps, at, line_end, between) -> None:
    chunks = chunks_of(steps)
    between = between.replace(b"\n", line_end)
    assert read(chunks, line_end=line_end, between=between, at=at) == read(chunks)


@given(neutral_values.streams(chat=True, choices=1))
@LAW
def test_an_engine_that_repeats_id_and_name_in_every_fragment_says_the_same(steps) -> None:
    expected, chunks = read(chunks_of(steps)), chunks_of(steps)
    known: dict[int, dict] = {}
    for call in (call for chunk in chunks for call in calls_in(chunk)):
        first = known.setdefault(call["index"], call)
        call["id"], call["function"]["name"] = first["id"], first["function"]["name"]
    assert read(chunks) == expected


@given(neutral_values.streams(chat=True, choices=1))
@LAW
def test_an_engine_that_gives_every_whole_call_the_same_index_says_the_same(steps) -> None:
    expected, chunks = read(chunks_of(steps)), chunks_of(steps)
    calls = [call for chunk in chunks for call in calls_in(chunk)]
    assume(all("id" in call for call in calls))
    for call in calls:
        call["index"] = 0
    found = read(chunks)
    assert [list(said.calls.values()) for said in found.choices.values()] == [
        list(said.calls.values()) for said in expected.choices.values()
    ]


@given(neutral_values.streams(chat=True, choices=1))
@LAW
def test_a_finish_reason_may_come_with_the_last_content(steps) -> None:
    expected, chunks = read(chunks_of(steps)), chunks_of(steps)
    ending = next(at for at, chunk in enumerate(chunks) if chunk["choices"] and chunk["choices"][0]["finish_reason"])
    before = chunks[ending - 1]["choices"]
    before[0]["finish_reason"] = chunks[ending]["choices"][0]["finish_reason"]
    assert read(chunks[:ending] + chunks[ending + 1 :]) == expected


@given(neutral_values.streams(chat=True, choices=1), st.sampled_from(["reasoning", "reasoning_content"]))
@LAW
def test_thinking_may_go_by_either_name(steps, name) -> None:
    expected, chunks = read(chunks_of(steps)), chunks_of(steps)
    for choice in (choice for chunk in chunks for choice in chunk["choices"]):
        if "reasoning_content" in choice["delta"]:
            choice["delta"][name] = choice["delta"].pop("reasoning_content")
    assert read(chunks) == expected


def sayable(dialect: object, request: ChatRequest) -> dict:
    try:
        return json.loads(dialect.FORMATS[Operation.CHAT].render_request(request))
    except MalformedRequest:
        assume(False)


@given(neutral_values.chat_requests([]))
@LAW
def test_ollama_is_told_which_tool_a_result_is_from(request) -> None:
    names: dict[str, str] = {}
    for message in sayable(ollama, request)["messages"]:
        names |= {call["id"]: call["function"]["name"] for call in message.get("tool_calls", ())}
        if message["role"] == "tool":
            assert message["tool_name"] == names[message["tool_call_id"]]


ODD_IDS = st.sampled_from(["call_0", "functions.f:0", "", "é", "call_0_2", "a b"])


@given(neutral_values.chat_requests([]), st.data())
@LAW
def test_anthropic_gets_turns_that_alternate_and_ids_that_are_unique_whatever_ids_there_were(request, data) -> None:
    renamed, latest = [], {}
    for message in request.messages:
        ids = data.draw(
            st.lists(ODD_IDS, min_size=len(message.tool_calls), max_size=len(message.tool_calls), unique=True)
        )
        latest |= {call.id: fresh for call, fresh in zip(message.tool_calls, ids, strict=True)}
        calls = tuple(replace(call, id=latest[call.id]) for call in message.tool_calls)
        renamed.append(replace(message, tool_calls=calls, tool_call_id=latest.get(message.tool_call_id)))
    plain, odd = sayable(anthropic, request), sayable(anthropic, replace(request, messages=tuple(renamed)))
    roles = [turn["role"] for turn in odd["messages"]]
    assert all(left != right for left, right in itertools.pairwise(roles))
    made = [block["id"] for block in blocks(odd, "tool_use")]
    assert len(made) == len(set(made))
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]+", each) for each in made)
    # The results answer the calls that they answered under the ids as they were.
    order = [block["id"] for block in blocks(plain, "tool_use")]
    answered = [order.index(block["tool_use_id"]) for block in blocks(plain, "tool_result")]
    assert [made.index(block["tool_use_id"]) for block in blocks(odd, "tool_result")] == answered


def blocks(body: dict, kind: str) -> list[dict]:
    return [block for turn in body["messages"] for block in turn["content"] if block["type"] == kind]
