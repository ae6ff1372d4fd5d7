import gzip
import zlib

import pytest

from sixnines.server.body import ChunkedBody, Content, SizedBody, held_back
from sixnines.server.refused import Reason, Refused

LIMIT = 1000


def content(coding: str | None, *pieces: bytes, limit: int = LIMIT) -> bytes:
    made = Content(coding, limit)
    for piece in pieces:
        made.add(piece)
    return made.finish()


def chunked(*feeds: bytes, limit: int = LIMIT) -> tuple[ChunkedBody, bytes]:
    body = ChunkedBody(Content(None, limit), limit)
    rest = b""
    for feed in feeds:
        rest += body.feed(feed)
    return body, rest


def raw_deflate(data: bytes) -> bytes:
    made = zlib.compressobj(wbits=-15)
    return made.compress(data) + made.flush()


def bits(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def test_pieces_are_put_together() -> None:
    assert content(None, b"ab", b"c", b"d") == b"abcd"
    assert content(None) == b""


def test_as_much_as_the_limit_is_read_and_not_a_byte_more() -> None:
    assert content(None, b"x" * 600, b"x" * 400) == b"x" * 1000
    with pytest.raises(Refused) as refused:
        content(None, b"x" * 600, b"x" * 401)
    assert refused.value.reason is Reason.BODY_TOO_LARGE


@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", raw_deflate)],
    ids=["gzip", "zlib", "raw deflate"],
)
def test_compressed_content_is_inflated_whole_or_bit_by_bit(coding: str, pack: object) -> None:
    plain = bytes(range(256)) * 3
    packed = pack(plain)  # type: ignore[operator]
    assert content(coding, packed) == plain
    assert content(coding, *bits(packed)) == plain


@pytest.mark.parametrize("cut", [1, 100])
def test_a_bomb_stops_at_the_limit(cut: int) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    made = Content("gzip", LIMIT)

    def take_all() -> None:
        for at in range(0, len(bomb), cut):
            made.add(bomb[at : at + cut])

    with pytest.raises(Refused) as refused:
        take_all()
    assert refused.value.reason is Reason.BODY_TOO_LARGE
    assert len(made._data) <= LIMIT


def test_content_that_inflates_to_exactly_the_limit_is_read() -> None:
    assert content("gzip", gzip.compress(b"x" * LIMIT)) == b"x" * LIMIT
    with pytest.raises(Refused):
        content("gzip", gzip.compress(b"x" * (LIMIT + 1)))


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize(
    "break_it",
    [
        lambda packed: packed[:-1],
        lambda packed: packed[: len(packed) // 2],
        lambda packed: packed + b"x",
        lambda packed: packed + packed,
        lambda packed: b"{" + packed,
        lambda packed: packed[:-3] + bytes([packed[-3] ^ 1]) + packed[-2:],
    ],
    ids=["no last byte", "half of it", "a byte more", "twice", "a byte before", "a wrong check sum"],
)
def test_broken_compression_is_refused(coding: str, break_it: object) -> None:
    packed = (gzip.compress if coding == "gzip" else zlib.compress)(b"some text, some more text" * 9)
    with pytest.raises(Refused) as refused:
        content(coding, break_it(packed))  # type: ignore[operator]
    assert refused.value.reason is Reason.MALFORMED
    assert coding in refused.value.message


def test_an_empty_body_needs_no_compression() -> None:
    assert content("gzip") == b""


def test_a_sized_body_ends_where_it_says() -> None:
    body = SizedBody(Content(None, LIMIT), 5)
    assert body.feed(b"ab") == b""
    assert not body.complete
    assert body.feed(b"cdeGET") == b"GET"
    assert body.complete
    assert body.content.finish() == b"abcde"


def test_a_chunked_body_ends_with_its_last_chunk() -> None:
    body, rest = chunked(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n")
    assert body.complete
    assert body.content.finish() == b"abcde"
    assert rest == b"GET / HTTP/1.1\r\n\r\n"


def test_a_chunk_may_hold_what_looks_like_the_end() -> None:
    inside = b"\r\n\r\n0\r\n\r\n"
    body, rest = chunked(*bits(b"9\r\n" + inside + b"\r\n0\r\n\r\n"), b"next")
    assert body.complete
    assert body.content.finish() == inside
    assert rest == b"next"


def test_trailers_are_dropped() -> None:
    body, rest = chunked(b"1\r\na\r\n0\r\nx-checksum: 1\r\nhost: evil\r\n\r\nnext")
    assert body.complete
    assert body.content.finish() == b"a"
    assert rest == b"next"


@pytest.mark.parametrize(
    "framed",
    [
        b"3\nabc\r\n0\r\n\r\n",
        b"3\r\nabc\n0\r\n\r\n",
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"x\r\nabc\r\n0\r\n\r\n",
        b"0x3\r\nabc\r\n0\r\n\r\n",
        b"-3\r\nabc\r\n0\r\n\r\n",
        b"+3\r\nabc\r\n0\r\n\r\n",
        b"3 \r\nabc\r\n0\r\n\r\n",
        b" 3\r\nabc\r\n0\r\n\r\n",
        b"\r\nabc\r\n0\r\n\r\n",
        b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
        b"3;a\nb\r\nabc\r\n0\r\n\r\n",
        b"3\r\nabc\r\n0\r\nbad trailer\r\n\r\n",
        b"3\r\nabc\r\n0\r\n x: y\r\n\r\n",
        b"3\r\nabc\r\n0\r\nx: y\nz: 1\r\n\r\n",
        b"3\r\nabc\r\n0\r\ncontent-length: 3\r\n\r\n",
    ],
)
def test_malformed_chunks_are_refused(framed: bytes) -> None:
    with pytest.raises(Refused) as refused:
        chunked(framed)
    assert refused.value.reason is Reason.MALFORMED


def test_a_chunked_body_over_the_limit_is_refused_when_it_gets_there() -> None:
    with pytest.raises(Refused) as refused:
        chunked(b"ffffff\r\n" + b"x" * (LIMIT + 1))
    assert refused.value.reason is Reason.BODY_TOO_LARGE


@pytest.mark.parametrize("framing", [b"0\r\n" + b"x: y\r\n" * 5000, b"1;" + b"x" * 20_000])
def test_framing_without_end_is_refused(framing: bytes) -> None:
    with pytest.raises(Refused) as refused:
        chunked(*(framing[at : at + 1000] for at in range(0, len(framing), 1000)))
    assert refused.value.reason is Reason.BODY_TOO_LARGE


def test_a_body_of_one_byte_chunks_is_no_waste() -> None:
    body, _ = chunked(b"1\r\nx\r\n" * LIMIT + b"0\r\n\r\n")
    assert body.content.finish() == b"x" * LIMIT


@pytest.mark.parametrize(
    ("data", "size"), [(b"ab", 0), (b"a\r", 1), (b"a\r\n", 2), (b"a\r\n\r", 3), (b"\n", 0), (b"\r\r", 1), (b"\n\r", 1)]
)
def test_only_a_possible_beginning_of_the_end_is_held_back(data: bytes, size: int) -> None:
    assert held_back(data) == size
