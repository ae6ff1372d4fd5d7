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
  {upstream}
  server {{
    listen 127.0.0.1:{port} backlog=16384;
    default_type application/json;
    {locations}
  }}
}}
"""

_CONNECTIONS = 12_000
"""Two for each of 5,000 streams, and some."""
_LISTS = ("/v1/models", "/api/version", "/api/tags", "/api/ps")

PLAIN = "location / {{ proxy_pass http://127.0.0.1:{port}; }}"
"""What `proxy_pass` does when nothing else is said: HTTP/1.0 and a new connection for each request."""


def config(folder: Path, name: str, port: int, *, locations: str, upstream: str = "", as_root: bool) -> str:
    """A whole config that keeps its files in `folder`.

    Args:
        folder: for its files.
        name: of these.
        port: it listens on, on 127.0.0.1.
        locations: the `location` blocks.
        upstream: the `upstream` block, if there is one.
        as_root: stay root when started by root, who owns the folder.
    """
    return _FRAME.format(
        folder=folder,
        name=name,
        port=port,
        locations=locations,
        upstream=upstream,
        user="user root;" if as_root else "",
        connections=_CONNECTIONS,
    )


def answering(body: bytes, listing: bytes, *, refusing: str = "") -> str:
    """The `location` blocks of an upstream that answers at once.

    Args:
        body: to every request, unless
        listing: to those that ask how it is or what models it has.
        refusing: a path that is answered 500.
    """
    listed = _returning(listing)
    blocks = [f"location / {{ {_returning(body)} }}", *(f"location = {path} {{ {listed} }}" for path in _LISTS)]
    # Providers whose base URL has a path of its own. The expression is only tried on those.
    blocks.append(f"location ^~ /p {{ location ~ /models$ {{ {listed} }} {_returning(body)} }}")
    if refusing:
        failure = b'{"error": {"message": "the engine has stopped", "type": "server_error"}}'
        blocks.append(f"location = {refusing} {{ {_returning(failure, status=500)} }}")
    return "\n    ".join(blocks)


def _returning(body: bytes, *, status: int = 200) -> str:
    """The directive.

    Raises:
        ValueError: nginx would read a variable in `body`.
    """
    if b"$" in body:
        raise ValueError("nginx has no way to say a dollar sign")
    quoted = body.decode().replace("\\", "\\\\").replace("'", "\\'")
    return f"return {status} '{quoted}';"


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
