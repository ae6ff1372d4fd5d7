"""The next engine answers: before the commit point nobody notices, after it nobody is deceived."""

import json
import time

import pytest

from support.lab import Lab, chat, one_engine, two_engines
from support.raw_http import RawClient

FAST = "timeouts: {connect: 300ms, first_token: 300ms, idle: 300ms}"


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def served(lab, script, *, kind="openai-compatible", mock="openai", model=FAST):
    """A gateway in front of engine `a` with `script` and a well one `b`; returns a client."""
    lab.a, lab.b = lab.engine(mock, script), lab.engine(mock, {"default": {"text": "from b"}})
    return lab.serve(two_engines(lab.a, lab.b, kind=kind, model=model))


BEFORE_CONTENT = {
    "rate": {"error": {"preset": "rate"}},
    "quota": {"error": {"preset": "quota"}},
    "capacity": {"error": {"preset": "overloaded"}},
    "credential": {"error": {"preset": "unauthorized"}},
    "missing": {"error": {"preset": "missing"}},
    "server": {"error": {"preset": "server_error"}},
    "reset": {"fault": {"kind": "reset_before_head"}},
    "closed": {"fault": {"kind": "close_before_head"}},
    "silent": {"fault": {"kind": "hang_before_head"}},
    "silent after the head": {"fault": {"kind": "hang_after_head"}},
    "garbage": {"fault": {"kind": "garbage_head"}},
    "huge headers": {"fault": {"kind": "huge_headers"}},
    "a web page": {"fault": {"kind": "html"}},
}
KIND_OF = {"reset": {"transport"}, "closed": {"transport"}, "silent": {"transport"}, "silent after the head": {"transport", "truncated"}, "garbage": {"protocol"}, "huge headers": {"protocol"}, "a web page": {"protocol", "truncated"}}  # fmt: skip


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("trouble", BEFORE_CONTENT)
def test_trouble_before_the_first_content_is_not_noticed(lab, trouble, stream):
    # A whole answer shows no sign of life before its end: half of the time is its candidate's, half the next one's.
    silent_whole = trouble.startswith("silent") and not stream
    client = served(lab, {"default": BEFORE_CONTENT[trouble]}, model="timeouts: {total: 1s}" if silent_whole else FAST)
    answer = client.post("/v1/chat/completions", json=chat(stream=stream))
    assert answer.status_code == 200
    assert "from b" in answer.text.replace('"},"finish', "") or answer.text.endswith("[DONE]\n\n")
    assert answer.headers["x-sixnines-provider"] == "b"
    assert answer.headers["x-sixnines-attempts"] == "2"
    assert answer.headers["x-sixnines-fallback"] in KIND_OF.get(trouble, {trouble})


STREAM_TROUBLE = {
    "error event": {"fault": {"kind": "error_event", "after_chunks": 0}},
    "empty": {"fault": {"kind": "empty_stream"}},
    "closed": {"fault": {"kind": "close", "after_chunks": 0}},
    "no finish": {"fault": {"kind": "done_without_finish", "after_chunks": 0}},
    "invalid": {"fault": {"kind": "invalid_json", "after_chunks": 0}},
    "bad chunk": {"fault": {"kind": "bad_chunk_size", "after_chunks": 0}},
}


@pytest.mark.parametrize("trouble", STREAM_TROUBLE)
def test_a_stream_that_breaks_before_its_first_content_is_replaced(lab, trouble):
    client = served(lab, {"default": {"count": 5, **STREAM_TROUBLE[trouble]}})
    answer = client.post("/v1/chat/completions", json=chat(stream=True))
    assert answer.headers["x-sixnines-provider"] == "b"
    assert answer.text.endswith("data: [DONE]\n\n")
    assert "error" not in answer.text


AFTER_CONTENT = {
    "error event": {"kind": "error_event", "after_chunks": 2},
    "closed": {"kind": "close", "after_chunks": 2},
    "ended": {"kind": "end", "after_chunks": 2},
    "reset": {"kind": "reset", "after_chunks": 2},
    "hanging": {"kind": "hang", "after_chunks": 2},
    "pinging": {"kind": "hang", "after_chunks": 2, "pings_every_s": 0.05},
    "no finish": {"kind": "done_without_finish", "after_chunks": 2},
    "invalid": {"kind": "invalid_json", "after_chunks": 2},
    "no terminator": {"kind": "no_terminator"},
}


