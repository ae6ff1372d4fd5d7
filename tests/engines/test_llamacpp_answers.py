"""What only some engines can, in front of llama.cpp's own server: constrained answers, logprobs, embeddings, tools."""

import base64
import json
import struct
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from support.real_engines import Engine
from support.real_front import CHAT, MODEL, Json, chat, constant, in_front_of, stream

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

EMBEDDINGS = "/v1/embeddings"
# SmolLM2-135M's: as many numbers as its vectors have.
DIMENSIONS = 576
# Most of these characters are cut into several tokens each.
SCRIPTS = "příliš žluťoučký 漢字かな 🦙🎉👩\u200d👩\u200d👧"


@pytest.fixture
def client(lab, llamacpp: Engine) -> httpx.Client:
    return lab.serve(in_front_of(llamacpp))


def content(client: httpx.Client, body: Json, *, streamed: bool) -> str:
    """The text of a complete answer."""
    if streamed:
        answer = stream(client, body)
        assert (answer.status, answer.data[-1]) == (200, "[DONE]")
        return answer.text
    whole = client.post(CHAT, json=body)
    assert whole.status_code == 200, whole.text
    return whole.json()["choices"][0]["message"]["content"]


WAYS = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])


@WAYS
def test_an_answer_conforms_to_the_schema_that_the_caller_gave(client, streamed: bool) -> None:
    properties = {"city": {"enum": ["Paris", "Prague"]}, "sunny": {"type": "boolean"}}
    schema = {
        "type": "object",
        "properties": properties,
        "required": ["city", "sunny"],
        "additionalProperties": False,
    }
    asked = {"type": "json_schema", "json_schema": {"name": "weather", "strict": True, "schema": schema}}
    said = json.loads(content(client, chat(max_tokens=120, response_format=asked), streamed=streamed))
    assert said.keys() == {"city", "sunny"}
    assert said["city"] in {"Paris", "Prague"}
    assert isinstance(said["sunny"], bool)


def test_a_json_object_is_one(client) -> None:
    # Its members are the model's business, and so is their number: it may reach its limit before the last brace.
    body = chat("Reply with an empty JSON object.", max_tokens=30, response_format={"type": "json_object"})
    assert content(client, body, streamed=False).lstrip().startswith("{")


@WAYS
def test_characters_that_are_cut_over_tokens_arrive_whole(client, streamed: bool) -> None:
    body = chat(max_tokens=250, temperature=0, response_format=constant(SCRIPTS))
    assert json.loads(content(client, body, streamed=streamed)) == {"said": SCRIPTS}


def test_answers_of_callers_who_share_the_slots_are_not_mixed_up(client) -> None:
    # Twice as many streams as whole answers, and three times as many of both as there are slots.
    marks = [f"caller {letter * 5}" for letter in "ABCDEF"]

    def answer(number: int) -> str:
        body = chat(max_tokens=120, temperature=0, response_format=constant(marks[number]))
        return json.loads(content(client, body, streamed=number % 3 != 0))["said"]

    with ThreadPoolExecutor(len(marks)) as callers:
        assert list(callers.map(answer, range(len(marks)))) == marks


def test_usage_is_the_last_thing_before_the_terminator(client) -> None:
    answer = stream(client, chat(stream_options={"include_usage": True}))
    assert answer.data[-1] == "[DONE]"
    *before, last = answer.chunks
    assert last["choices"] == []
    usage = last["usage"]
    assert usage["prompt_tokens"] > 0
    assert 0 < usage["completion_tokens"] <= 12
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert [chunk for chunk in before if chunk.get("usage")] == []


def test_a_whole_answer_has_its_usage(client) -> None:
    usage = client.post(CHAT, json=chat(max_tokens=3, ignore_eos=True)).json()["usage"]
    assert usage["completion_tokens"] == 3
    assert usage["total_tokens"] == usage["prompt_tokens"] + 3


@WAYS
def test_the_chances_of_tokens_are_told_to_who_asks(client, streamed: bool) -> None:
    body = chat(max_tokens=5, logprobs=True, top_logprobs=2)
    if streamed:
        answer = stream(client, body)
        said = answer.text
        entries = [entry for choice in answer.choices for entry in (choice.get("logprobs") or {}).get("content") or []]
    else:
        (choice,) = client.post(CHAT, json=body).json()["choices"]
        said, entries = choice["message"]["content"], choice["logprobs"]["content"]
    assert 0 < len(entries) <= 5
    assert all(entry["logprob"] <= 0 and len(entry["top_logprobs"]) == 2 for entry in entries)
    assert b"".join(bytes(entry["bytes"]) for entry in entries).decode().startswith(said)


