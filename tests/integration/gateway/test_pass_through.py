"""OpenAI in, OpenAI out: what callers send and get, through the real gateway and a stand-in engine."""

import gzip
import json

import pytest

from support.lab import Lab, chat, one_engine
from support.raw_http import RawClient

KINDS = ["openai-compatible", "vllm"]  # `llamacpp` is always streamed upstream and has tests of its own


@pytest.fixture(scope="module")
def lab():
    with Lab() as lab:
        lab.upstream = lab.engine("openai", {"default": {"text": "Hello, world."}})
        lab.serve(one_engine(lab.upstream))
        yield lab


@pytest.fixture
def client(lab):
    with lab.client() as client:
        yield client


def sent(lab):
    """The body of the last request that the engine got."""
    return lab.upstream.requests[-1].json()


def events(answer):
    return [json.loads(line[6:]) for line in answer.text.split("\n\n") if line.startswith("data: {")]


def test_an_answer_says_who_gave_it(client):
    answer = client.post("/v1/chat/completions", json=chat())
    assert answer.status_code == 200
    assert answer.json()["choices"][0]["message"]["content"] == "Hello, world."
    assert answer.json()["model"] == "m"
    headers = answer.headers
    assert (headers["x-sixnines-model"], headers["x-sixnines-provider"], headers["x-sixnines-attempts"]) == (
        "m",
        "a",
        "1",
    )
    assert "x-sixnines-fallback" not in headers
    assert headers["x-sixnines-request-id"] == headers["x-request-id"]


def test_fields_that_the_gateway_does_not_know_pass_through_untouched(lab, client):
    asked = chat(
        tools=[{"type": "function", "function": {"name": "f", "parameters": {"properties": {"model": {"type": "string"}}}}}],
        tool_choice="auto", response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": {}}},
        logprobs=True, top_logprobs=2, n=1, seed=7, metadata={"stream": "no"}, brand_new_field={"a": [1, None]},
    )  # fmt: skip
    asked["messages"].append(
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "look"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
            ],
        }
    )
    client.post("/v1/chat/completions", json=asked)
    assert sent(lab) == {**asked, "model": "up"}


def test_the_bytes_of_the_body_stay_as_they_were_but_for_the_name(lab, client):
    raw = b'{ "messages" : [{"role":"user","content":"\\u00e9 \xc3\xa9  1.0e3"}],\n "model":"m", "temperature": 0.10 }'
    client.post("/v1/chat/completions", content=raw, headers={"content-type": "application/json"})
    assert lab.upstream.requests[-1].body == raw.replace(b'"m"', b'"up"')


def test_a_stream_carries_the_public_name_and_ends_with_done(lab, client):
    answer = client.post("/v1/chat/completions", json=chat(stream=True))
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.endswith("data: [DONE]\n\n")
    assert "".join(each["choices"][0]["delta"].get("content") or "" for each in events(answer)) == "Hello, world."
    assert {each["model"] for each in events(answer)} == {"m"}
    assert sent(lab)["stream_options"] == {"include_usage": True}


def test_usage_is_asked_for_always_and_passed_on_to_those_who_asked(client):
    without = client.post("/v1/chat/completions", json=chat(stream=True))
    assert all("usage" not in each for each in events(without))
    asked = client.post("/v1/chat/completions", json=chat(stream=True, stream_options={"include_usage": True}))
    assert events(asked)[-1]["choices"] == []
    assert events(asked)[-1]["usage"]["completion_tokens"] > 0


def test_completions_and_embeddings_pass_through_too(lab, client):
    text = client.post("/v1/completions", json={"model": "m", "prompt": "Say", "echo": False})
    assert text.json()["choices"][0]["text"] == "Hello, world."
    vectors = client.post("/v1/embeddings", json={"model": "m", "input": ["a", "b"], "dimensions": 4})
    assert [each["index"] for each in vectors.json()["data"]] == [0, 1]
    assert vectors.json()["model"] == "m"
    assert sent(lab) == {"model": "up", "input": ["a", "b"], "dimensions": 4}


def test_a_gzip_body_is_read(lab, client):
    body = gzip.compress(json.dumps(chat()).encode())
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert client.post("/v1/chat/completions", content=body, headers=headers).status_code == 200
    assert sent(lab) == chat(model="up")


def test_expect_100_continue_is_answered_before_the_body_comes(lab):
    body = json.dumps(chat()).encode()
    with RawClient(lab.address) as raw:
        raw.send(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
        )
        assert raw.head()[0] == 100
        assert raw.exchange(body).status == 200


def test_what_callers_send_beside_the_body_stays_here(lab, client):
    client.post("/v1/chat/completions", json=chat(), headers={"authorization": "Bearer callers-own", "cookie": "c=1"})
    names = {name.decode() for name, _ in lab.upstream.requests[-1].request.headers}
    values = str(lab.upstream.requests[-1].request.headers)
    assert not names & {"authorization", "cookie"}
    assert "callers-own" not in values


def test_many_requests_share_few_connections(lab, client):
    opened = lab.gateway.services.transport.opened
    for _ in range(20):
        client.post("/v1/chat/completions", json=chat())
        client.post("/v1/chat/completions", json=chat(stream=True))
    assert lab.gateway.services.transport.opened - opened <= 1
