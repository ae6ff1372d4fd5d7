"""Keeps other people's web pages away from the admin paths, also on loopback, where no key need be configured.

Two attacks on a person whose browser can reach the gateway. DNS rebinding: a page of `evil.example`, whose name now
leads to 127.0.0.1, reads what the gateway answers; its requests say `Host: evil.example`. Cross-site requests: any page
makes the browser send a request whose answer it may not read; browsers say so in `Origin` (RFC 6454) and
`Sec-Fetch-Site` (W3C Fetch Metadata).

On loopback only names and addresses of this machine are taken as Host. Off loopback the gateway cannot know by which
names it is reached, so any Host is taken: there an admin key must be configured, and a browser never adds one by
itself, so that a rebound name gains nothing. The origin is checked in both cases.
Never looks up a name, and never reads a key.
"""

import re

from sixnines.config.snapshot import ServerSpec
from sixnines.config.urls import is_loopback
from sixnines.errors import Forbidden
from sixnines.server.interface import Request

# uri-host without brackets, and an optional port (RFC 9110 section 7.2).
_AUTHORITY = re.compile(r"(?:\[(?P<v6>[^\]]*)\]|(?P<name>[^:\[\]]*))(?::\d*)?")
# What browsers send for a request of a page of the same origin, and for one that a person made (typed, bookmarked).
_FRIENDLY = (b"same-origin", b"none")
_LONGEST_SHOWN = 100


def check(request: Request, server: ServerSpec) -> None:
    """Let a request of this machine's own tools and pages through.

    Args:
        request: for an admin path.
        server: where the gateway listens, and whether administrators need a key.

    Raises:
        Forbidden: the Host is a name that is not this machine's, or another site's page sent the request.
    """
    host = (request.header(b"host") or b"").decode("latin-1").lower()
    if (server.admin_key_digest is None or is_loopback(server.host)) and not _is_ours(host, server.host):
        raise Forbidden(
            f"This path is served to this machine only, and `{host[:_LONGEST_SHOWN]}` is not one of its names. "
            "Ask for it at 127.0.0.1 or localhost; a proxy in front must send one of these as Host.",
            code="foreign_host",
        )
    fetch_site = request.header(b"sec-fetch-site")
    if (fetch_site is not None and fetch_site.lower() not in _FRIENDLY) or not _is_own_origin(request, host):
        raise Forbidden(
            "This path is not served to pages of other origins. Open it by its address, or ask without a browser.",
            code="cross_site",
        )


def _is_ours(authority: str, listens_on: str) -> bool:
    """Whether a Host names this machine, at whatever port: a tunnel may lead here from another one."""
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        return False
    name = found["v6"] if found["v6"] is not None else found["name"]
    return is_loopback(name) or name == listens_on.lower() != ""


def _is_own_origin(request: Request, host: str) -> bool:
    """No origin, or the one whose host and port the request itself names (the scheme may be a proxy's)."""
    origins = [value for name, value in request.headers if name == b"origin"]
    return all(_authority_of(each.decode("latin-1").lower()) == host for each in origins) if host else not origins


def _authority_of(origin: str) -> str | None:
    """Host and port of a web page's origin; None for `null` and for what is no page of the web."""
    scheme, mark, authority = origin.partition("://")
    return authority if mark and scheme in ("http", "https") else None
