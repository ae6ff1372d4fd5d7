"""Every wire fault as bytes on a socket, on streams and on whole answers, for the three ways in which kinds stream."""

import json
import time
from collections.abc import AsyncIterator

import pytest

from sixnines.testing import MockEngine
from sixnines.testing.faults import Fault
from support.mock_wire import WireAnswer, WireCaller, exchange, post

PATHS = {"vllm": "/v1/chat/completions", "ollama": "/api/chat", "anthropic": "/v1/messages"}
SILENCE_S = 0.15  # long enough to be a silence, short enough to wait for
FAULTS = sorted(fault.__struct_config__.tag for fault in Fault.__args__)


def ask(kind: str, *, stream: bool) -> bytes:
    body = {"model": "mock", "max_tokens": 100, "stream": stream, "messages": [{"role": "user", "content": "hi"}]}
    return post(PATHS[kind], json.dumps(body).encode(), "anthropic-version: 2023-06-01")


@pytest.fixture(params=PATHS)
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[MockEngine]:
    async with MockEngine(request.param) as running:
        yield running


async def play(
    engine: MockEngine, fault: dict[str, object] | str, *, stream: bool, within_s: float = 5.0
) -> WireAnswer:
    engine.script({"default": {"count": 6, "fault": fault}})
    return await exchange(engine.port, ask(engine.kind, stream=stream), within_s=within_s)


def said(answer: WireAnswer) -> list[str]:
    """The tokens that came through."""
    tokens = []
    for line in answer.body.replace(b"\n\n", b"\n").split(b"\n"):
        data = line.removeprefix(b"data:").strip()
        if not data.startswith(b"{"):
            continue
        try:
            event = json.loads(data)
        except ValueError:
            continue
        delta = (event.get("choices") or [{}])[0].get("delta") or event.get("delta") or event.get("message") or {}
        tokens.append(delta.get("content") or delta.get("text"))
    return [token for token in tokens if isinstance(token, str) and token]


def terminated(engine: MockEngine, answer: WireAnswer) -> bool:
    """The stream's own terminator came."""
    sign = {"vllm": b"data: [DONE]", "ollama": b'"done":true', "anthropic": b'"type":"message_stop"'}
    return sign[engine.kind] in answer.body


def finished(engine: MockEngine, answer: WireAnswer) -> bool:
    """A finish reason came."""
    sign = {"vllm": b'"finish_reason":"stop"', "ollama": b'"done_reason":"stop"', "anthropic": b'"end_turn"'}
    return sign[engine.kind] in answer.body


SIX = ["0", " 1", " 2", " 3", " 4", " 5"]


async def test_without_a_fault_everything_is_there(engine: MockEngine) -> None:
    engine.script({"default": {"count": 6}})
    answer = await exchange(engine.port, ask(engine.kind, stream=True))
    assert (said(answer), terminated(engine, answer), finished(engine, answer)) == (SIX, True, True)
    assert (answer.ended, answer.rest) == (True, b"")


@pytest.mark.parametrize("stream", [False, True])
class TestBeforeTheHead:
    """Faults that are the same for streams and whole answers."""

    async def test_a_reset(self, engine: MockEngine, stream: bool) -> None:
        answer = await play(engine, "reset_before_head", stream=stream)
        assert (answer.head, answer.rest, answer.closed) == (b"", b"", "reset")

    async def test_a_close(self, engine: MockEngine, stream: bool) -> None:
        answer = await play(engine, "close_before_head", stream=stream)
        assert (answer.head, answer.rest, answer.closed) == (b"", b"", "eof")

    async def test_a_hang(self, engine: MockEngine, stream: bool) -> None:
        answer = await play(engine, "hang_before_head", stream=stream, within_s=SILENCE_S)
        assert (answer.head, answer.rest, answer.closed) == (b"", b"", "")
        await engine.until(lambda: engine.cancelled == 1)  # it ends when the caller leaves, and is counted

    async def test_garbage(self, engine: MockEngine, stream: bool) -> None:
        answer = await play(engine, "garbage_head", stream=stream)
        assert answer.rest.startswith(b"SSH-2.0")
        assert answer.closed == "eof"


