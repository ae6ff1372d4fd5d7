"""Keep-alive, pipelining, HTTP/1.0, HEAD, Expect, codings: what well-behaved callers do."""

import asyncio
import gzip
import json
import threading
import zlib
from collections.abc import Callable

import pytest

from sixnines.server.interface import Limits, Request
from sixnines.server.protocol import MAX_AHEAD
from sixnines.server.responder import HttpResponder
from support.live_server import LiveServer
from support.raw_http import IncompleteError, RawClient

Serve = Callable[..., LiveServer]
GET = b"GET /a HTTP/1.1\r\nHost: h\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: h\r\n"


async def stream(request: Request, responder: HttpResponder) -> None:
    """Streams the words of the query."""
    responder.start(200, [(b"content-type", b"text/plain")])
    await responder.write(b"")
    for word in request.query.split("+"):
        await responder.write(word.encode())
    responder.end()


def told(body: bytes) -> dict[str, str]:
    made: dict[str, str] = json.loads(body)
    return made


def test_a_connection_serves_one_request_after_another(shared: LiveServer) -> None:
    with RawClient(shared.address) as client:
        for number in range(20):
            answer = client.exchange(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number)
            assert told(answer.body)["path"] == f"/{number}"
            assert "connection" not in answer.headers
            assert answer.headers["date"].endswith(" GMT")


def test_pipelined_requests_are_answered_in_order(shared: LiveServer) -> None:
    with RawClient(shared.address) as client:
        client.send(
            b"".join(
                b"POST /%d HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n%02d" % (number, number)
                for number in range(50)
            )
        )
        for number in range(50):
            answer = told(client.answer().body)
            assert (answer["path"], answer["body"]) == (f"/{number}", f"{number:02}")


