"""`--detect` recognises every stand-in by its answers on ports that say nothing, and the gateway takes what is written."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sixnines.config.load import read_config
from sixnines.quickstart.detect import Engine, Unusable
from sixnines.quickstart.survey import look, write_config
from sixnines.registry import CATALOG
from sixnines.testing import MockEngine


def port_of(engine: MockEngine) -> int:
    port = urlsplit(engine.base_url).port
    assert port is not None
    return port


@pytest.mark.parametrize("kind", ["llamacpp", "llamacpp-python", "vllm", "ollama"])
async def test_an_engine_is_recognised_by_what_it_answers(kind: str) -> None:
    async with MockEngine(kind, {"models": ["phi:latest"]}) as engine:
        survey = await asyncio.to_thread(look, [port_of(engine)])
        assert survey.engines == (Engine(port_of(engine), kind, ("phi:latest",)),)
        assert survey.unusable == ()


async def test_an_engine_of_no_known_make_is_openai_compatible() -> None:
    async with MockEngine("openai", {"models": ["phi"]}) as engine:
        survey = await asyncio.to_thread(look, [port_of(engine)])
        assert survey.engines == (Engine(port_of(engine), "openai-compatible", ("phi",)),)


async def test_an_engine_that_wants_a_key_is_named_and_left_out() -> None:
    async with MockEngine("llamacpp", {"models": ["phi"], "api_keys": ["k"]}) as engine:
        survey = await asyncio.to_thread(look, [port_of(engine)])
        (left_out,) = survey.unusable
        assert isinstance(left_out, Unusable)
        assert "wants a key" in left_out.reason


async def test_a_model_found_in_two_places_falls_over_between_them(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        kinds = ("ollama", "vllm")
        engines = [await stack.enter_async_context(MockEngine(kind, {"models": ["phi:latest"]})) for kind in kinds]
        survey = await asyncio.to_thread(look, [port_of(engine) for engine in engines])
    write_config(survey.engines, tmp_path / "sixnines.yaml", force=False)
    snapshot = read_config(tmp_path / "sixnines.yaml", {}, CATALOG).snapshot
    assert snapshot is not None
    deployments = snapshot.models["phi:latest"].deployments
    assert [deployment.provider.kind.name for deployment in deployments] == ["ollama", "vllm"]
