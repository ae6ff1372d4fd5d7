"""The rules a request head must keep, beyond the grammar that the parser has already enforced.

Pure. Never repairs a head: what two readers could understand differently is refused, because a proxy in front of
us may have understood it the other way (request smuggling, RFC 9112 section 11.2). Never normalises a path.
"""

import msgspec

from sixnines.server.interface import Limits
from sixnines.server.refused import Reason, Refused

MAX_TARGET = 8192
"""Bytes of request target; RFC 9112 section 3 asks for at least 8000."""

_RULED = frozenset(
    (
        b"connection",
        b"content-encoding",
        b"content-length",
        b"expect",
        b"host",
        b"transfer-encoding",
        b"upgrade",
    )
)
_ONCE = frozenset((b"content-length", b"host", b"transfer-encoding"))
_CODINGS = {
    b"": None,
    b"identity": None,
    b"gzip": "gzip",
    b"x-gzip": "gzip",  # RFC 9110 section 8.4.1.3: the same coding
    b"deflate": "deflate",
}
# uri-host and port of RFC 3986 section 3.2, without userinfo: sub-delims, unreserved, percent, colon, brackets
_HOST_BYTES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=%:[]"

Headers = list[tuple[bytes, bytes]]


class Head(msgspec.Struct):
    """A request head that passed.

    Attributes:
        method: as sent.
        version: `1.1` or `1.0`.
        path: still percent-encoded, never normalised; `*` for `OPTIONS *`.
        query: after the first `?`, or "".
        headers: lower-case names, wire order; the Host of an absolute-form target is the target's.
        length: bytes of body on the wire; None when it is chunked.
        coding: `gzip`, `deflate` or None for a plain body.
        keep_alive: the caller wants to send another request on this connection.
        expects_continue: the caller waits for `100 Continue` before it sends the body.
    """

    method: str
    version: str
    path: str
    query: str
    headers: Headers
    length: int | None
    coding: str | None
    keep_alive: bool
    expects_continue: bool


def check_head(start_line: tuple[str, str, str], headers: Headers, limits: Limits) -> Head:
    """Apply every rule.

    Args:
        start_line: method, target, and version as `major.minor`.
        headers: lower-case names, wire order.
        limits: `max_body` is the one that counts here.

    Raises:
        Refused: the first rule that the head breaks.
    """
    method, target, version = start_line
    if version not in ("1.1", "1.0"):
        raise Refused(Reason.UNKNOWN_VERSION, f"HTTP/{version} is not spoken here: use HTTP/1.1.")
    modern = version == "1.1"
    found = _ruled_headers(headers)
    _check_host(found.get(b"host"), modern=modern)
    options = _tokens(found[b"connection"]) if b"connection" in found else []
    _check_upgrade(method, found.get(b"upgrade"), options)
    length = _body_length(found, modern=modern, max_body=limits.max_body)
    authority, path, query = _split_target(method, target)
    if authority is not None:  # it stands in for Host: RFC 9112 section 3.2.2
        headers = [(b"host", authority), *(header for header in headers if header[0] != b"host")]
    return Head(
        method=method,
        version=version,
        path=path,
        query=query,
        headers=headers,
        length=length,
        coding=_coding(found[b"content-encoding"]) if b"content-encoding" in found else None,
        keep_alive=b"close" not in options if modern else b"keep-alive" in options,
        expects_continue=modern and b"expect" in found and _expects_continue(found[b"expect"]),
    )


def _ruled_headers(headers: Headers) -> dict[bytes, bytes]:
    """The headers that a rule here reads; repeated lists are joined (RFC 9110 section 5.3)."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _RULED:
            if name not in found:
                found[name] = value
            elif name in _ONCE:
                raise Refused(Reason.MALFORMED, f"The header {name.decode()} must be given once.")
            else:
                found[name] += b"," + value
    return found


def _tokens(value: bytes) -> list[bytes]:
    return [token.strip(b" \t") for token in value.lower().split(b",")]


def _check_host(host: bytes | None, *, modern: bool) -> None:
    """RFC 9112 section 3.2: an HTTP/1.1 request has exactly one valid Host."""
    if host is None:
        if modern:
            raise Refused(Reason.MALFORMED, "An HTTP/1.1 request needs a Host header.")
    elif host.translate(None, _HOST_BYTES):
        raise Refused(Reason.MALFORMED, "The Host header is not a host name with an optional port.")


def _check_upgrade(method: str, upgrade: bytes | None, options: list[bytes]) -> None:
    """An offer of HTTP/2 is ignored, as RFC 9110 section 7.8 allows; other protocols would wait for us to switch."""
    if method == "CONNECT":
        raise Refused(Reason.MALFORMED, "This is not a proxy: CONNECT is not served here.")
    if upgrade is not None and b"upgrade" in options and set(_tokens(upgrade)) != {b"h2c"}:
        raise Refused(Reason.MALFORMED, "This connection cannot be upgraded: send the request without Upgrade.")


def _body_length(found: dict[bytes, bytes], *, modern: bool, max_body: int) -> int | None:
    """Bytes of body, or None for chunked (RFC 9112 section 6.3). The parser has refused lengths that are no numbers."""
    coding = found.get(b"transfer-encoding")
    if coding is None:
        length = int(found.get(b"content-length", b"0"))
        if length > max_body:
            raise Refused(Reason.BODY_TOO_LARGE, f"The body has {length} bytes; at most {max_body} are read.")
        return length
    if not modern or b"content-length" in found:
        raise Refused(Reason.MALFORMED, "Transfer-Encoding goes with HTTP/1.1 and without Content-Length only.")
    if coding.lower() != b"chunked":
        raise Refused(Reason.MALFORMED, "The only transfer coding read here is chunked.")
    return None


def _coding(value: bytes) -> str | None:
    try:
        return _CODINGS[value.lower()]
    except KeyError:
        raise Refused(
            Reason.UNKNOWN_CODING, "The content coding is not one of gzip, deflate and identity, used once."
        ) from None


def _expects_continue(value: bytes) -> bool:
    """RFC 9110 section 10.1.1."""
    if value.lower() != b"100-continue":
        raise Refused(Reason.UNKNOWN_EXPECTATION, "The only expectation met here is 100-continue.")
    return True


def _split_target(method: str, target: str) -> tuple[bytes | None, str, str]:
    """Authority, path and query of the request target (RFC 9112 section 3.2)."""
    if "#" in target:
        raise Refused(Reason.MALFORMED, "A request target has no fragment.")
    authority = None
    if target[0] != "/":
        if target == "*" and method == "OPTIONS":
            return None, target, ""
        authority, target = _strip_authority(target)
    path, _, query = target.partition("?")
    return authority, path or "/", query


def _strip_authority(target: str) -> tuple[bytes, str]:
    """Host and the rest of an absolute-form target."""
    scheme, mark, rest = target.partition("://")
    ends = [at for at in (rest.find("/"), rest.find("?")) if at >= 0]
    end = min(ends, default=len(rest))
    authority = rest[:end].encode()
    if not mark or scheme.lower() not in ("http", "https") or not authority or authority.translate(None, _HOST_BYTES):
        raise Refused(Reason.MALFORMED, "The request target is neither a path nor an http URL.")
    return authority, rest[end:]
