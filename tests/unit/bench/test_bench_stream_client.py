"""The bench's own caller of streams sees every way in which a stream can be wrong."""

import asyncio

import pytest

from support.bench_scripts import load_bench

client = load_bench("loads.stream_client")

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
ROLE = b'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n'
FINISH = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
USAGE = b'data: {"choices":[],"usage":{"total_tokens":3}}\n\n'
DONE = b"data: [DONE]\n\n"
END = b"0\r\n\r\n"
TOKENS = 3


class FakeTransport(asyncio.Transport):
    """Takes the request and notes whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.sent += data

    def abort(self) -> None:
        self.aborted = True


def number(text: str) -> bytes:
    return b'data: {"choices":[{"delta":{"content":"%b"}}]}\n\n' % text.encode()


def framed(*events: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(event), event) for event in events)


def play(*answers: bytes, cut: int | None = None) -> tuple[object, object, FakeTransport]:
    """A stream that gets these bytes, in pieces of `cut` bytes if that is given."""
    group = client.Group(1, b"POST / HTTP/1.1\r\n\r\n", TOKENS)
    stream = client.Stream(group, 0.0)
    transport = FakeTransport()
    stream.connection_made(transport)
    data = b"".join(answers)
    for start in range(0, len(data), cut or len(data)):
        stream.data_received(data[start : start + (cut or len(data))])
    return group, stream, transport


RIGHT = HEAD + framed(ROLE, number("0"), number(" 1"), number(" 2"), FINISH, USAGE, DONE) + END


@pytest.mark.parametrize("cut", [None, 1, 7])
async def test_a_right_stream_is_right_however_it_is_cut(cut: int | None) -> None:
    group, stream, transport = play(RIGHT, cut=cut)
    assert group.faults == []
    assert (group.chunks, len(group.first_s), len(group.gaps)) == (TOKENS, 1, TOKENS - 1)
    assert (group.open_now, group.most_open) == (0, 1)
    assert stream.begun.done()
    assert stream.ended.done()
    assert transport.sent == group.request


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        ((number("0"), number(" 2"), FINISH, DONE), "chunk ' 2' came where ' 1' was due"),
        ((number("0"), number("0"), number(" 1"), FINISH, DONE), "chunk '0' came where ' 1' was due"),
        ((number("0"), number(" 1"), FINISH, DONE), "[DONE] after 2 of 3 chunks"),
        ((number("0"), number(" 1"), number(" 2"), DONE), "[DONE] after 3 of 3 chunks"),
        ((b"data: {broken\n\n",), "no chunk"),
        ((number("0"), b'data: {"error":{"code":"truncated"}}\n\n', DONE), "error event after 1 chunks"),
    ],
    ids=["lost", "repeated", "short", "no finish reason", "garbage", "error event"],
)
async def test_a_wrong_stream_is_one_fault(events: tuple[bytes, ...], fault: str) -> None:
    group, stream, _ = play(HEAD, framed(*events), END)
    assert len(group.faults) == 1
    assert group.faults[0].startswith(fault)
    assert stream.ended.done()
    assert group.open_now == 0


async def test_a_stream_without_its_terminator_is_a_fault() -> None:
    group, _, _ = play(HEAD, framed(number("0"), number(" 1"), number(" 2"), FINISH), END)
    assert group.faults == ["ended without [DONE]"]


async def test_a_cut_connection_is_a_fault_only_while_the_stream_is_open() -> None:
    group, stream, _ = play(RIGHT)
    stream.connection_lost(None)
    assert group.faults == []
    group, stream, _ = play(HEAD, framed(number("0")))
    assert group.open_now == 1
    stream.connection_lost(ConnectionResetError("reset"))
    assert group.faults == ["cut after 1 of 3 chunks (reset)"]
    assert group.open_now == 0


async def test_an_error_status_and_bytes_that_are_no_http_are_faults() -> None:
    group, _, transport = play(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")
    assert group.faults == ["status 503"]
    assert transport.aborted
    group, _, _ = play(b"SSH-2.0-OpenSSH_9.2p1\r\n")
    assert group.faults[0].startswith("no HTTP")


async def test_a_stream_that_is_given_up_says_how_far_it_came() -> None:
    group, stream, _ = play(HEAD, framed(number("0"), number(" 1")))
    stream.give_up()
    assert group.faults == ["still open with 2 of 3 chunks"]


async def test_nobody_who_listens_is_a_fault_and_not_an_error() -> None:
    server = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    group = client.Group(port, b"", TOKENS)
    assert await client.open_stream(group, 0.0) is None
    assert group.faults[0].startswith("not connected")


async def test_a_comment_is_no_chunk() -> None:
    group, stream, _ = play(HEAD, framed(b": ping\n\n", number("0"), number(" 1"), number(" 2"), FINISH, DONE), END)
    assert group.faults == []
    assert stream.ended.done()


async def test_gaps_are_noted_only_while_as_many_are_open_as_there_are_to_be() -> None:
    group = client.Group(1, b"", TOKENS, full=2)
    first, second = client.Stream(group, 0.0), client.Stream(group, 0.0)
    for stream in (first, second):
        stream.connection_made(FakeTransport())
    first.data_received(HEAD + framed(number("0"), number(" 1")))
    assert group.gaps == []
    second.data_received(HEAD + framed(number("0"), number(" 1")))
    assert len(group.gaps) == 1
