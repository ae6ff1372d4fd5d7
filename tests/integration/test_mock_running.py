"""A stand-in while it runs: pace, slots and queues, callers who leave, rules in order, and its books."""

import asyncio
import json
import time
from contextlib import AsyncExitStack
from typing import ClassVar

import pytest

from sixnines.testing import MockEngine, ScriptError
from support.mock_wire import WireCaller, exchange, get, post

CHAT = "/v1/chat/completions"


def ask(prompt: str = "hi", *, stream: bool = False, model: str = "mock", **more: object) -> bytes:
    body = {"model": model, "stream": stream, "messages": [{"role": "user", "content": prompt}], **more}
    return post(CHAT, json.dumps(body).encode())


async def seconds_for(engine: MockEngine, request: bytes) -> float:
    began = time.monotonic()
    assert (await exchange(engine.port, request)).ended
    return time.monotonic() - began


class TestPace:
    """Seconds are real here: what is tested is that they pass."""

    async def test_a_stream_takes_the_time_of_its_tokens(self) -> None:
        script = {"default": {"count": 11, "tokens_per_s": 100, "first_token_s": 0.1, "head_s": 0.05}}
        async with MockEngine("vllm", script) as engine:
            assert 0.24 < await seconds_for(engine, ask(stream=True)) < 1.0

    async def test_a_whole_answer_takes_as_long(self) -> None:
        script = {"default": {"count": 11, "tokens_per_s": 100, "first_token_s": 0.1, "head_s": 0.05}}
        async with MockEngine("vllm", script) as engine:
            assert 0.24 < await seconds_for(engine, ask()) < 1.0

    async def test_an_error_takes_only_the_time_before_the_head(self) -> None:
        async with MockEngine("vllm", {"default": {"error": "overloaded", "head_s": 0.1}}) as engine:
            assert 0.09 < await seconds_for(engine, ask()) < 0.5

    async def test_the_head_comes_before_the_first_token(self) -> None:
        async with MockEngine("openai", {"default": {"first_token_s": 30}}) as engine:
            answer = await exchange(engine.port, ask(stream=True), within_s=0.1)
            assert answer.status == 200
            assert b'"role":"assistant"' in answer.body  # the role is not a token
            assert b"Hello" not in answer.body

    async def test_tokens_come_one_by_one(self) -> None:
        async with (
            MockEngine("vllm", {"default": {"count": 5, "tokens_per_s": 50}}) as engine,
            WireCaller(engine.port) as caller,
        ):
            caller.send(ask(stream=True))
            reads = 0
            while b"[DONE]" not in caller.data:
                caller.data += await caller._reader.read(1 << 16)
                reads += 1
        assert reads >= 4

    async def test_many_streams_lose_nothing_and_keep_order(self) -> None:
        async with MockEngine("vllm", {"default": {"count": 40, "tokens_per_s": 200}}) as engine:
            answers = await asyncio.gather(*(exchange(engine.port, ask(stream=True)) for _ in range(100)))
        for answer in answers:
            events = [json.loads(chunk[6:]) for chunk in answer.chunks[:-1]]
            text = "".join(event["choices"][0]["delta"].get("content", "") for event in events)
            assert text == " ".join(map(str, range(40)))
        assert len({answer.chunks[0] for answer in answers}) == 100  # every stream has an id of its own

    async def test_a_caller_who_does_not_read_is_waited_for(self) -> None:
        script = {"context_window": 200_000, "default": {"lorem": 100_000, "tokens_per_s": 1_000_000}}
        async with MockEngine("vllm", script) as engine, WireCaller(engine.port) as caller:
            caller._writer.transport.pause_reading()  # type: ignore[attr-defined]
            caller.send(ask(stream=True))
            await engine.until(lambda: engine.in_flight == 1)
            # Twenty megabytes do not fit into the buffers of two sockets.
            with pytest.raises(TimeoutError):
                await engine.until(lambda: engine.in_flight == 0, timeout_s=0.3)
            caller._writer.transport.resume_reading()  # type: ignore[attr-defined]
            events, tail = 0, b""
            while not tail.endswith(b"[DONE]\n\n\r\n0\r\n\r\n"):
                data = tail[-5:] + await caller._reader.read(1 << 20)
                events += data.count(b"data: ")
                tail = (tail + data)[-40:]
            assert events == 100_000 + 2


