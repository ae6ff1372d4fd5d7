"""llama.cpp's own server tells how busy it is: its slots, read live, and what the gateway makes of them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from sixnines.health.prober import Prober
from sixnines.providers.interface import EngineLoad
from support.lab import Lab
from support.real_engines import XLLAMACPP, Engine, Engines
from support.real_front import CHAT, MODEL, chat, in_front_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

# Longer than the test looks.
LONG = {"max_tokens": 400, "ignore_eos": True, "stream": True}
OFTEN = "defaults: {health: {load_interval: 50ms}}\n"


@contextmanager
def others(engine: Engine, count: int) -> Iterator[None]:
    """So many streams that come straight to the engine."""
    with ExitStack() as stack:
        client = stack.enter_context(httpx.Client(base_url=engine.base_url, timeout=60, trust_env=False))
        for _ in range(count):
            answer = stack.enter_context(client.stream("POST", CHAT, json=chat() | LONG))
            lines = answer.iter_lines()
            stack.callback(lines.close)  # else it would end the stream when it is forgotten
            next(lines)
        yield


def told(lab: Lab) -> EngineLoad | None:
    """What the gateway's own prober reads of provider `a`."""
    spec = lab.gateway.cell.current.snapshot.models[MODEL].deployments[0].provider
    probe = lab.gateway.services.kinds[spec.kind.name].load
    assert probe is not None
    return lab.call(Prober(lab.gateway.services.transport).ask(spec, probe)).load


def test_its_slots_are_read_as_they_are(lab: Lab, engines: Engines) -> None:
    engine = engines.launch(XLLAMACPP).until_ready()
    lab.serve(in_front_of(engine))
    assert told(lab) == EngineLoad(0, 0, 2)
    with others(engine, 1):
        assert told(lab) == EngineLoad(1, 0, 2)
        with others(engine, 1):
            assert told(lab) == EngineLoad(2, 0, 2)
    lab.until(lambda: told(lab) == EngineLoad(0, 0, 2))


def test_one_that_others_have_filled_is_passed_over_until_it_has_room(
    lab: Lab, engines: Engines, llamacpp: Engine
) -> None:
    engine = engines.launch(XLLAMACPP).until_ready()
    client = lab.serve(OFTEN + in_front_of(engine, llamacpp, provider=", saturation: 1.0"), watch=True)
    body = chat(max_tokens=1)

    def leader() -> str:
        return str(client.post(CHAT, json=body).headers["x-sixnines-provider"])

    def knows(running: int) -> bool:
        load = lab.provider("a").gauge.load
        return load is not None and load.running == running

    assert leader() == "a"
    with others(engine, 2):
        lab.until(lambda: knows(2))
        assert leader() == "b"
        (entry,) = client.get("/admin/v1/requests?limit=1").json()["requests"]
        reason = "saturated: 2 at the engine, which does 2 at once"
        assert entry["skipped"] == [{"deployment": "a/smollm2", "reason": reason}]
    lab.until(lambda: knows(0))
    assert leader() == "a"
