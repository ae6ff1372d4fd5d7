"""A collector of OpenTelemetry in this process: takes OTLP over HTTP and keeps the spans, decoded by its own protocol."""

import contextlib
import gzip
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from support.lab import WAIT_S


class Collector:
    """Listens on a free port, or on the one of another that has gone.

    Attributes:
        spans: all that came.
        resources: their attributes, one for each post.
        headers: of each post.
        bodies: as they came, unpacked.
        statuses: what is answered, in order; then 200.
        hold: while it is not set, posts are not answered.
    """

    def __init__(self, port: int = 0):
        self.spans: list[Span] = []
        self.resources: list[dict[str, object]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.bodies: list[bytes] = []
        self.statuses: list[int] = []
        self.hold = threading.Event()
        self.hold.set()
        self._connections: list[socket.socket] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                collector._connections.append(self.request)
                super().setup()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.hold.wait(WAIT_S)
                status = collector.statuses.pop(0) if collector.statuses else 200
                if status == 200:
                    collector._take(body, self.path, dict(self.headers.items()))
                self.send_response(status)
                if status == 307:
                    self.send_header("location", "http://127.0.0.1:1/v1/traces")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        """For `endpoint`."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.hold.set()
        self._server.shutdown()
        for connection in self._connections:  # else the threads behind them would go on taking posts
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(WAIT_S)
        self._server.server_close()

    def _take(self, body: bytes, path: str, headers: dict[str, str]):
        packed = {name.lower(): value for name, value in headers.items()}.get("content-encoding") == "gzip"
        content = gzip.decompress(body) if packed else body
        message = ExportTraceServiceRequest.FromString(content)
        self.bodies.append(content)
        self.paths.append(path)
        self.headers.append(headers)
        for resource_spans in message.resource_spans:
            self.resources.append(attributes(resource_spans.resource))
            for scope_spans in resource_spans.scope_spans:
                self.spans.extend(scope_spans.spans)

    def until(self, count: int) -> list[Span]:
        """Wait for so many spans; all that came, those of requests before those of attempts, by time."""
        deadline = time.monotonic() + WAIT_S
        while len(self.spans) < count:
            assert time.monotonic() < deadline, f"{len(self.spans)} spans came: {self.spans}"
            time.sleep(0.01)
        return sorted(self.spans, key=lambda each: (each.kind != Span.SPAN_KIND_SERVER, each.start_time_unix_nano))


def attributes(message) -> dict[str, object]:
    """The attributes of a span, an event or a resource, as values of Python."""
    return {each.key: _value(each.value) for each in message.attributes}


def _value(value) -> object:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    return getattr(value, kind)
