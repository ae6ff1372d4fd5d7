"""Laws of the event splitter, against a reader of event streams that is slow and plainly the standard's text."""

from hypothesis import example, given
from hypothesis import strategies as st

from sixnines.dialects.sse import SseEvent, SseSplitter
from support.cuts import cut, cut_places

# Biased to the grammar: its field names, its separators, its line ends, and what only looks like them.
PIECES = st.sampled_from([
    b"data: ", b"data:", b"data", b"data : ", b" data: ", b"event: ", b"event:", b"id: 1", b"retry: 5", b":", b": ping",
    b"\n", b"\n\n", b"\r", b"\r\r", b"\r\n", b"\r\n\r\n", b" ", b"  ", b"x", b'{"a":1}', b"[DONE]", b"ping", b"\0",
    b"\xef\xbb\xbf", b"\xef", b"\xbb\xbf", b"\xc3\xa9", b"\xff", b"\x0b", b"\x85", b"\xe2\x80\xa8",
])  # fmt: skip
STREAMS = st.lists(PIECES | st.binary(max_size=3), max_size=40).map(b"".join)
# What engines send: events of one line, now and then a comment, a name or a second line.
EVENTS = st.lists(
    st.sampled_from([
        b'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n', b"data: [DONE]\n\n", b"data: \n\n", b"data:\n\n", b":\n\n",
        b"event: ping\ndata: {}\n\n", b"data: a\ndata: b\n\n", b'data: {"a":1}\r\n\r\n', b"event: lost\n\n", b"\n",
        b"data: x\r\r", b"event: a\r\nevent: b\r\ndata:  two\r\n\r\n",
    ]),
    max_size=12,
).map(b"".join)  # fmt: skip


def read_by_the_book(stream: bytes) -> list[SseEvent]:
    """WHATWG HTML, sections 9.2.5 and 9.2.6, step by step."""
    stream = stream.removeprefix(b"\xef\xbb\xbf")
    stream = stream.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    *lines, _unfinished = stream.split(b"\n")
    events: list[SseEvent] = []
    data, kind = b"", b""
    for line in lines:
        if line == b"":
            if data == b"":
                kind = b""
                continue
            events.append(SseEvent(kind, data[:-1]))
            data, kind = b"", b""
        elif line.startswith(b":"):
            continue
        else:
            field, value = line, b""
            if b":" in line:
                field, value = line[: line.index(b":")], line[line.index(b":") + 1 :]
            if value.startswith(b" "):
                value = value[1:]
            if field == b"event":
                kind = value
            elif field == b"data":
                data += value + b"\n"
    return events


def split(pieces: list[bytes], limit: int = 1024 * 1024) -> tuple[list[SseEvent], bool]:
    splitter = SseSplitter(limit)
    return [event for piece in pieces for event in splitter.feed(piece)], splitter.overflow


@given(STREAMS | EVENTS, cut_places())
@example(b"\xef\xbb\xbfdata: x\n\n", [1, 2])
@example(b"data: x\r\n\r\ndata: y\r\n\r\n", [8, 9, 10, 11])
@example(b"data: a\n\n\ndata: b\n\n", [])
@example(b"data: a\n\ndata: b\ndata: c\n\n", [])
def test_the_splitter_reads_as_the_standard_says_however_the_stream_is_cut(stream: bytes, at: list[int]) -> None:
    assert split(cut(stream, at)) == (read_by_the_book(stream), False)


@given(STREAMS | EVENTS, cut_places(), st.integers(1, 40))
def test_whether_a_stream_overflows_does_not_depend_on_the_cuts(stream: bytes, at: list[int], limit: int) -> None:
    assert split(cut(stream, at), limit) == split([stream], limit)


@given(EVENTS, st.integers(1, 40))
def test_what_comes_before_an_overflow_is_the_beginning_of_what_would_have_come(stream: bytes, limit: int) -> None:
    events, overflowed = split([stream], limit)
    everything = read_by_the_book(stream)
    assert events == everything[: len(events)]
    assert overflowed or events == everything


@given(st.integers(1, 60), st.sampled_from([b"x", b"data: x", b"data: x\n", b": x", b"event: x"]))
def test_nothing_is_kept_beyond_the_limit(limit: int, piece: bytes) -> None:
    splitter = SseSplitter(limit)
    for _ in range(200):
        assert splitter.feed(piece) == []
    assert splitter.overflow
    assert splitter.feed(b"\n\ndata: late\n\n") == []
