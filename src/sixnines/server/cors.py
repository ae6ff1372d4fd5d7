"""Cross-origin requests, for browsers that call the gateway from another page. Off unless `server.cors` lists origins.

Rule: the CORS protocol of the WHATWG Fetch standard, section 3.2. Credentials (cookies) are never allowed.
"""

from sixnines.server.interface import Request

Headers = list[tuple[bytes, bytes]]

_EXPOSED = b"retry-after, x-request-id, x-sixnines-attempts, x-sixnines-fallback, x-sixnines-model, x-sixnines-provider"
# Browsers cap it themselves (two hours at most); a config change should not take longer to be seen than this.
_PREFLIGHT_AGE_S = b"600"


def is_preflight(request: Request) -> bool:
    """Whether a browser asks for permission (as opposed to a plain OPTIONS)."""
    return request.method == "OPTIONS" and request.header(b"access-control-request-method") is not None


def allowed_origin(request: Request, origins: frozenset[str]) -> Headers:
    """The headers that let the page read the answer; empty if it may not, or if no browser asks."""
    origin = request.header(b"origin")
    if origin is None or not origins:
        return []
    if "*" in origins:
        return [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", _EXPOSED)]
    if origin.decode("latin-1") not in origins:
        return [(b"vary", b"origin")]
    return [
        (b"access-control-allow-origin", origin),
        (b"vary", b"origin"),
        (b"access-control-expose-headers", _EXPOSED),
    ]


def preflight(request: Request, allow: tuple[str, ...]) -> Headers:
    """The permission, to be sent beside `allowed_origin`."""
    asked = request.header(b"access-control-request-headers") or b"authorization, content-type"
    return [
        (b"access-control-allow-methods", ", ".join(allow).encode()),
        (b"access-control-allow-headers", asked),
        (b"access-control-max-age", _PREFLIGHT_AGE_S),
    ]
