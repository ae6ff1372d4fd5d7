"""Laws of the line splitter, against `bytes.split`."""

from hypothesis import given
from hypothesis import strategies as st

from sixnines.dialects.ndjson import LineSplitter
from support.cuts import cut, cut_places

STREAMS = st.lists(
    st.sampled_from([b"\n", b"\r\n", b"\n\n", b" \n", b'{"done":true}', b'{"a":"\\n"}', b"\xe2\x80\xa8", b"\r", b" "])
    | st.binary(max_size=3),
    max_size=30,
).map(b"".join)


def split(pieces: list[bytes], limit: int = 1024 * 1024) -> tuple[list[bytes], bool]:
    splitter = LineSplitter(limit)
    lines = [line for piece in pieces for line in splitter.feed(piece)]
    return lines + splitter.end(), splitter.overflow


@given(STREAMS, cut_places())
def test_lines_are_what_stands_between_line_feeds_however_the_stream_is_cut(stream: bytes, at: list[int]) -> None:
    lines = [line.strip() for line in stream.split(b"\n")]
    assert split(cut(stream, at)) == ([line for line in lines if line], False)


@given(STREAMS, cut_places(), st.integers(1, 20))
def test_whether_a_line_overflows_does_not_depend_on_the_cuts(stream: bytes, at: list[int], limit: int) -> None:
    assert split(cut(stream, at), limit) == split([stream], limit)


@given(st.integers(1, 60))
def test_nothing_is_kept_beyond_the_limit(limit: int) -> None:
    splitter = LineSplitter(limit)
    for _ in range(limit + 1):
        assert splitter.feed(b"x") == []
    assert splitter.overflow
    assert splitter.feed(b"\nlate\n") == []
    assert splitter.end() == []
