"""The examples and the guide of the stand-ins: every script in them plays, and the guide leaves nothing out."""

import json
import re

import pytest

from sixnines.testing import MockEngine, read_script
from sixnines.testing.engines.interface import Talk
from sixnines.testing.engines.registry import ENGINES
from sixnines.testing.faults import ErrorSpec, Fault, Preset
from sixnines.testing.script import Behaviour, Respond, Rule, Script, ToolCallSpec, UsageSpec, When
from support.checkout import ROOT
from support.mock_wire import WireAnswer, WireCaller, exchange, get, post

EXAMPLES = sorted((ROOT / "examples" / "mock").glob("*.yaml"))
GUIDE = (ROOT / "docs" / "guide" / "mock.md").read_text()


def example(name: str) -> str:
    return (ROOT / "examples" / "mock" / f"{name}.yaml").read_text()


async def ask(engine: MockEngine, prompt: str = "hi", *, stream: bool = False, within_s: float = 5.0) -> WireAnswer:
    body = {"model": "mock", "stream": stream, "messages": [{"role": "user", "content": prompt}]}
    request = post("/v1/chat/completions", json.dumps(body).encode())
    return await exchange(engine.port, request, within_s=within_s)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_every_example_can_be_played_by_every_kind(path: object, engine: object) -> None:
    assert engine.check(read_script(path.read_text())) is None


async def test_flaky_fails_twice_and_then_seldom() -> None:
    async with MockEngine("vllm", example("flaky").replace("tokens_per_s: 50", "tokens_per_s: 5000")) as engine:
        statuses = [(await ask(engine)).status for _ in range(40)]
    assert statuses[:2] == [503, 503]
    assert 0 < statuses[2:].count(500) < 12
    assert statuses.count(200) > 25


async def test_dies_mid_stream_dies_once() -> None:
    async with MockEngine("llamacpp", example("dies-mid-stream")) as engine:
        first, second = await ask(engine, stream=True), await ask(engine, stream=True)
    assert (first.closed, first.ended) == ("reset", False)
    assert second.ended
    assert b"[DONE]" in second.body


async def test_hangs_stops_and_goes_on_with_comments() -> None:
    script = (
        example("hangs")
        .replace("pings_every_s: 1", "pings_every_s: 0.01")
        .replace("tokens_per_s: 50", "tokens_per_s: 500")
    )
    body = json.dumps({"stream": True, "messages": [{"role": "user", "content": "hi"}]}).encode()
    async with MockEngine("llamacpp", script) as engine, WireCaller(engine.port) as caller:
        caller.send(post("/v1/chat/completions", body))
        while caller.data.count(b"\r\n:\n\n") < 5:
            caller.data += await caller._reader.read(1 << 16)
        assert caller.data.count(b'"content":"') == 10
        assert engine.in_flight == 1


async def test_quota_refuses_chat_and_lists_models() -> None:
    async with MockEngine("openai", example("quota")) as engine:
        refused = await ask(engine)
        models = await exchange(engine.port, get("/v1/models"))
    assert (refused.status, refused.headers["retry-after"]) == (429, "3600")
    assert [model["id"] for model in json.loads(models.body)["data"]] == ["mock", "mock-large"]


async def test_loading_loads_for_five_requests() -> None:
    async with MockEngine("llamacpp", example("loading")) as engine:
        statuses = [(await exchange(engine.port, get("/health"))).status for _ in range(7)]
    assert statuses == [503] * 5 + [200] * 2


async def test_tools_calls_once_and_then_answers() -> None:
    async with MockEngine("anthropic", example("tools")) as engine:
        said = []
        for _ in range(2):
            body = {"model": "mock", "max_tokens": 99, "messages": [{"role": "user", "content": "the weather?"}]}
            request = post("/v1/messages", json.dumps(body).encode(), "anthropic-version: 2023-06-01")
            said.append(json.loads((await exchange(engine.port, request)).body)["content"][0])
    assert [block["type"] for block in said] == ["tool_use", "text"]
    assert said[1]["text"] == "It is sunny in Paris."


async def test_broken_proxy_breaks_in_four_ways() -> None:
    async with MockEngine("vllm", example("broken-proxy")) as engine:
        answers = [await ask(engine) for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 502, 200]
    assert answers[0].body.startswith(b"<!DOCTYPE")
    assert answers[3].body == b"<h1>Bad Gateway</h1>"
    for answer in answers[:3]:
        with pytest.raises(ValueError, match=r"line|decode"):
            json.loads(answer.body)
    assert json.loads(answers[4].body)


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL))
def test_every_script_in_the_guide_is_one(block: str) -> None:
    read_script(block)


def words_of_scripts() -> set[str]:
    structs = (Script, Rule, When, Behaviour, Respond, UsageSpec, ToolCallSpec, ErrorSpec, *Fault.__args__)
    words = {name for struct in structs for name in struct.__struct_fields__}
    return words | {fault.__struct_config__.tag for fault in Fault.__args__} | set(Preset)


@pytest.mark.parametrize("word", sorted(words_of_scripts()))
def test_the_guide_names_every_word_of_a_script(word: str) -> None:
    assert re.search(rf"`[^`]*\b{word}\b[^`]*`", GUIDE), f"{word} is missing in docs/guide/mock.md"


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_the_guide_names_every_kind_and_every_path_of_its_own(engine: object) -> None:
    (row,) = [line for line in GUIDE.splitlines() if line.startswith(f"| `{engine.name}` |")]
    shared = {path for path, route in ENGINES[0].routes.items() if isinstance(route, Talk)}
    for path in engine.routes:
        if path not in shared and not path.endswith("*") and not path.startswith("/v1/models"):
            assert f"`{path}`" in row or f"`{path.removeprefix('/v1')}`" in row, path


def test_the_examples_that_take_long_are_tested_as_scripts_only() -> None:
    timed = {"busy", "load"}
    assert {path.stem for path in EXAMPLES} - timed == {
        "broken-proxy",
        "dies-mid-stream",
        "flaky",
        "hangs",
        "loading",
        "quota",
        "tools",
    }