@pytest.mark.parametrize("trouble", AFTER_CONTENT)
def test_a_stream_that_breaks_after_content_ends_with_an_error_never_silently(lab, trouble):
    client = served(lab, {"default": {"count": 5, "tokens_per_s": 10, "fault": AFTER_CONTENT[trouble]}})
    answer = client.post("/v1/chat/completions", json=chat(stream=True))
    assert answer.status_code == 200
    assert answer.headers["x-sixnines-provider"] == "a"
    *_, last, done, _ = answer.text.split("\n\n")
    assert done == "data: [DONE]"
    told = json.loads(last.removeprefix("data: "))["error"]
    assert told["type"] == "upstream_error"
    assert lab.b.requests == []


@pytest.mark.parametrize("trouble", AFTER_CONTENT)
def test_a_buffering_model_replaces_it_instead(lab, trouble):
    model = f"stream_failure: buffer\n    {FAST}"
    client = served(lab, {"default": {"count": 5, "tokens_per_s": 10, "fault": AFTER_CONTENT[trouble]}}, model=model)
    answer = client.post("/v1/chat/completions", json=chat(stream=True))
    assert answer.headers["x-sixnines-provider"] == "b"
    assert "error" not in answer.text
    assert answer.text.endswith("data: [DONE]\n\n")


def test_an_engine_that_is_gone_is_replaced_at_once(lab):
    client = served(lab, {})
    lab.call(lab.a.__aexit__(None, None, None))
    began = time.monotonic()
    answer = client.post("/v1/chat/completions", json=chat())
    assert answer.json()["choices"][0]["message"]["content"] == "from b"
    assert answer.headers["x-sixnines-fallback"] == "transport"
    assert time.monotonic() - began < 3  # seconds; no time limit of the config has run out


def test_the_callers_own_mistake_is_told_at_once_and_nobody_else_is_asked(lab):
    body = {
        "error": {
            "message": "temperature must be at most 2",
            "type": "invalid_request_error",
            "param": "temperature",
            "code": None,
        }
    }
    client = served(lab, {"default": {"respond": {"status": 400, "body": body}}})
    answer = client.post("/v1/chat/completions", json=chat())
    assert answer.status_code == 400
    assert "temperature must be at most 2" in answer.json()["error"]["message"]
    assert lab.b.requests == []


def test_when_all_fail_the_trail_says_why_and_no_url_is_told(lab):
    bad = {"default": {"error": {"preset": "server_error"}}}
    lab.a, lab.b = lab.engine("openai", bad), lab.engine("openai", {"default": {"error": {"preset": "unauthorized"}}})
    client = lab.serve(two_engines(lab.a, lab.b))
    answer = client.post("/v1/chat/completions", json=chat())
    assert answer.status_code == 502
    told = answer.json()["error"]
    assert [(each["provider"], each["kind"]) for each in told["trail"][:2]] == [("a", "server"), ("b", "credential")]
    assert {each["provider"] for each in told["trail"][2:]} == {"a"}  # a refused credential is not worth a second try
    assert "127.0.0.1" not in answer.text


def test_rate_limits_everywhere_become_a_429_with_retry_after(lab):
    slow_down = {"default": {"error": {"preset": "rate", "retry_after_s": 7}}}
    lab.a, lab.b = lab.engine("openai", slow_down), lab.engine("openai", slow_down)
    client = lab.serve(two_engines(lab.a, lab.b, model="timeouts: {total: 5s}"))
    answer = client.post("/v1/chat/completions", json=chat())
    assert answer.status_code == 429
    assert answer.json()["error"]["type"] == "rate_limit_error"
    assert 1 <= int(answer.headers["retry-after"]) <= 7


def test_a_context_overflow_goes_only_to_a_larger_window(lab):
    too_long = {"default": {"error": {"preset": "context"}}}
    a, b, c = lab.engine("vllm", too_long), lab.engine("vllm"), lab.engine("vllm", {"default": {"text": "from c"}})
    client = lab.serve(f"""
providers:
  a: {{kind: vllm, base_url: "{a.base_url}"}}
  b: {{kind: vllm, base_url: "{b.base_url}"}}
  c: {{kind: vllm, base_url: "{c.base_url}"}}
models:
  m:
    deployments:
      - {{provider: a, model: up, context_window: 1024}}
      - {{provider: b, model: up, context_window: 1024}}
      - {{provider: c, model: up, context_window: 8192}}
""")
    answer = client.post("/v1/chat/completions", json=chat())
    assert answer.headers["x-sixnines-provider"] == "c"
    assert b.requests == []


def test_a_context_overflow_that_nobody_can_hold_is_a_400_that_sdks_know(lab):
    a = lab.engine("vllm", {"default": {"error": {"preset": "context"}}})
    client = lab.serve(one_engine(a, kind="vllm"))
    answer = client.post("/v1/chat/completions", json=chat())
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "context_length_exceeded"


