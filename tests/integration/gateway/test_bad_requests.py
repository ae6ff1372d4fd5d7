"""Bad input at the real gateway: always a correct error in OpenAI's form, never a hang, nothing sent upstream."""

import gzip
import json

import pytest

from support.lab import Lab, chat, one_engine
from support.raw_http import RawClient

CHAT = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
JSON = b"Content-Type: application/json\r\n"


@pytest.fixture(scope="module")
def lab():
    with Lab() as lab:
        engine = lab.engine("openai")
        lab.serve('server: {listen: "127.0.0.1:0", max_body: 1MiB}\n' + one_engine(engine))
        lab.upstream = engine
        yield lab


@pytest.fixture(autouse=True)
def nothing_goes_upstream(lab):
    yield
    assert lab.upstream.requests == []


def post(lab, body, content_type="application/json", path="/v1/chat/completions", **headers):
    with lab.client() as client:
        more = {"content-type": content_type} if content_type else {}
        return client.post(path, content=body, headers=more | headers)


def error(answer, status):
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-sixnines-request-id"]
    body = answer.json()["error"]
    assert set(body) >= {"message", "type", "param", "code"}
    assert "Traceback" not in answer.text
    return body


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        (b"", "empty_body", None),
        (b"hello", "invalid_json", None),
        (b'{"model": "m", "messages": [', "invalid_json", None),
        (b'{"model": "m", "messages": [{"role": "user", "content": "\xff"}]}', "invalid_json", None),
        (b'{"model": "m", "x": ' + b"[" * 100_000, "invalid_json", None),
        (b"[]", "invalid_type", None),
        (b"null", "invalid_type", None),
        (b"{}", "missing_required_parameter", "model"),
        (b'{"model": "m"}', "missing_required_parameter", "messages"),
        (b'{"model": 3, "messages": []}', "invalid_type", "model"),
        (b'{"model": "m", "messages": "hi"}', "invalid_type", "messages"),
        (b'{"model": "m", "messages": []}', "empty_array", "messages"),
        (b'{"model": "m", "messages": [{"content": "x"}]}', "missing_required_parameter", "messages[...].role"),
        (b'{"model": "m", "messages": [{"role": 1}]}', "invalid_type", "messages[...].role"),
        (b'{"model": "m", "messages": [{"role": "user"}], "stream": "yes"}', "invalid_type", "stream"),
    ],
)
def test_a_body_that_cannot_be_used(lab, body, code, param):
    told = error(post(lab, body), 400)
    assert told["type"] == "invalid_request_error"
    assert told["code"] == code
    assert (told["param"] or "").replace("[0]", "[...]") == (param or "")


def test_an_unknown_model_names_the_nearest(lab):
    told = error(post(lab, json.dumps(chat(model="mm")).encode()), 404)
    assert told["code"] == "model_not_found"
    assert told["param"] == "model"
    assert "`m`" in told["message"]


@pytest.mark.parametrize("path", ["/v1/completions", "/v1/embeddings"])
def test_the_other_endpoints_say_what_is_missing_too(lab, path):
    field = {"/v1/completions": "prompt", "/v1/embeddings": "input"}[path]
    assert error(post(lab, b'{"model": "m"}', path=path), 400)["param"] == field


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_wrong_content_type(lab, content_type):
    told = error(post(lab, json.dumps(chat()).encode(), content_type), 415)
    assert "application/json" in told["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_wrong_method_says_which_is_right(lab, method):
    with lab.client() as client:
        answer = client.request(method, "/v1/chat/completions")
    assert error(answer, 405)["code"] == "method_not_allowed"
    assert answer.headers["allow"] == "POST, OPTIONS"


@pytest.mark.parametrize(
    "target",
    [
        "/v1/../admin", "/v1/%2e%2e/health/live", "//v1/models", "/v1/models/", "/v1/chat/completions/", "/etc/passwd",
        "/v1\\models", "/V1/MODELS", "/%76%31/models", "/health", "/",
    ],
)  # fmt: skip
def test_paths_are_compared_as_they_are(lab, target):
    with RawClient(lab.address) as raw:
        answer = raw.exchange(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert answer.status == 404
    assert json.loads(answer.body)["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("name", ["../../etc/passwd", "%00", "..%2f..%2fsecret", "a" * 3000])
def test_odd_model_names_are_unknown_models(lab, name):
    with lab.client() as client:
        answer = client.get(f"/v1/models/{name}")
    assert answer.status_code == 404
    assert len(answer.text) < 1000


def test_a_body_larger_than_allowed_is_refused_before_it_is_read(lab):
    with RawClient(lab.address) as raw:
        answer = raw.exchange(CHAT + JSON + b"Content-Length: 104857600\r\n\r\n" + b'{"model"')
    assert answer.status == 413
    assert json.loads(answer.body)["error"]["code"] == "body_too_large"
    assert answer.closes


def test_a_chunked_body_that_grows_too_large_is_cut_off(lab):
    with RawClient(lab.address) as raw:
        raw.send(CHAT + JSON + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        answer = raw.exchange(chunk * 17)
    assert answer.status == 413


def test_a_zip_bomb_is_cut_off(lab):
    bomb = gzip.compress(b" " * (64 * 1024 * 1024))
    assert error_code(post(lab, bomb, **{"content-encoding": "gzip"}), 413) == "body_too_large"


def error_code(answer, status):
    assert answer.status_code == status
    return answer.json()["error"]["code"]


def test_broken_gzip_and_unknown_codings_are_told_apart(lab):
    assert post(lab, b"not gzip", **{"content-encoding": "gzip"}).status_code == 400
    assert post(lab, b"x", **{"content-encoding": "br"}).status_code == 415


BODY = json.dumps(chat()).encode()


@pytest.mark.parametrize(
    "smuggled",
    [
        CHAT + JSON + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        CHAT + JSON + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        CHAT + JSON + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        CHAT + JSON + b"Content-Length: +5\r\n\r\nhello",
        CHAT + JSON + b"Content-Length: 5, 5\r\n\r\nhello",
        CHAT + JSON + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        CHAT + JSON + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        CHAT + b"X: a\r\n b\r\n\r\n",
        CHAT + b"X: a\x00b\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\nHost: x\n\n",
        CHAT + b"X: y\n\r\n",
        b"POST /v1/chat/completions HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_requests_that_two_readers_could_read_differently_are_refused(lab, smuggled):
    with RawClient(lab.address) as raw:
        answer = raw.exchange(smuggled)
        assert 400 <= answer.status < 600
        assert json.loads(answer.body)["error"]["message"]
        assert raw.ends()


def test_header_bombs_are_refused(lab):
    many = b"".join(b"X-%d: y\r\n" % number for number in range(5000))
    for bomb in (CHAT + b"X: " + b"y" * 200_000 + b"\r\n\r\n", CHAT + many + b"\r\n"):
        with RawClient(lab.address) as raw:
            answer = raw.exchange(bomb)
        assert answer.status == 431
        assert json.loads(answer.body)["error"]["code"] == "headers_too_large"


def test_an_expectation_that_cannot_be_met_is_refused_before_the_body(lab):
    with RawClient(lab.address) as raw:
        answer = raw.exchange(CHAT + JSON + b"Expect: 100-continue\r\nContent-Length: 104857600\r\n\r\n")
    assert answer.status == 413


def test_a_request_that_came_through_this_gateway_before_is_a_loop(lab):
    instance = lab.gateway.services.instance
    told = error(post(lab, BODY, **{"x-sixnines-via": f"other, {instance}"}), 508)
    assert told["code"] == "gateway_loop"
