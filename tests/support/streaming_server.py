"""A server in a process of its own that opens streams and ends them when told to: its memory is the server's alone.

Prints its port; ends all streams when a line comes in. Usage: `python streaming_server.py asyncio|uvloop`.
"""

import asyncio
import sys

from sixnines.clock import SystemClock
from sixnines.server.answer import DateLine
from sixnines.server.interface import Limits, Request, Responder
from sixnines.server.lifecycle import Server
from sixnines.server.protocol import Service
from sixnines.transport.outbox import Outbox
from support.live_server import LOOPS, openai_refusal


async def main() -> None:
    """Serve until every stream has ended."""
    go_on = asyncio.Event()

    async def stream(request: Request, responder: Responder) -> None:
        responder.start(200, [(b"content-type", b"text/event-stream")])
        await responder.write(request.body)
        await go_on.wait()
        await responder.write(b"end of " + request.body)
        responder.end()

    def on_bug(error: Exception) -> None:
        raise error

    service = Service(
        stream, openai_refusal, on_bug, DateLine(SystemClock()), Limits(), Outbox(asyncio.get_running_loop())
    )
    server = Server(service, host="127.0.0.1", port=0)
    ((_, port),) = await server.start()
    print(port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    go_on.set()
    await server.drain(30)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=LOOPS[sys.argv[1]]) as runner:
        runner.run(main())
