"""The admin path: look at a stand-in and change it from outside."""

import json
from collections.abc import AsyncIterator

import pytest

from sixnines.testing import MockEngine
from support.mock_wire import WireAnswer, exchange, post

ASK = post("/v1/chat/completions", b'{"model": "mock", "messages": [{"role": "user", "content": "hi"}]}')


@pytest.fixture
async def engine() -> AsyncIterator[MockEngine]:
    async with MockEngine("vllm") as running:
        yield running


async def admin(engine: MockEngine, method: str, path: str = "", body: str = "") -> WireAnswer:
    head = f"{method} /__mock__{path} HTTP/1.1\r\nHost: mock\r\nContent-Length: {len(body)}\r\n\r\n"
    return await exchange(engine.admin_port, (head + body).encode())


async def state(engine: MockEngine) -> dict[str, object]:
    return json.loads((await admin(engine, "GET")).body)


async def test_the_state_tells_what_has_happened(engine: MockEngine) -> None:
    await exchange(engine.port, ASK)
    told = await state(engine)
    assert told["kind"] == "vllm"
    assert (told["total"], told["by_path"], told["finished"]) == (1, {"/v1/chat/completions": 1}, 1)
    assert (told["in_flight"], told["running"], told["waiting"], told["cancelled"]) == (0, 0, 0, 0)
    assert told["generated_tokens"] == 7
    (seen,) = told["requests"]
    assert (seen["number"], seen["method"], seen["path"]) == (1, "POST", "/v1/chat/completions")
    assert ["host", "mock"] in seen["headers"]
    assert json.loads(seen["body"])["model"] == "mock"


async def test_the_state_tells_which_errors_and_faults_were_given(engine: MockEngine) -> None:
    await admin(engine, "PUT", "/script", "{default: {error: rate}, rules: [{nth: 2, then: {fault: html}}]}")
    for _ in range(3):
        await exchange(engine.port, ASK)
    assert (await state(engine))["played"] == {"rate": 2, "html": 1}


async def test_the_admin_itself_is_never_counted(engine: MockEngine) -> None:
    await state(engine)
    assert (await state(engine))["total"] == 0


async def test_a_script_is_replaced_in_yaml_or_json(engine: MockEngine) -> None:
    assert (await admin(engine, "PUT", "/script", "default: {error: overloaded}")).status == 200
    assert (await exchange(engine.port, ASK)).status == 503
    assert (await admin(engine, "PUT", "/script", '{"default": {"error": "missing"}}')).status == 200
    assert (await exchange(engine.port, ASK)).status == 404


async def test_the_script_in_force_is_shown_as_it_can_be_put(engine: MockEngine) -> None:
    text = "seed: 5\ndefault: {count: 3, fault: {kind: hang, after_chunks: 2}}\nrules: [{nth: 2, then: {error: rate}}]"
    await admin(engine, "PUT", "/script", text)
    shown = (await admin(engine, "GET", "/script")).body.decode()
    assert json.loads(shown)["default"]["fault"] == {"kind": "hang", "after_chunks": 2, "pings_every_s": None}
    assert (await admin(engine, "PUT", "/script", shown)).status == 200
    assert (await admin(engine, "GET", "/script")).body.decode() == shown


async def test_a_bad_script_is_refused_and_the_old_one_stays(engine: MockEngine) -> None:
    await admin(engine, "PUT", "/script", "default: {error: overloaded}")
    refused = await admin(engine, "PUT", "/script", "default: {eror: rate}")
    assert refused.status == 400
    assert json.loads(refused.body) == {
        "error": 'script: default: Object contains unknown field `eror`; did you mean "error"?'
    }
    assert (await exchange(engine.port, ASK)).status == 503


async def test_books_are_closed_by_reset_and_requests_forgotten_alone(engine: MockEngine) -> None:
    await exchange(engine.port, ASK)
    assert json.loads((await admin(engine, "DELETE", "/requests")).body)["requests"] == []
    assert (await state(engine))["total"] == 1
    assert json.loads((await admin(engine, "POST", "/reset")).body)["total"] == 0


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("GET", "/nonsuch"), ("DELETE", "/script")])
async def test_what_is_not_there_is_a_404(engine: MockEngine, method: str, path: str) -> None:
    assert (await admin(engine, method, path)).status == 404


async def test_bodies_are_shown_up_to_a_limit(engine: MockEngine) -> None:
    long = json.dumps({"model": "mock", "messages": [{"role": "user", "content": "x" * 200_000}]}).encode()
    await exchange(engine.port, post("/v1/chat/completions", long))
    assert len((await state(engine))["requests"][0]["body"]) == 64 * 1024
    assert engine.requests[0].body == long


async def test_the_admin_port_is_another_door_to_the_same_engine() -> None:
    async with MockEngine("vllm", {"refuse": True}, admin_port=0) as engine:
        assert engine.admin_port != engine.port
        assert (await exchange(engine.port, ASK)).closed == "reset"
        assert (await admin(engine, "PUT", "/script", "{}")).status == 200
        assert (await exchange(engine.port, ASK)).status == 200
