"""What every make of engine gives through the gateway: chats, completions, streams, and the caller's own mistakes.

No test here knows the words of an answer: they differ between builds of one engine.
"""

import gzip
import json

import httpx
import pytest

from support.real_engines import Engine
from support.real_front import CHAT, MODEL, Json, chat, in_front_of, stream, words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

COMPLETION = "/v1/completions"


@pytest.fixture
def client(lab, shared: Engine) -> httpx.Client:
    return lab.serve(in_front_of(shared))


def completion(**more: object) -> Json:
    return {"model": MODEL, "prompt": "Once upon a time", "max_tokens": 8, **more}


def test_a_chat_is_answered_under_the_name_that_was_asked_for(client) -> None:
    answer = client.post(CHAT, json=chat())
    assert answer.status_code == 200, answer.text
    assert (answer.headers["x-sixnines-provider"], answer.headers["x-sixnines-attempts"]) == ("a", "1")
    assert answer.headers["x-sixnines-model"] == MODEL
    assert "x-sixnines-fallback" not in answer.headers
    body = answer.json()
    assert (body["object"], body["model"]) == ("chat.completion", MODEL)
    (choice,) = body["choices"]
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"].strip() != ""
    assert choice["finish_reason"] in {"stop", "length"}


def test_a_stream_begins_with_the_role_and_ends_with_a_reason_and_the_terminator(client) -> None:
    answer = stream(client, chat())
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.data[-1] == "[DONE]"
    assert {chunk["object"] for chunk in answer.chunks} == {"chat.completion.chunk"}
    assert {chunk["model"] for chunk in answer.chunks} == {MODEL}
    assert len({chunk["id"] for chunk in answer.chunks}) == 1
    assert answer.choices[0]["delta"]["role"] == "assistant"
    assert answer.text.strip() != ""
    assert len(answer.finish_reasons) == 1
    assert answer.finish_reasons[0] in {"stop", "length"}


def test_usage_is_for_callers_who_asked_for_it(client) -> None:
    assert [chunk for chunk in stream(client, chat()).chunks if chunk.get("usage")] == []


def test_a_completion_is_answered(client) -> None:
    answer = client.post(COMPLETION, json=completion())
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["object"], body["model"]) == ("text_completion", MODEL)
    assert body["choices"][0]["text"] != ""
    assert body["choices"][0]["finish_reason"] in {"stop", "length"}


def test_a_completion_is_streamed(client) -> None:
    answer = stream(client, completion(), COMPLETION)
    assert (answer.status, answer.data[-1]) == (200, "[DONE]")
    assert {chunk["model"] for chunk in answer.chunks} == {MODEL}
    assert "".join(choice["text"] for choice in answer.choices) != ""
    assert len(answer.finish_reasons) == 1


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_an_answer_that_is_cut_at_max_tokens_says_so(client, make, streamed: bool) -> None:
    body = chat(max_tokens=3, **make.endless)
    if streamed:
        assert stream(client, body).finish_reasons == ["length"]
    else:
        assert client.post(CHAT, json=body).json()["choices"][0]["finish_reason"] == "length"


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_an_answer_ends_before_a_stop_word(client, make, streamed: bool) -> None:
    body = chat(max_tokens=60, stop=[" "], **make.endless)
    if streamed:
        answer = stream(client, body)
        said, reason = answer.text, answer.finish_reasons[0]
    else:
        choice = client.post(CHAT, json=body).json()["choices"][0]
        said, reason = choice["message"]["content"] or "", choice["finish_reason"]
    assert reason == "stop"
    assert " " not in said


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_a_prompt_that_does_not_fit_is_the_callers_to_shorten(client, streamed: bool) -> None:
    answer = client.post(CHAT, json=chat(words(1500), stream=streamed))
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert (error["code"], error["type"]) == ("context_length_exceeded", "invalid_request_error")


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_a_request_that_the_engine_cannot_read_is_the_callers_to_mend(client, streamed: bool) -> None:
    for _ in range(3):  # and speaks against nobody: the engine is asked again each time
        answer = client.post(CHAT, json=chat(stream=streamed) | {"temperature": "hot"})
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"]["type"] == "invalid_request_error"
        assert "Traceback" not in answer.text
        assert "/site-packages/" not in answer.text
        assert answer.headers["x-sixnines-provider"] == "a"
    assert client.post(CHAT, json=chat()).status_code == 200


def test_an_unknown_model_is_answered_with_the_nearest_name(client) -> None:
    answer = client.post(CHAT, json=chat() | {"model": "asistant"})
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert error["code"] == "model_not_found"
    assert f"`{MODEL}`" in error["message"]
    # These engines answer to any name, or know this one: only the gateway can have refused.
    assert "x-sixnines-provider" not in answer.headers


def test_a_prompt_of_three_kilobytes_arrives(client) -> None:
    prompt = ("understanding " * 215).strip()
    assert len(prompt) > 3000
    answer = client.post(CHAT, json=chat(prompt, max_tokens=4))
    assert answer.status_code == 200, answer.text
    assert answer.json()["choices"][0]["message"]["content"] != ""


def test_a_compressed_request_is_unpacked(client) -> None:
    body = gzip.compress(json.dumps(chat(max_tokens=4)).encode())
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer = client.post(CHAT, content=body, headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("escaped", [False, True])
def test_any_script_may_stand_in_a_prompt(client, escaped: bool) -> None:
    body = json.dumps(chat("Říkej ahoj! 漢字かな 🦙🎉👩\u200d👩\u200d👧\u2028", max_tokens=4), ensure_ascii=escaped)
    answer = client.post(CHAT, content=body.encode(), headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text


def test_a_conversation_of_text_parts_is_understood(client) -> None:
    parts = [{"type": "text", "text": "Say hello"}, {"type": "text", "text": " to me."}]
    messages = [
        {"role": "system", "content": "You are brief."},
        {"role": "user", "content": "Hello?"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": parts},
    ]
    answer = client.post(CHAT, json=chat() | {"messages": messages})
    assert answer.status_code == 200, answer.text
    assert answer.json()["choices"][0]["message"]["content"].strip() != ""
