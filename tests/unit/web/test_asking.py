"""How pages ask the gateway in process: whole answers, refusals, streams, and what happens when somebody leaves."""

import asyncio

import msgspec
import pytest

from sixnines.server.gone import CallerGone
from sixnines.server.interface import OWNER
from sixnines.web.asking import Asking, Refused


class Thing(msgspec.Struct):
    name: str


def application(body=b'{"name": "x"}', status=200, seen=None):
    async def answer(request, responder):
        if seen is not None:
            seen.append(request)
        responder.send(status, b"content-type: application/json\r\nx-a: b\r\n", body)

    return answer


async def test_it_asks_as_the_owner_with_path_and_query_apart():
    seen = []
    assert await Asking(application(seen=seen)).get("/admin/v1/things?limit=5", Thing) == Thing("x")
    (request,) = seen
    assert (request.method, request.path, request.query, request.peer) == ("GET", "/admin/v1/things", "limit=5", OWNER)


async def test_headers_that_came_as_lines_are_told_apart():
    said = await Asking(application()).send("GET", "/x")
    assert said.headers == [(b"content-type", b"application/json"), (b"x-a", b"b")]


async def test_a_refusal_says_what_the_api_says():
    body = b'{"error": {"message": "No such thing.", "code": "no_thing", "type": "x", "param": null}}'
    with pytest.raises(Refused) as refused:
        await Asking(application(body, 404)).get("/x", Thing)
    assert (refused.value.status, refused.value.code, refused.value.message) == (404, "no_thing", "No such thing.")


async def test_a_refusal_without_words_is_still_one():
    with pytest.raises(Refused, match="did not say why"):
        await Asking(application(b"what", 500)).post("/x", {})


async def test_a_path_that_is_not_there_is_nothing_and_any_other_refusal_is_one():
    gone = b'{"error": {"message": "m", "code": "unknown_url"}}'
    assert await Asking(application(gone, 404)).find("/x", Thing) is None
    with pytest.raises(Refused):
        await Asking(application(gone.replace(b"unknown_url", b"other"), 404)).find("/x", Thing)


async def test_a_post_is_json():
    seen = []
    await Asking(application(seen=seen)).post("/x", {"a": 1})
    assert (seen[0].body, seen[0].header(b"content-type")) == (b'{"a":1}', b"application/json")


async def test_a_stream_comes_piece_by_piece_and_waits_for_who_reads_it():
    written = []

    async def answer(request, responder):
        responder.start(200, [(b"a", b"b")])
        for number in range(100):
            await responder.write(b"%d " % number)
            written.append(number)
        responder.end()

    async with Asking(answer).open("GET", "/x") as coming:
        assert (coming.status, coming.headers) == (200, [(b"a", b"b")])
        for _ in range(50):
            await asyncio.sleep(0)
        assert 0 < len(written) < 100
        assert b"".join([piece async for piece in coming]).split()[-1] == b"99"


async def test_who_leaves_a_stream_has_it_cancelled():
    ended = []

    async def answer(request, responder):
        responder.start(200, [])
        try:
            while True:
                await responder.write(b"x")
        finally:
            ended.append(True)

    async with Asking(answer).open("GET", "/x") as coming:
        async for _ in coming:
            break
    assert ended == [True]


async def test_a_bug_while_it_streams_reaches_who_asked_and_nobody_waits_for_ever():
    async def answer(request, responder):
        responder.start(200, [])
        await responder.write(b"x")
        raise ZeroDivisionError

    async with asyncio.timeout(10):
        with pytest.raises(ZeroDivisionError):
            await Asking(answer).send("GET", "/x")


async def test_an_answer_that_breaks_off_says_so():
    async def answer(request, responder):
        responder.start(200, [])
        responder.abort()
        raise CallerGone

    async with Asking(answer).open("GET", "/x") as coming:
        assert [piece async for piece in coming] == []
        assert coming.broken
