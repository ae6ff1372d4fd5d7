"""llama.cpp's two servers are always streamed upstream; callers who did not ask get one whole answer."""

import pytest

from support.lab import Lab, chat, one_engine

KINDS = ["llamacpp", "llamacpp-python"]


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_answer_is_put_together_from_a_stream(lab, kind):
    engine = lab.engine(kind, {"default": {"text": "Hello, world."}})
    answer = lab.serve(one_engine(engine, kind=kind)).post("/v1/chat/completions", json=chat())
    body = answer.json()
    assert body["choices"][0]["message"]["content"] == "Hello, world."
    assert (body["object"], body["model"], body["choices"][0]["finish_reason"]) == ("chat.completion", "m", "stop")
    sent = engine.requests[-1].json()
    assert sent["stream"] is True


@pytest.mark.parametrize("kind", KINDS)
def test_a_caller_of_a_whole_answer_who_leaves_frees_the_engine(lab, kind):
    import httpx

    engine = lab.engine(kind, {"default": {"count": 10_000, "tokens_per_s": 50}})
    client = lab.serve(one_engine(engine, kind=kind))
    with pytest.raises(httpx.ReadTimeout):
        client.post("/v1/chat/completions", json=chat(), timeout=0.5)
    lab.until(lambda: engine.in_flight == 0)
    assert engine.cancelled == 1


def test_the_empty_stream_of_the_python_server_is_a_context_overflow(lab):
    engine = lab.engine("llamacpp-python", {"default": {"fault": {"kind": "empty_stream"}}})
    client = lab.serve(one_engine(engine, kind="llamacpp-python"))
    for stream in (False, True):
        answer = client.post("/v1/chat/completions", json=chat(stream=stream))
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "context_length_exceeded"


def test_text_parts_are_flattened_for_the_python_server(lab):
    engine = lab.engine("llamacpp-python")
    client = lab.serve(one_engine(engine, kind="llamacpp-python"))
    parts = [{"type": "text", "text": "Say"}, {"type": "text", "text": " hello."}]
    client.post("/v1/chat/completions", json=chat(messages=[{"role": "user", "content": parts}]))
    assert isinstance(engine.requests[-1].json()["messages"][0]["content"], str)


def test_an_engine_that_is_loading_for_too_long_is_given_up(lab):
    engine = lab.engine("llamacpp", {"default": {"error": {"preset": "loading"}}})
    impatient = one_engine(engine, kind="llamacpp", model="timeouts: {loading: 1500ms}")
    answer = lab.serve(impatient).post("/v1/chat/completions", json=chat())
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "model_loading"
    assert len(engine.requests) > 1
    assert answer.headers["retry-after"]