class TestSlots:
    """How many are served at once."""

    SLOW: ClassVar = {"slots": 2, "default": {"count": 3, "first_token_s": 30}}

    async def test_those_without_a_slot_wait_without_a_byte(self) -> None:
        async with MockEngine("llamacpp", self.SLOW) as engine, AsyncExitStack() as stack:
            callers = [await stack.enter_async_context(WireCaller(engine.port)) for _ in range(3)]
            for number, caller in enumerate(callers):
                caller.send(ask(stream=True))
                await engine.until(lambda expected=number + 1: engine.in_flight == expected)
            await engine.until(lambda: engine.waiting == 1)
            assert engine.running == 2
            assert (await callers[0].receive(within_s=0.1)).status == 200
            assert (await callers[2].receive(within_s=0.1)).head == b""
            callers[0]._writer.close()
            await engine.until(lambda: engine.waiting == 0)
            assert (await callers[2].receive(within_s=0.1)).status == 200

    async def test_a_waiting_caller_who_leaves_takes_no_slot(self) -> None:
        async with MockEngine("vllm", {**self.SLOW, "slots": 1}) as engine, WireCaller(engine.port) as first:
            first.send(ask(stream=True))
            await engine.until(lambda: engine.running == 1)
            async with WireCaller(engine.port) as second:
                second.send(ask(stream=True))
                await engine.until(lambda: engine.waiting == 1)
            await engine.until(lambda: engine.cancelled == 1)
            assert (engine.running, engine.waiting, engine.in_flight) == (1, 0, 1)

    async def test_the_queue_has_an_end_where_the_script_says_so(self) -> None:
        script = {**self.SLOW, "slots": 1, "queue": 1}
        async with MockEngine("vllm", script) as engine, WireCaller(engine.port) as a, WireCaller(engine.port) as b:
            a.send(ask(stream=True))
            await engine.until(lambda: engine.running == 1)
            b.send(ask(stream=True))
            await engine.until(lambda: engine.waiting == 1)
            refused = await exchange(engine.port, ask())
            assert refused.status == 503
            assert b"currently busy" in refused.body

    async def test_more_slots_let_the_waiting_in(self) -> None:
        async with MockEngine("vllm", {**self.SLOW, "slots": 1}) as engine, AsyncExitStack() as stack:
            for _ in range(3):
                caller = await stack.enter_async_context(WireCaller(engine.port))
                caller.send(ask(stream=True))
            await engine.until(lambda: engine.waiting == 2)
            engine.script({**self.SLOW, "slots": None})
            assert (engine.running, engine.waiting) == (3, 0)

    async def test_llamacpp_tells_of_its_slots(self) -> None:
        async with MockEngine("llamacpp", self.SLOW) as engine, WireCaller(engine.port) as caller:
            free = await exchange(engine.port, get("/slots?fail_on_no_slot=1"))
            assert [slot["is_processing"] for slot in json.loads(free.body)] == [False, False]
            caller.send(ask(stream=True))
            await engine.until(lambda: engine.running == 1)
            slots = json.loads((await exchange(engine.port, get("/slots"))).body)
            assert [slot["is_processing"] for slot in slots] == [True, False]
            assert {"id_task", "params", "next_token"} <= slots[0].keys()
            async with WireCaller(engine.port) as other:
                other.send(ask(stream=True))
                await engine.until(lambda: engine.running == 2)
                full = await exchange(engine.port, get("/slots?fail_on_no_slot=1"))
                assert (full.status, json.loads(full.body)["error"]["message"]) == (503, "no slot available")
                metrics = (await exchange(engine.port, get("/metrics"))).body.decode()
                assert "llamacpp:requests_processing 2\n" in metrics
            props = json.loads((await exchange(engine.port, get("/props"))).body)
            assert props["total_slots"] == 2

    async def test_vllm_tells_of_its_load(self) -> None:
        async with MockEngine("vllm", {**self.SLOW, "slots": 1}) as engine, AsyncExitStack() as stack:
            for _ in range(2):
                caller = await stack.enter_async_context(WireCaller(engine.port))
                caller.send(ask(stream=True))
            await engine.until(lambda: engine.waiting == 1)
            metrics = (await exchange(engine.port, get("/metrics"))).body.decode()
            assert 'vllm:num_requests_running{engine="0",model_name="mock"} 1.0\n' in metrics
            assert 'vllm:num_requests_waiting{engine="0",model_name="mock"} 1.0\n' in metrics

    async def test_the_python_server_lists_its_models_only_between_generations(self) -> None:
        script = {"slots": 1, "default": {"first_token_s": 0.2}}
        async with MockEngine("llamacpp-python", script) as engine, WireCaller(engine.port) as caller:
            caller.send(ask(stream=True))
            await engine.until(lambda: engine.running == 1)
            assert (await exchange(engine.port, get("/openapi.json"), within_s=0.1)).status == 200
            blocked = await exchange(engine.port, get("/v1/models"), within_s=0.05)
            assert blocked.head == b""
            assert (await exchange(engine.port, get("/v1/models"))).status == 200


