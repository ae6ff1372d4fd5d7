"""Configs for nginx, as an upstream that answers at once and as a proxy. Pure: text from numbers.

Never anything that a person would not write for the job: what each line is for stands beside it.
"""

from collections.abc import Sequence
from pathlib import Path

_FRAME = """\
worker_processes 1;
daemon off;
pid {folder}/{name}.pid;
error_log stderr warn;
{user}
events {{ worker_connections {connections}; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/{name}-body;
  proxy_temp_path {folder}/{name}-proxy;
  fastcgi_temp_path {folder}/{name}-fastcgi;
  uwsgi_temp_path {folder}/{name}-uwsgi;
  scgi_temp_path {folder}/{name}-scgi;
  # A large prompt stays in memory instead of going through a file.
  client_body_buffer_size 512k;
  {before}
  server {{
    listen 127.0.0.1:{port} backlog=16384;
    default_type application/json;
    {locations}
  }}
}}
"""

_CONNECTIONS = 12_000
"""Two for each of 5,000 streams, and some."""
_PIECE = 1500
"""Bytes, none of which needs more than two to be written."""
_LISTS = ("/v1/models", "/api/version", "/api/tags", "/api/ps")

PLAIN = "location / {{ proxy_pass http://127.0.0.1:{port}; }}"
"""What `proxy_pass` does when nothing else is said: HTTP/1.0 and a new connection for each request."""


def config(folder: Path, name: str, port: int, *, locations: str, before: str = "", as_root: bool) -> str:
    """A whole config that keeps its files in `folder`.

    Args:
        folder: for its files.
        name: of these.
        port: it listens on, on 127.0.0.1.
        locations: the `location` blocks.
        before: what stands before the `server` block, such as an `upstream`.
        as_root: stay root when started by root, who owns the folder.
    """
    return _FRAME.format(
        folder=folder,
        name=name,
        port=port,
        locations=locations,
        before=before,
        user="user root;" if as_root else "",
        connections=_CONNECTIONS,
    )


def answering(body: bytes, listing: bytes, *, refusing: str = "") -> tuple[str, str]:
    """An upstream that answers at once: what stands before the server, and its `location` blocks.

    Args:
        body: to every request, unless
        listing: to those that ask how it is or what models it has.
        refusing: a path that is answered 500.
    """
    # nginx takes no longer text than 4 KB at once, so a body is put together from pieces.
    pieces = [_quoted(body[at : at + _PIECE]) for at in range(0, len(body), _PIECE)]
    maps = "\n  ".join(f"map '' $piece{at} {{ default {piece}; }}" for at, piece in enumerate(pieces))
    whole = pieces[0] if len(pieces) == 1 else f'"{"".join(f"$piece{at}" for at in range(len(pieces)))}"'
    answer, listed = f"return 200 {whole};", f"return 200 {_quoted(listing)};"
    blocks = [f"location / {{ {answer} }}", *(f"location = {path} {{ {listed} }}" for path in _LISTS)]
    # Providers whose base URL has a path of its own. The expression is only tried on those.
    blocks.append(f"location ^~ /p {{ location ~ /models$ {{ {listed} }} {answer} }}")
    if refusing:
        failure = b'{"error": {"message": "the engine has stopped", "type": "server_error"}}'
        blocks.append(f"location = {refusing} {{ return 500 {_quoted(failure)}; }}")
    return maps if len(pieces) > 1 else "", "\n    ".join(blocks)


def _quoted(text: bytes) -> str:
    """As a text of nginx's.

    Raises:
        ValueError: it would read a variable in it.
    """
    if b"$" in text:
        raise ValueError("nginx has no way to say a dollar sign")
    escaped = text.decode().replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def proxying(ports: Sequence[int], *, streams: bool) -> tuple[str, str]:
    """The strongest proxy that nginx can be without a cache: `upstream` and `location`.

    Args:
        ports: of the upstreams; the second and later are asked when those before have failed.
        streams: pass on every piece as it comes.
    """
    servers = [f"server 127.0.0.1:{port} max_fails=0{' backup' if at else ''};" for at, port in enumerate(ports)]
    upstream = f"upstream engine {{ {' '.join(servers)} keepalive 512; keepalive_requests 1000000000; }}"
    location = 'proxy_pass http://engine; proxy_http_version 1.1; proxy_set_header Connection "";'
    location += " proxy_buffering off;" if streams else " proxy_buffers 16 32k;"
    if len(ports) > 1:
        location += " proxy_next_upstream error timeout http_500 non_idempotent;"
    return upstream, f"location / {{ {location} }}"