@pytest.mark.parametrize("stream", [False, True])
class TestTheHead:
    """Faults of the head, or of everything behind it."""

    async def test_a_hang_behind_it(self, engine: MockEngine, stream: bool) -> None:
        answer = await play(engine, "hang_after_head", stream=stream, within_s=SILENCE_S)
        assert (answer.status, answer.body, answer.ended, answer.closed) == (200, b"", False, "")

    async def test_a_huge_one(self, engine: MockEngine, stream: bool) -> None:
        answer = await play(engine, {"kind": "huge_headers", "size": 100_000}, stream=stream)
        assert len(answer.head) > 100_000
        assert answer.ended

    async def test_a_web_page(self, engine: MockEngine, stream: bool) -> None:
        answer = await play(engine, "html", stream=stream)
        assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert answer.body.startswith(b"<!DOCTYPE html>")

    async def test_a_gzip_that_is_none(self, engine: MockEngine, stream: bool) -> None:
        answer = await play(engine, "bad_gzip", stream=stream)
        assert answer.headers["content-encoding"] == "gzip"
        assert b"0 1 2" in answer.body or said(answer) == SIX
        assert answer.body[:2] != b"\x1f\x8b"

    async def test_a_trickle(self, engine: MockEngine, stream: bool) -> None:
        began = time.monotonic()
        answer = await play(engine, {"kind": "trickle", "size": 50, "every_s": 0.002}, stream=stream)
        assert time.monotonic() - began >= len(answer.head + answer.body) // 50 * 0.002
        assert (answer.status, answer.ended) == (200, True)
        assert b"0 1 2" in answer.body or said(answer) == SIX