def test_a_request_waits_until_the_one_before_it_is_answered(serve: Serve) -> None:
    release = threading.Event()
    under_way: list[str] = []

    async def slow_first(request: Request, responder: HttpResponder) -> None:
        under_way.append(request.path)
        if request.path == "/slow":
            await asyncio.get_running_loop().run_in_executor(None, release.wait)
        responder.send(200, [], ",".join(under_way).encode())

    server = serve(slow_first)
    with RawClient(server.address) as client, RawClient(server.address) as other:
        client.send(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n" + GET + b"\r\n")
        assert other.exchange(b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n").body == b"/slow,/b"
        release.set()
        assert client.answer().body == b"/slow,/b"
        assert client.answer().body == b"/slow,/b,/a"


def test_reading_stops_when_too_much_is_pipelined_and_goes_on_afterwards(serve: Serve) -> None:
    release = threading.Event()

    async def wait(request: Request, responder: HttpResponder) -> None:
        await asyncio.get_running_loop().run_in_executor(None, release.wait)
        responder.send(200, [], request.query.encode())

    count = 200
    server = serve(wait)
    with RawClient(server.address) as client:
        sender = threading.Thread(
            target=lambda: [
                client.send(
                    b"POST /?%d HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" % number + b"x" * 100_000
                )
                for number in range(count)
            ]
        )
        sender.start()
        sender.join(0.5)
        assert sender.is_alive(), "20 MB went nowhere"
        (connection,) = server.server._connections
        assert connection._reader.held < MAX_AHEAD + 300_000
        release.set()
        assert [client.answer().body for _ in range(count)] == [b"%d" % number for number in range(count)]
        sender.join()
    assert [len(request.body) for request in server.requests] == [100_000] * count


def test_a_caller_can_ask_to_close(shared: LiveServer) -> None:
    with RawClient(shared.address) as client:
        answer = client.exchange(GET + b"Connection: close\r\n\r\n" + GET + b"\r\n")
        assert answer.closes
        assert client.ends()


def test_http_1_0_closes_unless_asked_not_to(shared: LiveServer) -> None:
    with RawClient(shared.address) as client:
        kept = client.exchange(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert kept.headers["connection"] == "keep-alive"
        assert client.exchange(b"GET / HTTP/1.0\r\n\r\n").closes
        assert client.ends()


def test_a_streamed_answer_is_chunked(serve: Serve) -> None:
    with RawClient(serve(stream).address) as client:
        client.send(b"GET /?one+two HTTP/1.1\r\nHost: h\r\n\r\n")
        status, headers = client.head()
        assert (status, headers["transfer-encoding"]) == (200, "chunked")
        assert "content-length" not in headers
        assert [client.chunk(), client.chunk(), client.chunk()] == [b"one", b"two", b""]
        assert client.exchange(b"GET /?three HTTP/1.1\r\nHost: h\r\n\r\n").body == b"three"


def test_a_streamed_answer_to_http_1_0_ends_with_the_connection(serve: Serve) -> None:
    with RawClient(serve(stream).address) as client:
        answer = client.exchange(b"GET /?one+two HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert answer.body == b"onetwo"
        assert answer.closes


def test_head_gets_the_head_alone(serve: Serve) -> None:
    with RawClient(serve().address) as client:
        as_get = client.exchange(GET + b"\r\n")
        as_head = client.exchange(GET.replace(b"GET", b"HEAD") + b"\r\n", bodiless=True)
        assert int(as_head.headers["content-length"]) == len(as_get.body) + 1
        assert client.exchange(GET + b"\r\n").body == as_get.body
    with RawClient(serve(stream).address) as client:
        client.exchange(b"HEAD /?one+two HTTP/1.1\r\nHost: h\r\n\r\n", bodiless=True)
        assert client.exchange(b"GET /?three HTTP/1.1\r\nHost: h\r\n\r\n").body == b"three"
    with RawClient(serve(stream).address) as client:
        client.exchange(b"HEAD /?one+two HTTP/1.0\r\n\r\n", bodiless=True)
        assert client.ends()


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_body_has_no_length(serve: Serve, status: int) -> None:
    async def nothing(request: Request, responder: HttpResponder) -> None:
        if request.query:
            responder.start(status, [])
            await responder.write(b"never sent")
            responder.end()
        else:
            responder.send(status, [(b"allow", b"GET")], b"never sent")

    with RawClient(serve(nothing).address) as client:
        for target in (b"/", b"/?streamed"):
            answer = client.exchange(b"GET %b HTTP/1.1\r\nHost: h\r\n\r\n" % target)
            assert answer.status == status
            assert not {"content-length", "transfer-encoding"} & set(answer.headers)


def test_a_large_answer_arrives_whole(serve: Serve) -> None:
    async def large(request: Request, responder: HttpResponder) -> None:
        responder.send(200, [], bytes(range(256)) * 20_000)

    with RawClient(serve(large).address) as client:
        for _ in range(2):
            assert client.exchange(GET + b"\r\n").body == bytes(range(256)) * 20_000


def test_continue_is_sent_when_the_head_is_fine_and_the_body_is_awaited(shared: LiveServer) -> None:
    with RawClient(shared.address) as client:
        for framing, body in (
            (b"Content-Length: 3", b"abc"),
            (b"Transfer-Encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n"),
        ):
            client.send(POST + b"Expect: 100-continue\r\n" + framing + b"\r\n\r\n")
            assert client.head() == (100, {})
            assert told(client.exchange(body).body)["body"] == "abc"


def test_continue_is_not_sent_when_the_body_is_here_or_there_is_none(shared: LiveServer) -> None:
    with RawClient(shared.address) as client:
        head = POST + b"Expect: 100-continue\r\n"
        assert client.exchange(head + b"Content-Length: 3\r\n\r\nabc").status == 200
        assert client.exchange(head + b"\r\n").status == 200


def test_continue_is_sent_for_a_pipelined_request_when_its_turn_comes(shared: LiveServer) -> None:
    with RawClient(shared.address) as client:
        client.send(GET + b"\r\n" + POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert client.answer().status == 200
        assert client.head() == (100, {})
        assert told(client.exchange(b"abc").body)["body"] == "abc"


@pytest.mark.parametrize(
    "pack",
    [gzip.compress, zlib.compress, lambda data: zlib.compress(data)[2:-4]],
    ids=["gzip", "zlib", "raw deflate"],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_compressed_bodies_are_inflated(shared: LiveServer, pack: Callable[[bytes], bytes], chunked: bool) -> None:
    packed = pack(b'{"model": "m"}')
    coding = b"gzip" if pack is gzip.compress else b"deflate"
    framing = b"Content-Length: %d\r\n\r\n%b" % (len(packed), packed)
    if chunked:
        framing = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed)
    with RawClient(shared.address) as client:
        answer = client.exchange(POST + b"Content-Encoding: " + coding + b"\r\n" + framing)
        assert told(answer.body)["body"] == '{"model": "m"}'


@pytest.mark.parametrize("target", ["/v1/../admin", "/v1/%2e%2e/admin", "//admin", "/v1\\..\\admin", "/%2fadmin"])
def test_a_path_is_never_normalised(shared: LiveServer, target: str) -> None:
    with RawClient(shared.address) as client:
        answer = client.exchange(b"GET %b HTTP/1.1\r\nHost: h\r\n\r\n" % target.encode())
        assert told(answer.body)["path"] == target


def test_an_absolute_target_gives_its_path_and_host(shared: LiveServer) -> None:
    with RawClient(shared.address) as client:
        answer = client.exchange(b"GET http://other:80/b?c HTTP/1.1\r\nHost: h\r\n\r\n")
        assert told(answer.body) == {"method": "GET", "path": "/b", "query": "c", "body": ""}
    assert shared.requests[-1].header(b"host") == b"other:80"


def test_options_may_ask_about_the_server_as_a_whole(shared: LiveServer) -> None:
    with RawClient(shared.address) as client:
        assert told(client.exchange(b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").body)["path"] == "*"


def test_the_application_is_told_who_calls(shared: LiveServer) -> None:
    with RawClient(shared.address) as client:
        client.exchange(GET + b"\r\n")
    assert shared.requests[-1].peer == "127.0.0.1"


def test_an_exception_before_the_answer_becomes_a_500_without_details(serve: Serve) -> None:
    async def broken(request: Request, responder: HttpResponder) -> None:
        if request.path == "/a":
            raise LookupError("a secret detail")
        responder.send(200, [], b"fine")

    server = serve(broken)
    with RawClient(server.address) as client:
        answer = client.exchange(GET + b"\r\n")
        assert answer.status == 500
        assert json.loads(answer.body)["error"]["code"] == "internal_error"
        assert b"secret" not in answer.body
        assert client.exchange(b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n").body == b"fine"
    assert [repr(bug) for bug in server.bugs] == ["LookupError('a secret detail')"]


def test_an_exception_during_the_answer_cuts_it_visibly(serve: Serve) -> None:
    async def broken(request: Request, responder: HttpResponder) -> None:
        responder.start(200, [])
        await responder.write(b"part")
        raise LookupError

    server = serve(broken)
    with RawClient(server.address) as client:
        client.send(GET + b"\r\n")
        client.head()
        assert client.chunk() == b"part"
        with pytest.raises(IncompleteError):
            client.chunk()
    assert len(server.bugs) == 1


@pytest.mark.parametrize("begin", [False, True])
def test_an_application_that_forgets_to_answer_is_a_bug(serve: Serve, begin: bool) -> None:
    async def forgetful(request: Request, responder: HttpResponder) -> None:
        if begin:
            responder.start(200, [])

    server = serve(forgetful)
    with RawClient(server.address) as client:
        if begin:
            with pytest.raises(IncompleteError):
                client.exchange(GET + b"\r\n")
        else:
            assert client.exchange(GET + b"\r\n").status == 500
    assert [type(bug) for bug in server.bugs] == [RuntimeError]


def test_answering_twice_is_a_bug_that_leaves_the_first_answer_alone(serve: Serve) -> None:
    async def twice(request: Request, responder: HttpResponder) -> None:
        responder.send(200, [], b"first")
        if request.query == "send":
            responder.send(200, [], b"second")
        await responder.write(b"more")

    server = serve(twice)
    with RawClient(server.address) as client:
        assert client.exchange(b"GET /?send HTTP/1.1\r\nHost: h\r\n\r\n").body == b"first"
        assert client.exchange(GET + b"\r\n").body == b"first"
    assert [type(bug) for bug in server.bugs] == [RuntimeError, RuntimeError]


def test_an_answer_given_up_is_cut_visibly_in_either_version(serve: Serve) -> None:
    async def give_up(request: Request, responder: HttpResponder) -> None:
        responder.start(200, [])
        await responder.write(b"part")
        responder.abort()

    server = serve(give_up)
    with RawClient(server.address) as client:
        client.send(GET + b"\r\n")
        client.head()
        assert client.chunk() == b"part"
        with pytest.raises(IncompleteError):
            client.chunk()
    with RawClient(server.address) as client, pytest.raises(ConnectionResetError):
        client.exchange(b"GET / HTTP/1.0\r\n\r\n")
    assert server.bugs == []


def test_a_stand_in_engine_can_break_the_wire(serve: Serve) -> None:
    async def rude(request: Request, responder: HttpResponder) -> None:
        responder.write_raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort")
        if request.query == "reset":
            responder.abort(reset=True)

    server = serve(rude)
    with RawClient(server.address) as client:
        with pytest.raises(IncompleteError) as cut:
            client.exchange(GET + b"\r\n")
        assert cut.value.args == (b"short",)
    with RawClient(server.address) as client, pytest.raises((ConnectionResetError, IncompleteError)):
        client.exchange(b"GET /?reset HTTP/1.1\r\nHost: h\r\n\r\n")
    assert server.bugs == []


def test_limits_are_per_request_not_per_connection(serve: Serve) -> None:
    server = serve(limits=Limits(max_body=100, max_head=200, max_headers=5))
    with RawClient(server.address) as client:
        for _ in range(10):
            assert client.exchange(POST + b"A: b\r\nContent-Length: 100\r\n\r\n" + b"x" * 100).status == 200
