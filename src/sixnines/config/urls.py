"""Addresses in a config: where to listen, where a provider is, which web pages may call.

Never resolves a name and never connects. Messages never repeat an address: it may hold a password.
"""

import ipaddress
import re
from dataclasses import dataclass

_HIGHEST_PORT = 65535
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")
_ONLY_DIGITS = re.compile(r"[0-9.]+")
_PATH = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)*")  # RFC 3986, section 3.3
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]*))?")
# For the JSON Schema; the parsers below are stricter.
LISTEN_PATTERN = "^.+:[0-9]{1,5}$"
BASE_URL_PATTERN = "^[hH][tT][tT][pP][sS]?://[^?#\\s]+$"

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where the gateway listens. Port 0 means any free port."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class BaseUrl:
    """Where a provider is.

    Attributes:
        scheme: `http` or `https`.
        host: lower case, an IPv6 address without its brackets.
        port: 1 to 65535.
        path: without a trailing slash and without a final `/v1`; "" or starting with a slash.
    """

    scheme: str
    host: str
    port: int
    path: str


def parse_listen(text: str) -> ListenAddress:
    """`host:port`, an IPv6 address in brackets.

    Raises:
        ValueError: with the reason.
    """
    host, port = _split_authority(text)
    if port is None:
        raise ValueError("the port is missing, as in 127.0.0.1:4000")
    if host == "":
        raise ValueError("the address is missing; 0.0.0.0 listens on all IPv4 addresses, [::] on all")
    return ListenAddress(_checked_host(host), _checked_port(port, lowest=0))


def parse_base_url(text: str) -> BaseUrl:
    """`http(s)://host[:port][/path]`; a final `/v1` is dropped, so that both ways of writing it mean the same.

    Raises:
        ValueError: with the reason.
    """
    scheme, host, port, path = _split_url(text)
    if not _PATH.fullmatch(path):
        raise ValueError("the path holds a character that a URL cannot hold (RFC 3986)")
    path = path.rstrip("/").removesuffix("/v1").rstrip("/")
    if any(segment in {".", "..", ""} for segment in path.split("/")[1:]):
        raise ValueError("the path holds an empty segment, . or ..")
    return BaseUrl(scheme, host, port, path)


def parse_origin(text: str) -> str:
    """An `Origin` header's value as browsers send it (RFC 6454), or `*`.

    Raises:
        ValueError: with the reason.
    """
    if text == "*":
        return text
    scheme, host, port, path = _split_url(text)
    if path:
        raise ValueError("an origin has no path, as in https://chat.example.org")
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{shown}:{port}"


def is_loopback(host: str) -> bool:
    """Can only this machine reach `host`? Of the names only `localhost` counts: nobody has looked up the others."""
    if host.rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_everywhere(host: str) -> bool:
    """Does listening on `host` mean listening on all addresses of the machine?"""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _split_url(text: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path."""
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("a URL holds printable ASCII only; write an international name in its xn-- form")
    scheme, mark, rest = text.partition("://")
    scheme = scheme.lower()
    if not mark or scheme not in _DEFAULT_PORTS:
        raise ValueError("a URL starts with http:// or https://")
    for sign, what in (("?", "a query"), ("#", "a fragment")):
        if sign in rest:
            raise ValueError(f"{what} ({sign}) has no place here")
    authority, slash, path = rest.partition("/")
    if "@" in authority:
        raise ValueError("a user name or password has no place here; use api_key")
    host, port = _split_authority(authority)
    if host == "":
        raise ValueError("the host is missing")
    number = _DEFAULT_PORTS[scheme] if port is None else _checked_port(port, lowest=1)
    return scheme, _checked_host(host), number, slash + path


def _split_authority(text: str) -> tuple[str, str | None]:
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        raise ValueError("not host:port; an IPv6 address goes in brackets, as in [::1]:4000")
    return found.group(1), found.group(2)


def _checked_host(host: str) -> str:
    """The host without brackets, in lower case."""
    if host.startswith("["):
        try:
            return str(ipaddress.IPv6Address(host[1:-1]))
        except ValueError:
            raise ValueError("not an IPv6 address between the brackets") from None
    if _ONLY_DIGITS.fullmatch(host):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise ValueError("not an IPv4 address") from None
    if not _HOST_NAME.fullmatch(host):
        raise ValueError("not a host name")
    return host.lower()


def _checked_port(text: str, *, lowest: int) -> int:
    # The length is looked at first because int() refuses 4,300 digits in its own words.
    number = int(text) if text and len(text) <= len(str(_HIGHEST_PORT)) else -1
    if not lowest <= number <= _HIGHEST_PORT:
        raise ValueError(f"a port is {lowest} to {_HIGHEST_PORT}")
    return number
