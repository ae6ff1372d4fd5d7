"""Reads recorded HTTP answers from `tests/fixtures/captures/<engine>/<case>.http`: the bytes as they came."""

from dataclasses import dataclass
from pathlib import Path

CAPTURES = Path(__file__).parent.parent / "fixtures" / "captures"


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """Status, headers (lower-case names) and body; a chunked body is joined."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def read_recorded_answer(name: str) -> RecordedAnswer:
    """The answer recorded as `engine/case`."""
    head, _, body = (CAPTURES / f"{name}.http").read_bytes().partition(b"\r\n\r\n")
    status_line, *lines = head.split(b"\r\n")
    headers = []
    for line in lines:
        key, _, value = line.partition(b":")
        headers.append((key.strip().lower(), value.strip()))
    if (b"transfer-encoding", b"chunked") in headers:
        body = _joined(body)
    return RecordedAnswer(int(status_line.split(b" ")[1]), headers, body)


def recorded_names() -> list[str]:
    """Every recording there is, as `engine/case`."""
    return sorted(f"{path.parent.name}/{path.stem}" for path in CAPTURES.glob("*/*.http"))


def _joined(body: bytes) -> bytes:
    """The data of a chunked body (RFC 9112 section 7.1), as far as it was recorded."""
    pieces = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        if length == 0:
            break
        pieces.append(rest[:length])
        body = rest[length + 2 :]
    return b"".join(pieces)