class TestLeaving:
    """Callers who do not wait for the end."""

    SLOW: ClassVar = {"slots": 1, "default": {"count": 6, "tokens_per_s": 20}}

    @pytest.mark.parametrize("kind", ["llamacpp", "llamacpp-python", "vllm"])
    async def test_a_stream_is_given_up_at_once(self, kind: str) -> None:
        async with MockEngine(kind, self.SLOW) as engine:
            async with WireCaller(engine.port) as caller:
                caller.send(ask(stream=True))
                await engine.until(lambda: engine.running == 1)
            await engine.until(lambda: engine.cancelled == 1)
            assert (engine.running, engine.in_flight) == (0, 0)

    @pytest.mark.parametrize(("kind", "goes_on"), [("llamacpp", True), ("llamacpp-python", True), ("vllm", False)])
    async def test_a_whole_answer_goes_on_for_nobody_where_the_engine_does_not_hear(
        self, kind: str, goes_on: bool
    ) -> None:
        async with MockEngine(kind, self.SLOW) as engine:
            async with WireCaller(engine.port) as caller:
                caller.send(ask())
                await engine.until(lambda: engine.running == 1)
            await engine.until(lambda: engine.cancelled == 1)
            assert engine.running == int(goes_on)
            assert (await exchange(engine.port, ask())).status == 200  # once the orphan is done

    async def test_a_new_request_interrupts_the_stream_of_the_python_server(self) -> None:
        script = {"interrupt": True, "default": {"count": 100, "tokens_per_s": 20}}
        async with MockEngine("llamacpp-python", script) as engine, WireCaller(engine.port) as victim:
            victim.send(ask(stream=True))
            await engine.until(lambda: engine.running == 1)
            async with WireCaller(engine.port) as other:
                other.send(ask(stream=True))
                answer = await victim.receive()
        assert answer.chunks[-1] == b"data: [DONE]\n\n"
        assert b'"finish_reason": "' not in answer.body
        assert (answer.ended, answer.closed) == (False, "eof")

    async def test_connections_end_as_llamacpp_ends_them(self) -> None:
        async with MockEngine("llamacpp") as engine:
            for request, ending in [(ask(), ""), (ask(stream=True), "eof"), (get("/nonsuch"), "eof")]:
                async with WireCaller(engine.port) as caller:
                    caller.send(request)
                    assert (await caller.receive()).ended
                    assert await caller.closing() == ending

    async def test_connections_stay_open_behind_a_stream_of_vllm(self) -> None:
        async with MockEngine("vllm") as engine, WireCaller(engine.port) as caller:
            for _ in range(3):
                caller.send(ask(stream=True))
                assert (await caller.receive()).ended


