"""The limits of the response parser, to the byte. What it accepts and refuses is shown over sockets and by laws."""

import gc
import sys

import pytest

from sixnines.transport.framing import (
    MAX_BARREN,
    MAX_FIELDS,
    MAX_HEAD,
    MAX_INTERIM,
    ResponseParser,
    Violation,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def parse(*cuts: bytes) -> tuple[ResponseParser, list[tuple[bytes, bytes]], bytes]:
    parser = ResponseParser()
    headers: list[tuple[bytes, bytes]] = []
    pieces: list[bytes] = []
    parser.begin(headers, pieces)
    for cut in cuts:
        parser.feed(cut)
    return parser, headers, b"".join(pieces)


def head_of(size: int) -> bytes:
    start, end = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nFiller: ", b"\r\n\r\n"
    return start + b"x" * (size - len(start) - len(end)) + end


def bytewise(data: bytes) -> list[bytes]:
    return [data[index : index + 1] for index in range(len(data))]


@pytest.mark.parametrize("cut", [lambda data: [data], bytewise])
def test_a_head_of_exactly_the_limit_is_read_and_one_byte_more_is_not(cut: object) -> None:
    parser, headers, body = parse(*cut(head_of(MAX_HEAD) + b"ok"))
    assert (parser.status, len(headers), body, parser.complete) == (200, 2, b"ok", True)
    with pytest.raises(Violation, match="larger than 64 KiB"):
        parse(*cut(head_of(MAX_HEAD + 1) + b"ok"))


def test_interim_heads_count_towards_the_limit() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * (MAX_HEAD // 2) + b"\r\n\r\n"
    assert parse(interim, OK)[0].complete
    with pytest.raises(Violation, match="larger than 64 KiB"):
        parse(interim, interim, OK)


def test_as_many_fields_as_the_limit_are_read_and_one_more_is_not() -> None:
    fields = b"A: b\r\n" * (MAX_FIELDS - 1)
    assert len(parse(b"HTTP/1.1 200 OK\r\n" + fields + OK[17:])[1]) == MAX_FIELDS
    with pytest.raises(Violation, match="more than 200 header fields"):
        parse(b"HTTP/1.1 200 OK\r\n" + fields + b"A: b\r\n" + OK[17:])


def test_as_many_interim_responses_as_the_limit_are_skipped_and_one_more_is_not() -> None:
    interim = b"HTTP/1.1 102 Processing\r\n\r\n"
    assert parse(interim * MAX_INTERIM + OK)[0].complete
    with pytest.raises(Violation, match="more than 16 interim responses"):
        parse(interim * (MAX_INTERIM + 1) + OK)


def test_bytes_without_content_are_limited_but_content_starts_the_count_again() -> None:
    start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    extension = [b"2;", b"x" * (MAX_BARREN - 4), b"\r\n", b"ok\r\n"]
    _, _, body = parse(start, *extension, *extension, *extension)
    assert body == b"ok" * 3
    with pytest.raises(Violation, match="chunk extensions or trailers"):
        parse(start, *extension[:2], b"xxxxx")


@pytest.mark.parametrize("surplus", [OK, b"H", b"garbage"])
def test_surplus_is_noticed_and_not_taken_for_content(surplus: bytes) -> None:
    parser, headers, body = parse(OK + surplus)
    assert (parser.complete, parser.surplus, body, len(headers)) == (True, True, b"ok", 1)
    assert not parse(OK)[0].surplus
    parser, headers, pieces = parse(OK)[0], [], []  # nor where the response is like the last one
    parser.begin(headers, pieces)
    parser.feed(OK + surplus)
    assert (parser.complete, parser.surplus, pieces, len(headers)) == (True, True, [b"ok"], 1)


def test_one_parser_reads_response_after_response() -> None:
    parser = ResponseParser()
    for number in range(3):
        headers: list[tuple[bytes, bytes]] = []
        pieces: list[bytes] = []
        parser.begin(headers, pieces)
        assert (parser.silent, parser.status, parser.complete) == (True, 0, False)
        parser.feed(b"HTTP/1.1 20%d Fine\r\nContent-Length: 1\r\n\r\n%d" % (number, number))
        assert (parser.silent, parser.status, parser.complete, parser.keep_alive) == (False, 200 + number, True, True)
        assert (headers, pieces) == ([(b"content-length", b"1")], [b"%d" % number])


@pytest.mark.parametrize(
    ("response", "status"),
    [
        (OK, 200),
        (OK.replace(b"200", b"201"), 201),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200),
    ],
)
def test_the_same_response_is_read_the_same_way_each_time(response: bytes, status: int) -> None:
    parser = ResponseParser()
    seen = []
    for _ in range(3):
        headers: list[tuple[bytes, bytes]] = []
        pieces: list[bytes] = []
        parser.begin(headers, pieces)
        parser.feed(response)
        seen.append((parser.status, parser.complete, parser.keep_alive, headers, b"".join(pieces)))
    assert seen[0] == (status, True, True, headers, b"ok")
    assert seen[0] == seen[1] == seen[2]


def test_nothing_is_read_after_a_response_that_is_to_be_the_last() -> None:
    parser = ResponseParser()
    last = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    parser.begin([], [])
    parser.feed(last)
    assert (parser.complete, parser.keep_alive) == (True, False)
    parser.begin([], [])
    with pytest.raises(Violation):
        parser.feed(last)


@pytest.mark.parametrize("fields", [b"", b"Connection: upgrade\r\nUpgrade: websocket\r\n"])
def test_a_switch_of_protocols_is_refused_by_name(fields: bytes) -> None:
    with pytest.raises(Violation, match="switched protocols"):
        parse(b"HTTP/1.1 101 Switching\r\n%b\r\n" % fields)


def test_the_terms_of_an_interim_response_do_not_hold() -> None:
    parser, _, _ = parse(b"HTTP/1.1 100 Continue\r\nKeep-Alive: timeout=0\r\n\r\n" + OK)
    assert parser.keep_alive_terms == b""


def test_violations_quote_nothing_of_what_came() -> None:
    with pytest.raises(Violation) as caught:
        parse(b"HTTP/1.1 200 OK\r\nAuthorization : secret\r\n\r\n")
    assert "secret" not in str(caught.value)
    assert "Authorization" not in str(caught.value)


def test_a_disposed_parser_needs_no_garbage_collection() -> None:
    parser, pieces = ResponseParser(), list[bytes]()
    parser.begin([], pieces)
    held = sys.getrefcount(pieces)
    gc.disable()
    try:
        parser.dispose()
        del parser
        assert sys.getrefcount(pieces) == held - 1
    finally:
        gc.enable()
