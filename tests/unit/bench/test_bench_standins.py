"""The stand-in that streams: what it sends is what the bench's own caller checks for, at full speed and at a pace."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from support.bench_scripts import load_bench

streaming, client = load_bench("standins.streaming"), load_bench("loads.stream_client")
payloads, answers = load_bench("payloads"), load_bench("answers")

CHUNKS = 7


@pytest.fixture(params=["chunks", "blocks", "paced"])
async def port(request: pytest.FixtureRequest) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    pacer = streaming.Pacer(loop, 0.001) if request.param == "paced" else None
    blocks = request.param == "blocks"
    server = await loop.create_server(lambda: streaming.Caller(pacer, blocks=blocks), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    if pacer is not None:
        pacer.stop()
    server.close()
    await server.wait_closed()


async def test_every_chunk_comes_in_order_to_everybody(port: int) -> None:
    body = payloads.streamed(CHUNKS).request("m")
    group = client.Group(port, payloads.http_request(port, "/v1/chat/completions", {}, body), CHUNKS, full=1)
    streams = [await client.open_stream(group, 0.0) for _ in range(5)]
    await asyncio.gather(*(stream.ended for stream in streams))
    assert group.faults == []
    assert group.chunks == 5 * CHUNKS


async def test_who_does_not_ask_for_a_stream_gets_a_whole_answer(port: int) -> None:
    request = payloads.http_request(port, "/v1/chat/completions", {}, payloads.SMALL.request("m"))
    answer = await asyncio.to_thread(answers.ask, port, request)
    assert payloads.SMALL.is_right(answer.body)
    listing = await asyncio.to_thread(answers.ask, port, b"GET /v1/models HTTP/1.1\r\n\r\n")
    assert listing.body == payloads.LISTING


async def test_a_stream_is_the_answer_that_its_payload_promises(port: int) -> None:
    payload = payloads.streamed(CHUNKS)
    answer = await asyncio.to_thread(answers.ask, port, payloads.http_request(port, "/", {}, payload.request("m")))
    assert payload.is_right(answer.body)
