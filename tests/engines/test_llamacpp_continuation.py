"""An answer that broke off is taken up by real llama.cpp: behind its last character, in the middle of a word if need be."""

import json
from collections.abc import Iterator

import httpx
import pytest

from sixnines.dialects.call import Call
from sixnines.dialects.codec import Telling
from sixnines.dialects.continuation import continuable, continued
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.said import Said
from sixnines.domain.operation import Dialect, Operation
from sixnines.endpoints import chat_completions, completions
from sixnines.providers.interface import Kind
from sixnines.registry import KINDS, codecs
from support.real_engines import Engine
from support.real_front import MODEL

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

KIND: Kind = next(kind for kind in KINDS if kind.info.name == "llamacpp")
CODECS = codecs()
# Copying leaves a small model no doubt about the next token, so that rounding cannot change it.
SENTENCE = "The uncharacteristically extraterrestrial hippopotamuses photosynthesise."
COPIED = f"Repeat this sentence word for word: {SENTENCE}"
# Another prompt's tokens in the cache would be rounded otherwise.
EXACT = {"model": MODEL, "stream": True, "temperature": 0, "cache_prompt": False, "max_tokens": 40}
ASKED = {
    Operation.CHAT: chat_completions.read(
        json.dumps({**EXACT, "messages": [{"role": "user", "content": COPIED}]}).encode()
    ),
    Operation.COMPLETION: completions.read(
        json.dumps({**EXACT, "prompt": f"{SENTENCE}\n" * 3, "stop": ["\n"]}).encode()
    ),
}
each_operation = pytest.mark.parametrize("operation", ASKED, ids=str)


def sent(engine: Engine, call: Call, *, more: bool) -> Iterator[bytes]:
    """What the engine sends, as it comes."""
    codec = CODECS[Dialect.OPENAI, KIND.info.dialect, call.operation]
    body = codec.request(call, "smollm2", stream=True, context_window=None)
    if more:
        body = KIND.adapt_continued.get(call.operation, bytes)(body)
    with httpx.stream(
        "POST", engine.base_url + KIND.info.paths[call.operation], content=body, timeout=60, trust_env=False
    ) as answer:
        assert answer.status_code == 200, answer.read()
        yield from answer.iter_bytes()


def half(engine: Engine, call: Call, said: Said, *, tokens: int | None = None) -> tuple[bytes, Telling]:
    """The next half of an answer: up to so many tokens, or to its end."""
    continues = KIND.info.continuing(call.operation)
    codec = CODECS[Dialect.OPENAI, KIND.info.dialect, call.operation]
    head = AnswerHead("id", MODEL, 1, include_usage=True)
    relay = codec.telling(head, said, continues)
    asked = continued(call, said, continues) if said.begun else call
    out = b""
    for data in sent(engine, asked, more=said.begun):
        out += relay.feed(data)
        if tokens is not None and relay.said.tokens - said.tokens >= tokens:
            break
    return out, relay


def chunks(data: bytes) -> list[dict]:
    lines = [event.removeprefix(b"data: ") for event in data.split(b"\n\n") if event]
    return [json.loads(line) for line in lines if line != b"[DONE]"]


@each_operation
def test_the_joined_answer_is_the_one_that_was_not_cut(llamacpp: Engine, operation) -> None:
    call = ASKED[operation]
    assert continuable(call)
    _, uncut = half(llamacpp, call, Said())
    assert uncut.complete
    whole = uncut.said.text
    assert "hippopotamuses" in whole
    in_a_word = 0
    for cut in range(1, uncut.said.tokens, 5):
        _, first = half(llamacpp, call, Said(), tokens=cut)
        out, rest = half(llamacpp, call, first.said)
        assert rest.complete
        assert rest.said.text == whole, f"after {first.said.text!r}"
        shown = len(first.said.text)
        in_a_word += whole[shown - 1 : shown + 1].isalpha()
        # What was counted is one answer's as well.
        usage = chunks(out)[-1]["usage"]
        assert (usage["prompt_tokens"], usage["completion_tokens"]) == (
            uncut.usage.prompt_tokens,
            uncut.usage.completion_tokens,
        )
    assert in_a_word > 1


@each_operation
def test_three_halves_are_one_answer(llamacpp: Engine, operation) -> None:
    call = ASKED[operation]
    one, first = half(llamacpp, call, Said(), tokens=3)
    two, second = half(llamacpp, call, first.said, tokens=3)
    three, third = half(llamacpp, call, second.said)
    told = chunks(one + two + three)
    assert third.said.text == half(llamacpp, call, Said())[1].said.text
    assert len({(chunk["id"], chunk["model"]) for chunk in told}) == 1
    # llama.cpp dates each chunk by itself: the first half may cross a second, what follows keeps to one of its dates.
    assert {chunk["created"] for chunk in chunks(two + three)} <= {chunk["created"] for chunk in chunks(one)}
    choices = [choice for chunk in told for choice in chunk["choices"]]
    roles = [choice["delta"]["role"] for choice in choices if choice.get("delta", {}).get("role")]
    assert roles == (["assistant"] if operation is Operation.CHAT else [])
    assert len([choice for choice in choices if choice["finish_reason"]]) == 1
    assert len([chunk for chunk in told if chunk.get("usage")]) == 1
