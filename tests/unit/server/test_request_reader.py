import pytest

from sixnines.server.interface import Limits, Request
from sixnines.server.reader import Phase, RequestReader
from sixnines.server.refused import Reason, Refused

GET = b"GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n"


def reader(**limits: int) -> RequestReader:
    return RequestReader(Limits(**limits), "192.0.2.1")  # type: ignore[arg-type]


def reason(data: bytes, **limits: int) -> Reason:
    with pytest.raises(Refused) as refused:
        reader(**limits).feed(data)
    return refused.value.reason


def test_a_request_is_read_whole() -> None:
    made = reader().feed(b"POST /a?b HTTP/1.1\r\nHost: h\r\nX-Y:  z \t\r\nContent-Length: 3\r\n\r\nabc")
    assert made == Request(
        method="POST",
        path="/a",
        query="b",
        headers=[(b"host", b"h"), (b"x-y", b"z"), (b"content-length", b"3")],
        body=b"abc",
        peer="192.0.2.1",
    )


def test_what_follows_a_request_waits_for_the_next_call() -> None:
    reads = reader()
    first = reads.feed(GET + GET.replace(b"/a", b"/c") + b"GET")
    assert first is not None
    assert first.path == "/a"
    assert reads.held == len(GET) + 3
    second = reads.feed(b"")
    assert second is not None
    assert second.path == "/c"
    assert reads.feed(b"") is None
    assert reads.phase is Phase.HEAD


def test_bytes_that_are_held_come_first() -> None:
    reads = reader()
    assert reads.hold(GET[:5]) == 5
    assert reads.hold(GET[5:9]) == 9
    assert reads.feed(GET[9:]) is not None


def test_the_phase_says_what_is_missing() -> None:
    reads = reader()
    assert reads.phase is Phase.IDLE
    reads.feed(b"\r\n\r\n")
    assert reads.phase is Phase.IDLE
    reads.feed(b"POST / HTTP/1.1\r\nHost: h\r\n")
    assert reads.phase is Phase.HEAD
    reads.feed(b"Content-Length: 2\r\n\r\nx")
    assert reads.phase is Phase.BODY
    reads.feed(b"y")
    assert reads.phase is Phase.IDLE


def test_empty_lines_before_a_request_are_skipped() -> None:
    assert reader().feed(b"\r\n\r\n" + GET) is not None


def test_a_head_may_be_as_long_as_the_limit_and_no_longer() -> None:
    assert reader(max_head=len(GET)).feed(GET) is not None
    assert reason(GET, max_head=len(GET) - 1) is Reason.HEAD_TOO_LARGE


def test_a_head_without_end_is_refused_at_the_limit() -> None:
    reads = reader(max_head=1000)
    begin = b"GET / HTTP/1.1\r\nHost: h\r\nX: "
    reads.feed(begin)
    for _ in range(1000 - len(begin)):
        assert reads.feed(b"x") is None
    with pytest.raises(Refused) as refused:
        reads.feed(b"x")
    assert refused.value.reason is Reason.HEAD_TOO_LARGE


def test_there_may_be_as_many_headers_as_the_limit_and_no_more() -> None:
    def with_headers(count: int) -> bytes:
        return b"GET / HTTP/1.1\r\nHost: h\r\n" + b"a:\r\n" * (count - 1) + b"\r\n"

    made = reader(max_headers=10).feed(with_headers(10))
    assert made is not None
    assert len(made.headers) == 10
    assert reason(with_headers(11), max_headers=10) is Reason.HEAD_TOO_LARGE
    assert reason(with_headers(5000), max_headers=10) is Reason.HEAD_TOO_LARGE


def test_a_target_may_be_8_kib_long_and_no_longer() -> None:
    made = reader().feed(b"GET /" + b"a" * 8191 + b" HTTP/1.1\r\nHost: h\r\n\r\n")
    assert made is not None
    assert len(made.path) == 8192
    assert reason(b"GET /" + b"a" * 8192) is Reason.TARGET_TOO_LONG
    assert reason(b"GET /" + b"a" * 200_000) is Reason.TARGET_TOO_LONG


def test_a_trailer_never_becomes_a_header() -> None:
    made = reader().feed(
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1\r\nx\r\n0\r\nAuthorization: Bearer stolen\r\n\r\n"
    )
    assert made is not None
    assert made.body == b"x"
    assert [name for name, _ in made.headers] == [b"host", b"transfer-encoding"]


def test_the_body_behind_an_offer_of_http_2_is_read() -> None:
    offer = b"Host: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
    sized = reader().feed(b"POST / HTTP/1.1\r\n" + offer + b"Content-Length: 3\r\n\r\nabc")
    chunked = reader().feed(b"POST / HTTP/1.1\r\n" + offer + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
    assert sized is not None
    assert sized.body == b"abc"
    assert chunked is not None
    assert chunked.body == b"x"


def test_a_wish_for_continue_is_told_once_and_only_while_the_body_is_awaited() -> None:
    head = b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    reads = reader()
    reads.feed(head)
    assert [reads.take_continue(), reads.take_continue()] == [True, False]
    reads = reader()
    reads.feed(head + b"x")
    assert not reads.take_continue()
    reads = reader()
    reads.feed(head + b"xy")
    assert not reads.take_continue()


def test_whether_the_method_is_head_is_known_even_when_the_rest_is_refused() -> None:
    reads = reader()
    with pytest.raises(Refused):
        reads.feed(b"HEAD / HTTP/1.1\r\nHost: a b\r\n\r\n")
    assert reads.is_head
    reads = reader()
    assert reads.feed(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n") is not None
    assert reads.is_head


def test_a_refusal_of_http_2_says_so() -> None:
    with pytest.raises(Refused) as refused:
        reader().feed(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    assert refused.value.message == "HTTP/2.0 is not spoken here: use HTTP/1.1."