class TestRules:
    """Which behaviour whom meets; more in the unit tests of the director."""

    async def test_the_first_rule_that_applies_decides(self) -> None:
        script = {
            "default": {"text": "default"},
            "rules": [
                {"when": {"prompt": "secret"}, "then": {"error": "policy"}},
                {"when": {"stream": False}, "times": 2, "then": {"error": "overloaded"}},
                {"when": {"model": "mock*"}, "nth": 3, "then": {"respond": {"status": 418, "body": "tea"}}},
            ],
        }
        async with MockEngine("openai", script) as engine:
            requests = [ask(), ask("a secret"), ask(), ask(), ask(stream=True), ask(), ask()]
            statuses = [(await exchange(engine.port, request)).status for request in requests]
        assert statuses == [503, 400, 503, 200, 200, 418, 200]

    async def test_information_is_at_fault_only_when_a_rule_says_so(self) -> None:
        async with MockEngine("llamacpp", {"default": {"error": "server_error"}}) as engine:
            assert (await exchange(engine.port, get("/health"))).status == 200
            engine.script({"rules": [{"when": {"operation": "any"}, "then": {"error": "loading"}}]})
            loading = await exchange(engine.port, get("/health"))
            assert (loading.status, json.loads(loading.body)["error"]["message"]) == (503, "Loading model")
            engine.script({"rules": [{"when": {"path": "/health"}, "then": {"fault": "hang_before_head"}}]})
            assert (await exchange(engine.port, get("/health"), within_s=0.1)).head == b""
            assert (await exchange(engine.port, ask())).status == 200

    async def test_a_fixed_answer_is_sent_as_it_is(self) -> None:
        body = {"respond": {"status": 429, "body": {"odd": True}, "headers": {"Retry-After": "9"}}}
        async with MockEngine("vllm", {"default": body}) as engine:
            answer = await exchange(engine.port, ask())
        assert (answer.status, answer.body, answer.headers["retry-after"]) == (429, b'{"odd":true}', "9")
        assert answer.headers["content-type"] == "application/json"

    async def test_an_echo_repeats_the_last_message(self) -> None:
        async with MockEngine("vllm", {"default": {"echo": True}}) as engine:
            answer = await exchange(engine.port, ask("say this again"))
        assert json.loads(answer.body)["choices"][0]["message"]["content"] == "say this again"

    async def test_the_same_requests_get_the_same_bytes(self) -> None:
        class Noon:
            def monotonic_s(self) -> float:
                return 0.0

            def unix_s(self) -> float:
                return 1_800_000_000.0

        script = {"seed": 7, "default": {"lorem": 20}}
        runs = []
        for _ in range(2):
            async with MockEngine("vllm", script, clock=Noon()) as engine:
                answers = [await exchange(engine.port, ask(stream=stream)) for stream in (True, False)]
                runs.append([(answer.head, answer.body) for answer in answers])
        assert runs[0] == runs[1]

    async def test_a_script_that_the_kind_cannot_play_is_refused(self) -> None:
        with pytest.raises(ScriptError, match='unknown kind "olama"'):
            MockEngine("olama")
        with pytest.raises(ScriptError, match="only the llamacpp-python kind interrupts"):
            await MockEngine("vllm", {"interrupt": True}).start()
        async with MockEngine("ollama", {"default": {"text": "old"}}) as engine:
            with pytest.raises(ScriptError, match="sends an object"):
                engine.script({"default": {"tool_calls": [{"name": "f", "arguments": "{"}]}})
            answer = await exchange(engine.port, ask())
            assert b"old" in answer.body


class TestBooks:
    """What tests can ask the engine afterwards."""

    async def test_requests_are_kept_with_head_and_body(self) -> None:
        async with MockEngine("vllm") as engine:
            for number in range(120):
                await exchange(engine.port, ask(f"number {number}"))
            assert len(engine.requests) == 100
            last = engine.requests[-1]
            assert last.json()["messages"] == [{"role": "user", "content": "number 119"}]
            assert (last.path, last.header("Content-Type"), last.number) == (CHAT, "application/json", 120)
            assert (engine.total, engine.by_path) == (120, {CHAT: 120})
            engine.reset()
            assert (engine.total, engine.requests, engine.by_path) == (0, [], {})

    async def test_a_reset_lets_rules_count_from_nothing(self) -> None:
        async with MockEngine("vllm", {"rules": [{"times": 1, "then": {"error": "overloaded"}}]}) as engine:
            assert [(await exchange(engine.port, ask())).status for _ in range(2)] == [503, 200]
            engine.reset()
            assert (await exchange(engine.port, ask())).status == 503

    async def test_an_engine_that_is_not_started_says_so(self) -> None:
        with pytest.raises(RuntimeError, match="async with"):
            _ = MockEngine("vllm").total


class TestOldAndOddCallers:
    """HTTP beside the main road."""

    async def test_a_caller_of_http_1_0_gets_a_stream_without_chunks(self) -> None:
        async with MockEngine("vllm", {"default": {"count": 3}}) as engine, WireCaller(engine.port) as caller:
            caller.send(ask(stream=True).replace(b"HTTP/1.1", b"HTTP/1.0"))
            data = await caller._reader.read()
        head, _, body = data.partition(b"\r\n\r\n")
        assert b"transfer-encoding" not in head
        assert body.startswith(b"data: {")
        assert body.endswith(b"data: [DONE]\n\n")

    async def test_a_head_request_has_no_body(self) -> None:
        async with MockEngine("ollama") as engine:
            answer = await exchange(engine.port, get("/").replace(b"GET", b"HEAD"), within_s=0.1)
        assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "17")

    @pytest.mark.parametrize(("kind", "status"), [("openai", 405), ("ollama", 405), ("llamacpp", 404), ("vllm", 405)])
    async def test_a_wrong_method_is_refused_as_the_kind_does(self, kind: str, status: int) -> None:
        async with MockEngine(kind) as engine:
            assert (await exchange(engine.port, get(CHAT))).status == status
            missing = await exchange(engine.port, get("/nonsuch"))
            assert missing.status == 404

    async def test_bytes_that_are_not_http_are_refused(self) -> None:
        async with MockEngine("vllm") as engine:
            assert (await exchange(engine.port, b"what is this\r\n\r\n")).status == 400
