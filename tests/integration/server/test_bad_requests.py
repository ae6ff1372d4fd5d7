"""Every way we know to send a bad request: a correct refusal, a closed connection, and nothing for the application."""

import gzip
import json
import time
import zlib

import pytest

from sixnines.server.protocol import LINGER_S
from support.live_server import LiveServer
from support.raw_http import Answer, RawClient

POST = b"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\n"
GET = b"GET /v1/models HTTP/1.1\r\nHost: h\r\n"
NEXT = b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
BOMB = gzip.compress(b"\0" * 5_000_000)
BROKEN = gzip.compress(b"{}")[:-4]


def sized(body: bytes, *headers: bytes) -> bytes:
    return POST + b"".join(header + b"\r\n" for header in headers) + b"Content-Length: %d\r\n\r\n" % len(body) + body


BAD = {
    "length and chunked": (400, POST + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n" + NEXT),
    "chunked and length": (400, POST + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n" + NEXT),
    "two lengths": (400, POST + b"Content-Length: 0\r\nContent-Length: 36\r\n\r\n" + NEXT),
    "the same length twice": (400, POST + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n" + NEXT),
    "a list of lengths": (400, POST + b"Content-Length: 0, 0\r\n\r\n" + NEXT),
    "a signed length": (400, POST + b"Content-Length: +3\r\n\r\nabc"),
    "a negative length": (400, POST + b"Content-Length: -1\r\n\r\n" + NEXT),
    "a hexadecimal length": (400, POST + b"Content-Length: 0x3\r\n\r\nabc"),
    "an empty length": (400, POST + b"Content-Length:\r\n\r\n" + NEXT),
    "a length beyond 64 bits": (400, POST + b"Content-Length: 99999999999999999999999\r\n\r\n"),
    "chunked twice": (400, POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n" + NEXT),
    "chunked under gzip": (400, POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + NEXT),
    "chunked, then more": (400, POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + NEXT),
    "not quite chunked": (400, POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + NEXT),
    "chunked after a vertical tab": (400, POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + NEXT),
    "no transfer coding named": (400, POST + b"Transfer-Encoding:\r\n\r\n0\r\n\r\n" + NEXT),
    "chunked on a folded line": (400, POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + NEXT),
    "chunked in HTTP/1.0": (400, POST.replace(b"1.1", b"1.0") + CHUNKED + b"\r\n0\r\n\r\n" + NEXT),
    "a space before the colon": (400, POST + b"Content-Length : 3\r\n\r\nabc"),
    "a tab before the colon": (400, POST + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"),
    "bare line feeds": (400, b"GET /a HTTP/1.1\nHost: h\n\n" + NEXT),
    "one bare line feed": (400, GET + b"X: y\nZ: z\r\n\r\n"),
    "a bare line feed at the end": (400, GET + b"\n"),
    "a bare carriage return": (400, GET + b"X: y\rZ: z\r\n\r\n"),
    "a folded header": (400, GET + b"X: y\r\n z\r\n\r\n"),
    "a folded first header": (400, b"GET / HTTP/1.1\r\n Host: h\r\n\r\n"),
    "a NUL in a value": (400, GET + b"X: a\0b\r\n\r\n"),
    "a NUL in a name": (400, GET + b"X\0: a\r\n\r\n"),
    "a NUL in the target": (400, b"GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"),
    "a control character in a value": (400, GET + b"X: a\x01b\r\n\r\n"),
    "a header without a name": (400, GET + b": a\r\n\r\n"),
    "a header without a colon": (400, GET + b"nonsense\r\n\r\n"),
    "raw bytes in the target": (400, "GET /é HTTP/1.1\r\nHost: h\r\n\r\n".encode()),
    "a space in the target": (400, b"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"),
    "a fragment in the target": (400, b"GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n"),
    "no host": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "two hosts": (400, GET + b"Host: h\r\n\r\n"),
    "a host with a path": (400, b"GET / HTTP/1.1\r\nHost: h/x\r\n\r\n"),
    "credentials in the target": (400, b"GET http://me@h/ HTTP/1.1\r\nHost: h\r\n\r\n"),
    "another scheme": (400, b"GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n"),
    "a relative target": (400, b"GET v1/models HTTP/1.1\r\nHost: h\r\n\r\n"),
    "CONNECT": (400, b"CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n"),
    "a websocket": (400, GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
    "HTTP/2 without asking": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "HTTP/2.0 by name": (505, b"GET / HTTP/2.0\r\nHost: h\r\n\r\n"),
    "HTTP/0.9 by name": (505, b"GET / HTTP/0.9\r\n\r\n"),
    "HTTP/1.2": (400, b"GET / HTTP/1.2\r\nHost: h\r\n\r\n"),
    "HTTP/0.9": (505, b"GET /\r\n\r\n"),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "an unknown method": (400, b"FROB / HTTP/1.1\r\nHost: h\r\n\r\n"),
    "a method in small letters": (400, b"get / HTTP/1.1\r\nHost: h\r\n\r\n"),
    "garbage": (400, b"\xff\xfe\xfd\xfc"),
    "an unknown expectation": (417, POST + b"Expect: a-pony\r\nContent-Length: 3\r\n\r\nabc"),
    "an unknown content coding": (415, sized(b"abc", b"Content-Encoding: br")),
    "two content codings": (415, sized(b"abc", b"Content-Encoding: gzip, gzip")),
    "broken gzip": (400, sized(b"not gzip at all", b"Content-Encoding: gzip")),
    "truncated gzip": (400, sized(BROKEN, b"Content-Encoding: gzip")),
    "broken deflate": (400, sized(b"x\x9cnot deflate", b"Content-Encoding: deflate")),
    "a gzip bomb": (413, sized(BOMB, b"Content-Encoding: gzip")),
    "a deflate bomb": (413, sized(zlib.compress(b"\0" * 5_000_000), b"Content-Encoding: deflate")),
    "a body announced too large": (413, POST + b"Content-Length: 10001\r\n\r\n"),
    "100 MB announced": (413, POST + b"Content-Length: 100000000\r\n\r\n"),
    "100 MB announced, with expectation": (413, POST + b"Expect: 100-continue\r\nContent-Length: 100000000\r\n\r\n"),
    "chunks that grow too large": (413, POST + CHUNKED + b"\r\n" + (b"400\r\n" + b"x" * 1024 + b"\r\n") * 10),
    "one chunk that is too large": (413, POST + CHUNKED + b"\r\nffffffff\r\n" + b"x" * 10_001),
    "a chunk size with spaces": (400, POST + CHUNKED + b"\r\n3 \r\nabc\r\n0\r\n\r\n" + NEXT),
    "a chunk size that overflows": (400, POST + CHUNKED + b"\r\nfffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
    "a chunk size that is none": (400, POST + CHUNKED + b"\r\nxyz\r\nabc\r\n0\r\n\r\n"),
    "a negative chunk size": (400, POST + CHUNKED + b"\r\n-1\r\nabc\r\n0\r\n\r\n"),
    "a chunk longer than it says": (400, POST + CHUNKED + b"\r\n3\r\nabcd\r\n0\r\n\r\n" + NEXT),
    "a chunk ended by a bare line feed": (400, POST + CHUNKED + b"\r\n3\nabc\r\n0\r\n\r\n" + NEXT),
    "a framing header as trailer": (400, POST + CHUNKED + b"\r\n0\r\nContent-Length: 36\r\n\r\n" + NEXT),
    "endless trailers": (413, POST + CHUNKED + b"\r\n0\r\n" + b"x: y\r\n" * 20_000),
    "a header bomb": (431, GET + b"X: " + b"x" * 12_000),
    "many headers": (431, GET + b"a: b\r\n" * 50 + b"\r\n"),
    "very many headers": (431, GET + b"a:\r\n" * 2_900),
    "a long header name": (431, GET + b"x" * 12_000),
    "a long target": (414, b"GET /" + b"a" * 8192 + b" HTTP/1.1\r\nHost: h\r\n\r\n"),
    "a long query": (414, b"GET /?" + b"a" * 9000 + b" HTTP/1.1\r\nHost: h\r\n\r\n"),
}


def assert_is_refusal(answer: Answer, status: int) -> None:
    error = json.loads(answer.body)["error"]
    assert answer.status == status
    assert answer.closes
    assert answer.headers["content-type"] == "application/json"
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == ("server_error" if status >= 500 else "invalid_request_error")
    assert error["message"].endswith(".")
    assert "Traceback" not in error["message"]


@pytest.mark.parametrize("name", sorted(BAD))
@pytest.mark.parametrize("cut", [None, 1], ids=["whole", "byte by byte"])
def test_a_bad_request_is_refused_and_reaches_nothing(shared: LiveServer, name: str, cut: int | None) -> None:
    status, data = BAD[name]
    before = len(shared.requests)
    with RawClient(shared.address) as client:
        if cut is None:
            client.send(data)
        else:
            # One write a byte would take long for the large ones: it is their beginning that matters.
            for at in range(min(len(data), 400)):
                client.send(data[at : at + 1])
            client.send(data[400:])
        assert_is_refusal(client.answer(), status)
        client.sock.shutdown(1)
        assert client.ends()
    assert len(shared.requests) == before


def test_a_bad_request_behind_a_good_one_is_refused_after_its_answer(shared: LiveServer) -> None:
    before = len(shared.requests)
    with RawClient(shared.address) as client:
        client.send(GET + b"\r\n" + POST + b"Content-Length: x\r\n\r\n" + NEXT)
        assert client.answer().status == 200
        assert_is_refusal(client.answer(), 400)
    assert [request.path for request in shared.requests[before:]] == ["/v1/models"]


def test_a_refused_head_request_gets_no_body(shared: LiveServer) -> None:
    with RawClient(shared.address) as client:
        answer = client.exchange(b"HEAD / HTTP/1.1\r\nHost: a b\r\n\r\n", bodiless=True)
        assert answer.status == 400
        assert int(answer.headers["content-length"]) > 0
        assert client.ends()


def test_an_unknown_coding_is_answered_with_those_that_are_read(shared: LiveServer) -> None:
    with RawClient(shared.address) as client:
        assert client.exchange(BAD["an unknown content coding"][1]).headers["accept-encoding"] == "gzip, deflate"


def test_a_caller_who_sends_a_large_body_regardless_can_read_the_refusal(shared: LiveServer) -> None:
    with RawClient(shared.address) as client:
        client.send(POST + b"Content-Length: 20000000\r\n\r\n")
        for _ in range(20):
            client.send(b"x" * 1_000_000)
        assert_is_refusal(client.answer(), 413)
    assert shared.server.connections <= 1


def test_a_caller_who_never_stops_sending_is_cut_off(shared: LiveServer) -> None:
    with RawClient(shared.address) as client:
        client.send(POST + b"Content-Length: 20000000\r\n\r\n")
        started = time.monotonic()
        with pytest.raises(ConnectionError):  # noqa: PT012
            while time.monotonic() - started < LINGER_S + 4:
                client.send(b"x" * 1000)
                time.sleep(0.01)
        assert time.monotonic() - started > LINGER_S - 0.1
