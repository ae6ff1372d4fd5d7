"""A stand-in collector of OpenTelemetry: takes spans by OTLP over HTTP, counts them, and keeps nothing.

Run: `python bench/standins/collector.py --port PORT`. `GET /` tells how many requests the spans were of, as a number.
Decodes nothing: each request's span names its id once, and that is what is counted.
"""

import argparse
import asyncio
import gzip

MARK = b"sixnines.request.id"
"""The name of an attribute that each request's span has, and that no attempt's has."""
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n%b"


class Collector:
    """Answers connections; `requests` are those whose spans came."""

    def __init__(self) -> None:
        self.requests = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until it ends."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = _length(head)
                body = await reader.readexactly(length)
                if b"content-encoding: gzip" in head:
                    body = gzip.decompress(body)
                self.requests += body.count(MARK)
                told = b"" if length else b"%d" % self.requests
                writer.write(_OK % (len(told), told))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def _length(head: bytes) -> int:
    _, found, rest = head.partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


async def _run(port: int) -> None:
    server = await asyncio.start_server(Collector().serve, "127.0.0.1", port, limit=1 << 20)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(_run(parser.parse_args().port))