class TestStreams:
    """Faults inside a stream."""

    async def test_a_hang_after_two_tokens(self, engine: MockEngine) -> None:
        answer = await play(engine, {"kind": "hang", "after_chunks": 2}, stream=True, within_s=SILENCE_S)
        assert (said(answer), answer.ended, answer.closed) == (SIX[:2], False, "")

    async def test_a_hang_with_pings(self, engine: MockEngine) -> None:
        fault = {"kind": "hang", "after_chunks": 2, "pings_every_s": 0.01}
        engine.script({"default": {"count": 6, "fault": fault}})
        async with WireCaller(engine.port) as caller:
            caller.send(ask(engine.kind, stream=True))
            if engine.kind == "ollama":  # lines of JSON have no comments: silence
                assert said(await caller.receive(within_s=SILENCE_S)) == SIX[:2]
                return
            ping = b": ping\n\n" if engine.kind == "vllm" else b"event: ping\n"
            while caller.data.count(ping) < 5:
                caller.data += await caller._reader.read(1 << 16)
        assert caller.data.count(b'" 1"') == 1

    async def test_a_close_without_the_last_chunk(self, engine: MockEngine) -> None:
        answer = await play(engine, {"kind": "close", "after_chunks": 2}, stream=True)
        assert (said(answer), answer.ended, answer.rest, answer.closed) == (SIX[:2], False, b"", "eof")

    async def test_a_reset_after_two_tokens(self, engine: MockEngine) -> None:
        answer = await play(engine, {"kind": "reset", "after_chunks": 2}, stream=True)
        assert (said(answer), answer.ended, answer.closed) == (SIX[:2], False, "reset")

    async def test_an_end_without_finish_or_terminator(self, engine: MockEngine) -> None:
        answer = await play(engine, {"kind": "end", "after_chunks": 2}, stream=True)
        assert (said(answer), answer.ended) == (SIX[:2], True)
        assert not terminated(engine, answer)
        assert not finished(engine, answer)

    async def test_an_error_event(self, engine: MockEngine) -> None:
        answer = await play(engine, {"kind": "error_event", "after_chunks": 2}, stream=True)
        assert (said(answer), answer.ended) == (SIX[:2], True)
        assert b'"error"' in answer.chunks[-2 if engine.kind == "vllm" else -1]
        assert terminated(engine, answer) == (engine.kind == "vllm")

    @pytest.mark.parametrize("done", [False, True])
    async def test_an_error_event_with_and_without_terminator(self, engine: MockEngine, done: bool) -> None:
        fault = {"kind": "error_event", "after_chunks": 0, "error": "overloaded", "done": done}
        answer = await play(engine, fault, stream=True)
        assert said(answer) == []
        assert b'"error"' in answer.body
        assert terminated(engine, answer) == done

    async def test_a_terminator_without_finish_reason(self, engine: MockEngine) -> None:
        answer = await play(engine, {"kind": "done_without_finish", "after_chunks": 9}, stream=True)
        assert said(answer) == SIX
        assert terminated(engine, answer)
        assert not finished(engine, answer)

    async def test_a_finish_reason_without_terminator(self, engine: MockEngine) -> None:
        answer = await play(engine, "no_terminator", stream=True)
        assert (said(answer), answer.ended) == (SIX, True)
        assert not terminated(engine, answer)
        assert finished(engine, answer) == (engine.kind != "ollama")  # there both are one line

    async def test_an_empty_stream(self, engine: MockEngine) -> None:
        answer = await play(engine, "empty_stream", stream=True)
        assert (answer.status, answer.body, answer.ended) == (200, b"", True)
        assert answer.headers["content-type"].startswith(("text/event-stream", "application/x-ndjson"))

    async def test_an_event_that_is_no_json(self, engine: MockEngine) -> None:
        answer = await play(engine, {"kind": "invalid_json", "after_chunks": 2}, stream=True)
        assert said(answer) == SIX  # the stream goes on
        assert b'{"broken": ' in answer.body
        assert terminated(engine, answer)

    async def test_half_an_event(self, engine: MockEngine) -> None:
        answer = await play(engine, "truncated_json", stream=True)
        assert (said(answer), answer.ended, len(answer.chunks)) == ([], True, 1)
        assert len(answer.body) > 20

    async def test_random_bytes(self, engine: MockEngine) -> None:
        answer = await play(engine, {"kind": "garbage", "after_chunks": 2, "size": 300}, stream=True)
        assert (said(answer), answer.ended) == (SIX[:2], True)
        assert len(answer.chunks[-1]) == 300
        again = await play(engine, {"kind": "garbage", "after_chunks": 2, "size": 300}, stream=True)
        assert again.chunks[-1] == answer.chunks[-1]

    async def test_a_chunk_size_that_is_none(self, engine: MockEngine) -> None:
        answer = await play(engine, {"kind": "bad_chunk_size", "after_chunks": 2}, stream=True)
        assert (said(answer), answer.rest, answer.closed) == (SIX[:2], b"zz\r\n", "eof")

    async def test_a_chunk_that_promises_too_much(self, engine: MockEngine) -> None:
        answer = await play(engine, {"kind": "wrong_length", "missing": 10}, stream=True)
        size, _, data = answer.rest.partition(b"\r\n")
        assert int(size, 16) == len(data) + 10
        assert answer.closed == "eof"


