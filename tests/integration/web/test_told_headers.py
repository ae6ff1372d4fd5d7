"""What the page of a request says that its caller was told is what he was told, however the request went."""

import contextlib

import httpx
import msgspec
import pytest

from sixnines.client.seen import Request
from sixnines.web.request_story import told
from support.lab import Lab, chat, two_engines

OK = {"default": {"text": "well"}}
BOOM = {"default": {"error": {"preset": "server_error"}}}
RATE_ONCE = {"rules": [{"times": 1, "then": {"error": {"preset": "rate", "retry_after_s": 0}}}]}
SILENT = {"default": {"fault": {"kind": "hang_before_head"}}}
CUT = {"default": {"count": 9, "tokens_per_s": 100, "fault": {"kind": "close", "after_chunks": 3}}}
CONTINUED = "stream_failure: continue"
HEDGED = "hedge: {after: 50ms, max_ratio: 1}"
LONG = "context_window: 512"

CASES = {
    "plain": (OK, OK, "", {}),
    "fallback": (BOOM, OK, "", {}),
    "all failed": (BOOM, BOOM, "attempts: 2", {}),
    "asked again": (RATE_ONCE, BOOM, "attempts: 3", {}),
    "refused": (OK, OK, "", {"model": "nope"}),
    "nobody may": (OK, OK, LONG, {"max_tokens": 4000}),
    "hedged": (SILENT, OK, HEDGED, {}),
    "broken": (CUT, OK, "", {}),
    "continued": (CUT, OK, CONTINUED, {}),
    "buffered": (CUT, OK, "stream_failure: buffer", {}),
}


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.mark.parametrize("expose", ["trail", "minimal"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("a", "b", "model", "asked"), CASES.values(), ids=CASES.keys())
def test_headers_are_those_of_the_answer(lab, a, b, model, asked, stream, expose):
    config = two_engines(lab.engine("vllm", a), lab.engine("vllm", b), kind="vllm", model=model)
    client = lab.serve(f'server: {{listen: "127.0.0.1:0", expose: {expose}}}\n{config}')
    with client.stream("POST", "/v1/chat/completions", json=chat(stream, **asked)) as answer:
        headers = {name: value for name, value in answer.headers.items() if name.startswith("x-sixnines-")}
        with contextlib.suppress(httpx.HTTPError):  # an answer that is cut short is told of all the same
            answer.read()
    lab.until(lambda: client.get("/admin/v1/requests").json()["requests"] != [])
    request = client.get(f"/admin/v1/requests/{headers['x-sixnines-request-id']}").raise_for_status().content
    assert dict(told(msgspec.json.decode(request, type=Request), expose)) == headers
