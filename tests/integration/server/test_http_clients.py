"""The server as ordinary HTTP clients see it."""

import gzip
import http.client
import json
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from sixnines.server.interface import Limits, Request
from sixnines.server.responder import HttpResponder
from support.live_server import LOOPS, LiveServer, openai_refusal


async def application(request: Request, responder: HttpResponder) -> None:
    """Echoes a body; streams ten lines for the query `stream`."""
    if request.query == "stream":
        responder.start(200, [(b"content-type", b"text/event-stream")])
        for number in range(10):
            await responder.write(b"data: %d\n\n" % number)
        responder.end()
    else:
        responder.send(200, [(b"content-type", b"application/json")], request.body)


STREAMED = b"".join(b"data: %d\n\n" % number for number in range(10))


@pytest.fixture(params=sorted(LOOPS), scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    with LiveServer(application, loop=request.param, limits=Limits(max_body=2_000_000)) as running:
        yield running


@pytest.fixture
def connection(server: LiveServer) -> Iterator[http.client.HTTPConnection]:
    made = http.client.HTTPConnection(*server.address, timeout=10)
    yield made
    made.close()


def test_http_client_keeps_its_connection_over_bodies_and_streams(connection: http.client.HTTPConnection) -> None:
    connection.connect()
    sock = connection.sock
    for size in (0, 1, 100_000, 2_000_000):
        connection.request("POST", "/", body=b"x" * size)
        assert connection.getresponse().read() == b"x" * size
    connection.request("POST", "/", body=iter([b"ab", b"cd"]), encode_chunked=True)
    assert connection.getresponse().read() == b"abcd"
    connection.request("GET", "/?stream")
    assert connection.getresponse().read() == STREAMED
    connection.request("HEAD", "/?stream")
    assert connection.getresponse().read() == b""
    assert connection.sock is sock


def test_http_client_reads_a_refusal_of_a_large_body(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/", body=b"x" * 5_000_000)
    response = connection.getresponse()
    assert response.status == 413
    assert json.loads(response.read())["error"]["code"] == "body_too_large"


def curl(server: LiveServer, *arguments: str, body: bytes = b"", path: str = "/") -> tuple[int, bytes]:
    """Status and body as curl saw them; curl must be content."""
    program = shutil.which("curl")
    assert program is not None, "these tests need curl (Debian package: curl)"
    host, port = server.address
    done = subprocess.run(
        [program, "-sS", "-m", "10", "-w", "\n%{http_code}", *arguments, f"http://{host}:{port}{path}"],
        input=body,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    text, _, status = done.stdout.rpartition(b"\n")
    return int(status), text


@pytest.mark.parametrize("version", ["--http1.0", "--http1.1", "--http2"])
def test_curl_posts_and_streams_in_each_version_it_may_offer(server: LiveServer, version: str) -> None:
    body = b"x" * 100_000
    assert curl(server, version, "--data-binary", "@-", body=body) == (200, body)
    assert curl(server, version, path="/?stream") == (200, STREAMED)


def test_curl_waits_for_continue(server: LiveServer) -> None:
    body = b"x" * 1_500_000  # curl asks by itself from a megabyte on
    assert curl(server, "--data-binary", "@-", body=body) == (200, body)
    arguments = ("-H", "Expect: 100-continue", "--expect100-timeout", "9", "-H", "Transfer-Encoding: chunked")
    assert curl(server, *arguments, "--data-binary", "@-", body=b"small") == (200, b"small")


def test_curl_sends_compressed_bodies(server: LiveServer) -> None:
    packed = gzip.compress(b"plain")
    assert curl(server, "-H", "Content-Encoding: gzip", "--data-binary", "@-", body=packed) == (200, b"plain")


def test_curl_reads_refusals(server: LiveServer) -> None:
    status, text = curl(server, "--data-binary", "@-", body=b"x" * 3_000_000)
    assert (status, json.loads(text)["error"]["code"]) == (413, "body_too_large")
    status, text = curl(server, "-H", "X: " + "x" * 100_000)
    assert (status, json.loads(text)["error"]["code"]) == (431, "headers_too_large")
    assert openai_refusal(431, "headers_too_large", "m")[0] == [(b"content-type", b"application/json")]


def test_curl_shows_paths_as_they_are_given(server: LiveServer) -> None:
    before = len(server.requests)
    curl(server, "--path-as-is", path="/v1/../admin/%2e%2e//x")
    assert [request.path for request in server.requests[before:]] == ["/v1/../admin/%2e%2e//x"]
