"""TLS in front of a stand-in engine: what comes in is passed on, byte for byte."""

import asyncio
import contextlib
from contextlib import asynccontextmanager


@asynccontextmanager
async def tls_front(port: int, context):
    """Serve with the certificate of `context` what listens at `port` of this machine; the port to ask."""
    tasks = set()

    async def passed_on(reader, writer):
        tasks.add(asyncio.current_task())
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(_pipe(reader, inner_writer), _pipe(inner_reader, writer))
        finally:
            for each in (writer, inner_writer):
                each.transport.abort()
                with contextlib.suppress(OSError):
                    await each.wait_closed()

    server = await asyncio.start_server(passed_on, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pipe(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()