class TestWholeAnswers:
    """What stream faults mean where nothing streams."""

    @pytest.mark.parametrize("fault", ["hang", "hang_before_head"])
    async def test_a_hang_is_silence(self, engine: MockEngine, fault: str) -> None:
        answer = await play(engine, fault, stream=False, within_s=SILENCE_S)
        assert (answer.head, answer.closed) == (b"", "")

    @pytest.mark.parametrize(("fault", "how"), [("close", "eof"), ("reset", "reset")])
    async def test_the_connection_ends_amid_the_body(self, engine: MockEngine, fault: str, how: str) -> None:
        answer = await play(engine, fault, stream=False)
        assert (answer.status, answer.ended, answer.closed) == (200, False, how)
        assert len(answer.body) == int(answer.headers["content-length"]) // 2

    @pytest.mark.parametrize("fault", ["truncated_json", "end"])
    async def test_half_the_json_is_well_formed_http(self, engine: MockEngine, fault: str) -> None:
        answer = await play(engine, fault, stream=False)
        assert answer.ended
        with pytest.raises(ValueError, match="line"):
            json.loads(answer.body)

    async def test_a_length_that_promises_too_much(self, engine: MockEngine) -> None:
        answer = await play(engine, {"kind": "wrong_length", "missing": 10}, stream=False)
        assert int(answer.headers["content-length"]) == len(answer.body) + 10
        assert answer.closed == "eof"

    async def test_an_error_event_is_an_ordinary_error(self, engine: MockEngine) -> None:
        answer = await play(engine, {"kind": "error_event", "error": "overloaded"}, stream=False)
        assert answer.status in {503, 529}
        assert b'"error"' in answer.body

    async def test_a_missing_finish_reason_is_missing(self, engine: MockEngine) -> None:
        answer = await play(engine, "done_without_finish", stream=False)
        document = json.loads(answer.body)
        reason = document["choices"][0]["finish_reason"] if engine.kind == "vllm" else document.get("stop_reason")
        assert reason is None
        assert not finished(engine, answer)

    async def test_no_terminator_is_no_fault(self, engine: MockEngine) -> None:
        answer = await play(engine, "no_terminator", stream=False)
        assert finished(engine, answer)

    async def test_an_empty_stream_is_an_empty_body(self, engine: MockEngine) -> None:
        answer = await play(engine, "empty_stream", stream=False)
        assert (answer.status, answer.headers["content-length"]) == (200, "0")

    @pytest.mark.parametrize("fault", ["invalid_json", "garbage"])
    async def test_a_body_that_is_no_json(self, engine: MockEngine, fault: str) -> None:
        answer = await play(engine, fault, stream=False)
        assert (answer.status, answer.ended) == (200, True)
        with pytest.raises(ValueError, match=r"line|decode"):
            json.loads(answer.body)

    async def test_a_chunk_size_that_is_none(self, engine: MockEngine) -> None:
        answer = await play(engine, "bad_chunk_size", stream=False)
        assert (answer.rest, answer.closed) == (b"zz\r\n", "eof")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("stream", [False, True])
async def test_after_any_fault_the_engine_is_as_before(fault: str, stream: bool) -> None:
    quick = {"size": 500} if fault == "trickle" else {}
    async with MockEngine("vllm", {"rules": [{"times": 1, "then": {"fault": {"kind": fault, **quick}}}]}) as engine:
        await exchange(engine.port, ask("vllm", stream=stream), within_s=SILENCE_S)
        answer = await exchange(engine.port, ask("vllm", stream=stream))
        assert answer.status == 200
        assert finished(engine, answer)
        await engine.until(lambda: engine.in_flight == 0)
        assert engine.running == 0


async def test_a_refusing_engine_resets_whoever_connects_but_not_the_admin() -> None:
    async with MockEngine("vllm", {"refuse": True}, admin_port=0) as engine:
        answer = await exchange(engine.port, ask("vllm", stream=False))
        assert (answer.head, answer.closed) == (b"", "reset")
        assert (await exchange(engine.admin_port, ask("vllm", stream=False))).status == 200
        engine.script({})
        assert (await exchange(engine.port, ask("vllm", stream=False))).status == 200


async def test_a_closed_port_refuses_and_can_be_opened_again() -> None:
    async with MockEngine("vllm") as engine:
        port = engine.port
        engine.close_port()
        with pytest.raises(ConnectionRefusedError):
            await exchange(port, ask("vllm", stream=False))
        await engine.open_port()
        assert engine.port == port
        assert (await exchange(port, ask("vllm", stream=False))).status == 200
