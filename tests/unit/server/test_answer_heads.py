import pytest

from sixnines.server.answer import DateLine, render_head, render_lines


class StoppedClock:
    def __init__(self, now_s: float) -> None:
        self.now_s = now_s

    def monotonic_s(self) -> float:
        return self.now_s

    def unix_s(self) -> float:
        return self.now_s


def test_a_head_has_status_date_headers_and_framing() -> None:
    head = render_head(404, [(b"a", b"b"), (b"c", b"")], b"date: now", b"content-length: 0\r\n\r\n")
    assert head == b"HTTP/1.1 404 Not Found\r\ndate: now\r\na: b\r\nc: \r\ncontent-length: 0\r\n\r\n"


def test_headers_may_be_lines_already() -> None:
    headers = [(b"a", b"b"), (b"c", b"")]
    lines = render_lines(headers)
    assert lines == b"a: b\r\nc: \r\n"
    assert render_head(200, lines, b"date: now", b"\r\n") == render_head(200, headers, b"date: now", b"\r\n")


def test_a_status_without_a_registered_phrase_has_none() -> None:
    assert render_head(529, [], b"date: now", b"\r\n").startswith(b"HTTP/1.1 529 \r\n")


@pytest.mark.parametrize("header", [(b"a", b"b\r\nc: d"), (b"a", b"b\nc"), (b"a", b"b\rc"), (b"a\r\n\r\nb", b"c")])
def test_a_line_break_in_a_header_never_gets_on_the_wire(header: tuple[bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="line break"):
        render_head(200, [header], b"date: now", b"\r\n")


def test_the_date_is_rendered_once_a_second() -> None:
    clock = StoppedClock(784111777.0)  # the example of RFC 9110 section 5.6.7
    dates = DateLine(clock)
    first = dates.current()
    assert first == b"date: Sun, 06 Nov 1994 08:49:37 GMT"
    clock.now_s += 0.99
    assert dates.current() is first
    clock.now_s += 0.01
    assert dates.current() == b"date: Sun, 06 Nov 1994 08:49:38 GMT"
    clock.now_s -= 5  # the wall clock may go back
    assert dates.current() == b"date: Sun, 06 Nov 1994 08:49:33 GMT"
