"""Every kind that says it can go on with an answer is told so, in its own words; every other is left alone."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sixnines.dialects.call import Call
from sixnines.dialects.continuation import continuable, continued
from sixnines.dialects.said import Said
from sixnines.domain.kind import Continues
from sixnines.domain.operation import Dialect, Operation
from sixnines.endpoints import chat_completions, completions
from sixnines.providers.interface import Kind
from sixnines.registry import KINDS, codecs

CODECS = codecs()
GOING_ON = [kind for kind in KINDS if kind.info.continues is not Continues.NOWHERE]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.info.name)
every_kind_that_goes_on = pytest.mark.parametrize("kind", GOING_ON, ids=lambda kind: kind.info.name)
relaxed = settings(deadline=None)

ASKED: dict[str, object] = {
    "model": "public",
    "stream": True,
    "temperature": 0,
    "max_tokens": 40,
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Count."}],
}
SAID = Said(["One,", " two, "], 2)
# What a kind that goes on is shown of "One, two, ", and what it is told besides. A new kind of that sort says it here.
SHOWN = {"llamacpp": "One, two, ", "vllm": "One, two,", "ollama": "One, two, ", "anthropic": "One, two,"}
OPEN_ENDED = {"add_generation_prompt": False, "continue_final_message": True}
TOLD: dict[str, dict[str, object]] = {
    "llamacpp": {**OPEN_ENDED, "reasoning_effort": "none"},
    "vllm": OPEN_ENDED,
    "ollama": {"think": False},
    "anthropic": {},
}
# What it is told if the caller wants much thought.
THINKING: dict[str, dict[str, object]] = {
    "llamacpp": {"reasoning_effort": "none"},
    "vllm": {"reasoning_effort": "high"},
    "ollama": {"think": False},
    "anthropic": {"thinking": {"type": "disabled"}},
}


def asked_of(kind: Kind, call: Call, operation: Operation = Operation.CHAT, *, more: bool = False) -> dict:
    """The body that the kind gets: for the first half, or for more."""
    continues = kind.info.continuing(operation)
    wanted = continued(call, SAID, continues) if more else call
    codec = CODECS[Dialect.OPENAI, kind.info.dialect, operation]
    body = codec.request(wanted, "upstream", stream=True, context_window=None)
    body = kind.adapt.get(operation, bytes)(body)
    return json.loads(kind.adapt_continued.get(operation, bytes)(body) if more else body)


def text_of(message: dict) -> str:
    content = message["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


@every_kind_that_goes_on
@pytest.mark.parametrize(
    "more",
    [{}, {"reasoning_effort": "high"}, {"tools": [{"type": "function", "function": {"name": "f"}}]}],
    ids=["plain", "with an effort", "with tools"],
)
def test_its_body_ends_with_what_was_said_and_says_that_it_is_to_go_on(kind, more):
    call = chat_completions.read(json.dumps(ASKED | more).encode())
    first, second = asked_of(kind, call), asked_of(kind, call, more=True)
    *before, last = second["messages"]
    assert before == first["messages"]
    assert last["role"] == "assistant"
    assert text_of(last) == SHOWN[kind.info.name]
    told = TOLD[kind.info.name]
    assert {name: second[name] for name in told} == told
    # Nothing else has changed but the limit, and how much is thought.
    thinking = {"thinking", "think", "reasoning_effort"}
    same = first.keys() - {"messages", "max_tokens", "options"} - thinking
    assert {name: second[name] for name in same} == {name: first[name] for name in same}
    assert second.keys() - first.keys() == told.keys() - first.keys()
    assert [part.get("max_tokens") or part.get("num_predict") for part in (second.get("options", second),)] == [38]


@every_kind_that_goes_on
def test_it_is_not_asked_to_think_again(kind):
    call = chat_completions.read(json.dumps(ASKED | {"reasoning_effort": "high"}).encode())
    body = asked_of(kind, call, more=True)
    wanted = THINKING[kind.info.name]
    assert {name: body[name] for name in wanted} == wanted


@every_kind_that_goes_on
def test_it_goes_on_with_the_answer_that_the_caller_had_begun_himself(kind):
    begun = {"role": "assistant", "content": "Zero, "}
    call = chat_completions.read(json.dumps(ASKED | {"messages": [*ASKED["messages"], begun]}).encode())
    assert continuable(call)
    *_, asked, last = asked_of(kind, call, more=True)["messages"]
    assert (asked["role"], text_of(asked)) == ("user", "Count.")
    assert text_of(last).rstrip() == "Zero, One, two,"


@every_kind
def test_a_kind_that_does_not_go_on_is_told_nothing(kind):
    assert set(kind.adapt_continued) <= set(kind.info.paths)
    if kind.info.continues is Continues.NOWHERE:
        assert Operation.CHAT not in kind.adapt_continued


@every_kind
@relaxed
@given(body=st.binary() | st.sampled_from([b"{}", b"[]", b'{"messages":1}', b'{"messages":[]}', b'{"messages":[1]}']))
def test_a_body_that_does_not_end_with_the_assistants_words_stays_as_it_is(kind, body):
    user = json.dumps(ASKED | {"think": True, "thinking": {"type": "enabled"}}).encode()
    for adapt in kind.adapt_continued.values():
        assert adapt(body) == body
        assert adapt(user) == user


@every_kind
def test_a_completion_goes_on_behind_its_prompt_wherever_there_are_completions(kind):
    operation = Operation.COMPLETION
    if operation not in kind.info.paths:
        assert kind.info.continuing(operation) is Continues.NOWHERE
        return
    assert kind.info.continuing(operation) is Continues.EXACTLY
    asked = {"model": "public", "stream": True, "prompt": "Count: ", "max_tokens": 40}
    body = asked_of(kind, completions.read(json.dumps(asked).encode()), operation, more=True)
    assert body["prompt"] == "Count: One, two, "
    assert body.get("raw", True) is True


@every_kind
def test_nothing_goes_on_with_an_embedding(kind):
    assert kind.info.continuing(Operation.EMBEDDING) is Continues.NOWHERE