def test_a_full_provider_is_passed_over(lab):
    a = lab.engine("openai", {"default": {"fault": {"kind": "hang_before_head"}}})
    b = lab.engine("openai", {"default": {"text": "from b"}})
    client = lab.serve(two_engines(a, b).replace(f'"{a.base_url}"', f'"{a.base_url}", max_in_flight: 1'))
    with client.stream("POST", "/v1/chat/completions", json=chat(), timeout=0.2) if False else lab.client() as other:
        import threading

        hanging = threading.Thread(
            target=lambda: _ignore(lambda: other.post("/v1/chat/completions", json=chat(), timeout=1.0))
        )
        hanging.start()
        lab.until(lambda: a.in_flight == 1)
        answer = client.post("/v1/chat/completions", json=chat())
        hanging.join()
    assert answer.headers["x-sixnines-provider"] == "b"
    assert answer.headers["x-sixnines-attempts"] == "1"


def _ignore(call):
    import httpx

    with pytest.raises(httpx.ReadTimeout):
        call()


def test_a_caller_who_leaves_takes_the_upstream_call_with_him(lab):
    a = lab.engine("openai", {"default": {"count": 10_000, "tokens_per_s": 50}})
    client = lab.serve(one_engine(a))
    with client.stream("POST", "/v1/chat/completions", json=chat(stream=True)) as answer:
        lines = answer.iter_lines()  # kept: httpx closes the answer with its iterator
        next(lines)
        assert a.in_flight == 1
    lab.until(lambda: a.in_flight == 0)
    assert a.cancelled == 1
    lab.until(lambda: lab.places("a").in_flight == 0)


def test_a_caller_who_stops_reading_and_leaves_frees_the_engine_too(lab):
    """The gateway waits for room to write, not for the engine: nothing but the leaving can end the upstream call."""
    a = lab.engine("openai", {"default": {"count": 400_000}, "context_window": 10_000_000})
    lab.serve(one_engine(a))
    body = json.dumps(chat(stream=True, max_tokens=400_000)).encode()
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with RawClient(lab.address, receive_buffer=4096) as raw:
        raw.send(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert raw.head()[0] == 200
        server = lab.gateway.server
        lab.until(lambda: any(each.full for each in tuple(server._connections)))
        assert a.in_flight == 1
        raw.reset()
    lab.until(lambda: a.in_flight == 0)
    lab.until(lambda: lab.places("a").in_flight == 0)


def test_a_caller_who_leaves_before_the_answer_takes_the_upstream_call_with_him(lab):
    import httpx

    a = lab.engine("openai", {"default": {"fault": {"kind": "hang_before_head"}}})
    client = lab.serve(one_engine(a))
    with pytest.raises(httpx.ReadTimeout):
        client.post("/v1/chat/completions", json=chat(), timeout=0.3)
    lab.until(lambda: a.in_flight == 0)
    lab.until(lambda: lab.places("a").in_flight == 0)


def test_a_breaker_opens_and_spares_the_engine_that_fails(lab):
    client = served(lab, {"default": {"error": {"preset": "server_error"}}})
    for _ in range(8):
        client.post("/v1/chat/completions", json=chat())
    assert len(lab.a.requests) == 5
    answer = client.post("/v1/chat/completions", json=chat())
    assert answer.headers["x-sixnines-attempts"] == "1"
    assert answer.headers["x-sixnines-provider"] == "b"


def test_whoever_runs_the_gateway_is_told_once_that_a_deployment_rests_and_that_it_is_back(lab, caplog):
    caplog.set_level("INFO", "sixnines")
    failing = {"rules": [{"times": 2, "then": {"error": {"preset": "server_error"}}}], "default": {"text": "from a"}}
    lab.a, lab.b = lab.engine("openai", failing), lab.engine("openai")
    quick = "defaults: {breaker: {failures: 2, window: 30s, open: 50ms}}"
    client = lab.serve(quick + two_engines(lab.a, lab.b))
    for _ in range(2):
        client.post("/v1/chat/completions", json=chat())
    lab.until(lambda: client.post("/v1/chat/completions", json=chat()).headers["x-sixnines-provider"] == "a")
    told = [each.getMessage() for each in caplog.records if "deployment a/up" in each.getMessage()]
    assert len(told) == 2
    assert told[0].startswith("deployment a/up rests for 0 s after server: ")
    assert told[1] == "deployment a/up answers again"


def test_attempts_are_limited(lab):
    bad = {"default": {"error": {"preset": "server_error"}}}
    lab.a, lab.b = lab.engine("openai", bad), lab.engine("openai", bad)
    client = lab.serve(two_engines(lab.a, lab.b, model="attempts: 1"))
    answer = client.post("/v1/chat/completions", json=chat())
    assert answer.headers["x-sixnines-attempts"] == "1"
    assert lab.b.requests == []
