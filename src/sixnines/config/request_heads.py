"""The heads of upstream requests, built once per config: everything but the length and what belongs to one request.

Never lets a value end a header: the parts have been checked, and what has not been is refused here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sixnines import __version__
from sixnines.config.secret import Secret
from sixnines.domain.kind import KindInfo
from sixnines.domain.operation import Operation

# Answers of all dialects, streamed or not. `identity` because nothing here decodes content (RFC 9110, section 12.5.3).
_FIXED = (
    ("user-agent", f"sixnines/{__version__}"),
    ("accept", "application/json, text/event-stream, application/x-ndjson"),
    ("accept-encoding", "identity"),
)


@dataclass(frozen=True, slots=True)
class HeadParts:
    """What the heads of one provider are made of.

    Attributes:
        info: the facts of its kind.
        netloc: the Host header.
        base_path: goes before the kind's paths.
        credential: the provider's key, or None.
    """

    info: KindInfo
    netloc: str
    base_path: str
    credential: Secret | None = field(repr=False)


def post_heads(parts: HeadParts) -> Mapping[Operation, bytes]:
    """Per operation: request line and headers, up to and including `content-length: `."""
    tail = _lines([*_headers(parts), ("content-type", "application/json")])
    return {
        operation: f"POST {parts.base_path}{path} HTTP/1.1\r\n{tail}content-length: ".encode("ascii")
        for operation, path in parts.info.paths.items()
    }


def get_head_tail(parts: HeadParts) -> bytes:
    """What follows the target of a GET: version, headers, empty line."""
    return f" HTTP/1.1\r\n{_lines(_headers(parts))}\r\n".encode("ascii")


def _headers(parts: HeadParts) -> list[tuple[str, str]]:
    headers = [("host", parts.netloc), *_FIXED, *parts.info.fixed_headers]
    if parts.credential is not None:
        headers.append((parts.info.key_header, parts.info.key_prefix + parts.credential.reveal()))
    return headers


def _lines(headers: list[tuple[str, str]]) -> str:
    if any("\r" in value or "\n" in value for _, value in headers):
        raise ValueError("a header value holds a line break")
    return "".join(f"{name}: {value}\r\n" for name, value in headers)