@WAYS
def test_several_choices_are_kept_apart(client, streamed: bool) -> None:
    body = chat(max_tokens=40, temperature=1.5, n=2, response_format=constant("both"))
    if streamed:
        answer = stream(client, body)
        texts = ["", ""]
        for choice in answer.choices:
            texts[choice["index"]] += choice["delta"].get("content") or ""
        assert len(answer.finish_reasons) == 2
    else:
        choices = client.post(CHAT, json=body).json()["choices"]
        assert [choice["index"] for choice in choices] == [0, 1]
        texts = [choice["message"]["content"] for choice in choices]
    assert [json.loads(text) for text in texts] == [{"said": "both"}] * 2


def test_the_same_seed_gives_the_same_answer(client) -> None:
    def said(seed: int) -> str:
        # What was computed for an earlier prompt is rounded otherwise than what is computed now.
        return content(client, chat(temperature=1.5, seed=seed, cache_prompt=False), streamed=False)

    assert said(7) == said(7)
    assert len({said(seed) for seed in range(4)}) > 1


WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}


@WAYS
@pytest.mark.parametrize("choice", ["auto", "required", {"type": "function", "function": {"name": "weather"}}])
def test_tools_for_a_model_that_knows_none_are_answered_with_prose(client, choice: object, streamed: bool) -> None:
    body = chat(max_tokens=4, tools=[WEATHER], tool_choice=choice)
    assert content(client, body, streamed=streamed) != ""


MISTAKES = {
    # The engine's words about each show that the field has reached it as the caller wrote it.
    "tools": ({"tools": [{"no": "type"}]}, "tools"),
    "schema": (
        {"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "nonsense"}}}},
        "nonsense",
    ),
    "image": (
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}],
                }
            ]
        },
        "image input is not supported",
    ),
    "messages": ({"messages": "hello"}, "messages"),
}


@WAYS
@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_the_engine_says_about_a_mistake_reaches_the_caller(client, mistake: str, streamed: bool) -> None:
    fields, said = MISTAKES[mistake]
    answer = client.post(CHAT, json=chat(stream=streamed) | fields)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert said in error["message"]


def test_texts_become_vectors(lab, embedder: Engine) -> None:
    client = lab.serve(in_front_of(embedder))
    texts = ["a cat", "a dog sat on the mat", "příliš 🦙"]
    answer = client.post(EMBEDDINGS, json={"model": MODEL, "input": texts})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["object"], body["model"]) == ("list", MODEL)
    assert [each["index"] for each in body["data"]] == [0, 1, 2]
    assert [len(each["embedding"]) for each in body["data"]] == [DIMENSIONS] * 3
    assert len({tuple(each["embedding"]) for each in body["data"]}) == 3
    assert body["usage"]["prompt_tokens"] > 0


def test_a_vector_in_base64_is_the_same_vector(lab, embedder: Engine) -> None:
    client = lab.serve(in_front_of(embedder))
    asked = {"model": MODEL, "input": "a cat"}
    (plain,) = client.post(EMBEDDINGS, json=asked).json()["data"]
    (packed,) = client.post(EMBEDDINGS, json=asked | {"encoding_format": "base64"}).json()["data"]
    numbers = struct.unpack(f"<{DIMENSIONS}f", base64.b64decode(packed["embedding"]))
    assert numbers == pytest.approx(plain["embedding"], abs=1e-5)


def test_an_engine_with_embeddings_still_chats(lab, embedder: Engine) -> None:
    assert content(lab.serve(in_front_of(embedder)), chat(max_tokens=4), streamed=False) != ""


def test_embeddings_are_asked_of_the_next_engine_where_the_first_has_none(lab, llamacpp: Engine, embedder) -> None:
    client = lab.serve(in_front_of(llamacpp, embedder))
    for _ in range(2):  # and the first is not put aside for it: it still chats
        answer = client.post(EMBEDDINGS, json={"model": MODEL, "input": "a cat"})
        assert (answer.status_code, answer.headers["x-sixnines-provider"]) == (200, "b")
        assert client.post(CHAT, json=chat(max_tokens=1)).headers["x-sixnines-provider"] == "a"


def test_embeddings_that_no_engine_has_are_the_callers_mistake(client) -> None:
    answer = client.post(EMBEDDINGS, json={"model": MODEL, "input": "a cat"})
    assert answer.status_code == 400
    assert "does not support embeddings" in answer.json()["error"]["message"]
