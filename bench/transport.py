"""How fast is the upstream client? Requests a second over loopback, and CPU per request of the client alone.

Run: `python bench/transport.py [--loop uvloop|asyncio] [--seconds 3] [--concurrency 16]`. The server is a second
process that answers any request with the same bytes, so all that is measured is the client.
"""

import argparse
import asyncio
import multiprocessing
import time
from multiprocessing.connection import Connection as Pipe
from typing import cast

import uvloop

from sixnines.domain.origin import Origin
from sixnines.transport.http1 import Http1Transport
from sixnines.transport.interface import Patience, Phase

ANSWER_BODY = b'{"id":"chatcmpl-1","object":"chat.completion","choices":[],"usage":{"total_tokens":9}}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: application/json\r\nKeep-Alive: timeout=5\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(ANSWER_BODY), ANSWER_BODY)
)
REQUEST_BODY = b'{"model":"m","messages":[{"role":"user","content":"Say hello."}],"max_tokens":8}'
REQUEST_HEAD = (
    b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    b"authorization: Bearer 0123456789abcdef\r\ncontent-length: %d\r\n\r\n" % len(REQUEST_BODY)
)


class Responder(asyncio.Protocol):
    """Answers each read with one response; requests here always come in one read."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, _: bytes) -> None:
        self.transport.write(ANSWER)


def serve(ready: Pipe) -> None:
    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Responder, "127.0.0.1", 0)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(main())


async def measure(port: int, *, seconds: float, concurrency: int) -> None:
    transport = Http1Transport()
    origin = Origin("http", "127.0.0.1", port)
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    done = 0

    async def worker() -> None:
        nonlocal done
        while (now := loop.time()) < until:
            exchange = await transport.send(origin, REQUEST_HEAD, REQUEST_BODY, Patience(2.0, now + 30))
            exchange.expire_at(now + 30, Phase.BODY)
            answer = await exchange.read_all(1 << 20)
            if exchange.status != 200 or answer != ANSWER_BODY:
                raise AssertionError(f"wrong answer: {exchange.status} {answer!r}")
            done += 1

    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker() for _ in range(concurrency)))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    await transport.aclose()
    print(
        f"{type(loop).__module__:>16}  {concurrency:4d} at once: {done / wall:8.0f} requests/s, "
        f"{cpu / done * 1e6:5.1f} us CPU each, {transport.opened} connections"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loop", choices=["uvloop", "asyncio"], default="uvloop")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--concurrency", type=int, default=16)
    args = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    try:
        factory = uvloop.new_event_loop if args.loop == "uvloop" else asyncio.new_event_loop
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(measure(ours.recv(), seconds=args.seconds, concurrency=args.concurrency))
    finally:
        server.kill()
        server.join()


if __name__ == "__main__":
    main()
