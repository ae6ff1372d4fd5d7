"""llama.cpp's own server while it loads, with a key, with a small window, and when its callers leave."""

import http.client
import json
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from sixnines.health.prober import Prober
from sixnines.providers.interface import ProbeResult, ProbeState
from support.lab import Lab
from support.real_engines import XLLAMACPP, Engine, Engines, Setup
from support.real_front import CHAT, MODEL, Json, chat, events, in_front_of, stream, until_content, words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

Answer = TypeVar("Answer")

WAYS = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
# An answer of this length takes 8 s on an idle core: whoever is free sooner was freed.
LONG = {"max_tokens": 400, "ignore_eos": True}
FREED_WITHIN_S = 1.0


def test_a_request_that_meets_a_loading_engine_is_answered_when_it_has_loaded(lab: Lab, engines: Engines) -> None:
    engine = engines.launch(XLLAMACPP)
    client = lab.serve(in_front_of(engine))
    engine.until(engine.is_loading, within_s=30)
    answer = client.post(CHAT, json=chat(max_tokens=1))
    assert (answer.status_code, answer.headers["x-sixnines-provider"]) == (200, "a")
    assert int(answer.headers["x-sixnines-attempts"]) > 1


def test_callers_who_will_not_wait_for_a_loading_engine_are_told_when_to_come_back(lab: Lab, engines: Engines) -> None:
    engine = engines.launch(XLLAMACPP)
    client = lab.serve(in_front_of(engine, model="timeouts: {loading: 1ms}"))
    engine.until(engine.is_loading, within_s=30)
    answers = [client.post(CHAT, json=chat(max_tokens=1))]
    while answers[-1].status_code != 200 and len(answers) < 10_000:
        answers.append(client.post(CHAT, json=chat(max_tokens=1)))
    *refused, last = answers
    assert (last.status_code, last.headers["x-sixnines-provider"]) == (200, "a")
    assert refused != []
    for answer in refused:
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "model_loading")
        assert int(answer.headers["retry-after"]) >= 1


@WAYS
def test_a_ready_engine_answers_while_another_loads(
    lab: Lab, engines: Engines, llamacpp: Engine, streamed: bool
) -> None:
    loading = engines.launch(XLLAMACPP)
    client = lab.serve(in_front_of(loading, llamacpp))
    loading.until(loading.is_loading, within_s=30)
    body = chat(max_tokens=1)
    headers = stream(client, body).headers if streamed else client.post(CHAT, json=body).headers
    assert (headers["x-sixnines-provider"], headers["x-sixnines-attempts"]) == ("b", "2")
    assert headers["x-sixnines-fallback"] == "loading"
    loading.until_ready()
    # It rests for half a second after such an answer, and is the first again after that.
    lab.until(lambda: client.post(CHAT, json=body).headers["x-sixnines-provider"] == "a")


def probed(lab: Lab) -> ProbeResult:
    """What the gateway's own prober finds out about provider `a`."""
    deployment = lab.gateway.cell.current.snapshot.models[MODEL].deployments[0]
    kind = lab.gateway.services.kinds[deployment.provider.kind.name]
    return lab.call(Prober(lab.gateway.services.transport).ask(deployment.provider, kind.probe))


def test_a_probe_tells_loading_ready_and_down_apart(lab: Lab, engines: Engines) -> None:
    engine = engines.launch(XLLAMACPP)
    lab.serve(in_front_of(engine))
    engine.until(engine.is_loading, within_s=30)
    assert probed(lab).state is ProbeState.LOADING
    engine.until_ready()
    assert probed(lab).state is ProbeState.HEALTHY
    engine.end(signal.SIGTERM)
    assert probed(lab).state is ProbeState.DOWN


def test_an_engine_ends_when_it_is_told_to_the_moment_it_is_ready(engines: Engines) -> None:
    for _ in range(3):
        engines.start(XLLAMACPP).end(signal.SIGTERM)


def test_an_engine_lists_its_model_under_its_own_name(lab: Lab, llamacpp: Engine) -> None:
    lab.serve(in_front_of(llamacpp))
    deployment = lab.gateway.cell.current.snapshot.models[MODEL].deployments[0]
    kind = lab.gateway.services.kinds[deployment.provider.kind.name]
    result = lab.call(Prober(lab.gateway.services.transport).ask(deployment.provider, kind.list_models))
    assert (result.state, result.models) == (ProbeState.HEALTHY, (deployment.upstream_model,))


@pytest.fixture
def locked(engines: Engines, tmp_path: Path) -> Engine:
    """An engine that wants a key."""
    key_file = tmp_path / "key"
    key_file.write_text("the-right-one\n")
    return engines.start(XLLAMACPP, Setup(key_file=key_file))


KEY = ', api_key: "env:ENGINE_KEY"'


def test_a_provider_is_given_its_key_and_no_caller_needs_it(lab: Lab, locked: Engine) -> None:
    client = lab.serve(in_front_of(locked, provider=KEY), {"ENGINE_KEY": "the-right-one"})
    assert client.post(CHAT, json=chat(max_tokens=1)).status_code == 200
    assert stream(client, chat(max_tokens=1)).data[-1] == "[DONE]"


def test_a_wrong_key_is_the_operators_to_mend_and_the_next_engine_answers(
    lab: Lab, locked: Engine, llamacpp: Engine
) -> None:
    client = lab.serve(in_front_of(locked, llamacpp, provider=KEY), {"ENGINE_KEY": "the-wrong-one"})
    answer = client.post(CHAT, json=chat(max_tokens=1))
    assert (answer.status_code, answer.headers["x-sixnines-provider"]) == (200, "b")
    assert answer.headers["x-sixnines-fallback"] == "credential"


def test_a_wrong_key_alone_is_no_fault_of_the_caller(lab: Lab, locked: Engine) -> None:
    client = lab.serve(in_front_of(locked, provider=KEY), {"ENGINE_KEY": "the-wrong-one"})
    answer = client.post(CHAT, json=chat(max_tokens=1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "provider_misconfigured")
    assert "the-wrong-one" not in answer.text


@WAYS
def test_a_prompt_too_long_for_one_engine_is_answered_by_one_with_a_larger_window(
    lab: Lab, engines: Engines, llamacpp: Engine, streamed: bool
) -> None:
    small = engines.start(XLLAMACPP, Setup(context=256))
    client = lab.serve(in_front_of(small, llamacpp))
    body = chat(words(300), max_tokens=2)
    headers = stream(client, body).headers if streamed else client.post(CHAT, json=body).headers
    assert (headers["x-sixnines-provider"], headers["x-sixnines-fallback"]) == ("b", "context")
    assert client.post(CHAT, json=chat(max_tokens=1)).headers["x-sixnines-provider"] == "a"


def test_a_window_that_fills_up_ends_the_answer_and_breaks_nothing(lab: Lab, engines: Engines) -> None:
    small = engines.start(XLLAMACPP, Setup(context=256))
    client = lab.serve(in_front_of(small))
    answer = client.post(CHAT, json=chat(words(190), max_tokens=200, ignore_eos=True)).json()
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["total_tokens"] <= 256


def leave(lab: Lab, engine: Engine, body: Json, *, busy: int) -> float:
    """Ask, leave when the engine is at work on it, so that `busy` slots work; seconds until one fewer does."""
    with closing(http.client.HTTPConnection(*lab.address)) as connection:
        connection.request("POST", CHAT, json.dumps(body), {"content-type": "application/json"})
        lab.until(lambda: engine.busy_slots() == busy)
    left = time.monotonic()
    lab.until(lambda: engine.busy_slots() == busy - 1)
    return time.monotonic() - left


@WAYS
def test_a_caller_who_leaves_frees_the_slot(lab: Lab, llamacpp: Engine, streamed: bool) -> None:
    lab.serve(in_front_of(llamacpp))
    assert leave(lab, llamacpp, chat(stream=streamed, **LONG), busy=1) < FREED_WITHIN_S


@WAYS
def test_a_caller_who_leaves_frees_the_slot_also_while_another_is_served(
    lab: Lab, llamacpp: Engine, streamed: bool
) -> None:
    client = lab.serve(in_front_of(llamacpp))
    with client.stream("POST", CHAT, json=chat(stream=True, **LONG)) as other:
        coming = events(other)
        until_content(coming)
        assert leave(lab, llamacpp, chat(stream=streamed, **LONG), busy=2) < FREED_WITHIN_S
        until_content(coming)  # who stayed goes on
    lab.until(lambda: llamacpp.busy_slots() == 0)


def test_a_caller_who_leaves_the_queue_does_not_hold_it_up(lab: Lab, llamacpp: Engine) -> None:
    client = lab.serve(in_front_of(llamacpp))
    with (
        client.stream("POST", CHAT, json=chat(stream=True, **LONG)) as first,
        client.stream("POST", CHAT, json=chat(stream=True, **LONG)) as second,
    ):
        until_content(events(first))
        until_content(events(second))
        with pytest.raises(httpx.ReadTimeout):
            client.post(CHAT, json=chat(**LONG), timeout=0.3)
    lab.until(lambda: llamacpp.busy_slots() == 0)


# The last one leaves the connection open and says nothing more, as `llama-server` does that is asked to end meanwhile.
ENDS = pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP], ids=lambda sign: sign.name)
IMPATIENT = "timeouts: {first_token: 5s, idle: 1s}"


def interrupted(engine: Engine, sign: signal.Signals, ask: Callable[[], Answer]) -> Answer:
    """The answer to `ask`, for which `engine` has made some tokens when `sign` reaches it."""
    with ThreadPoolExecutor(1) as caller:
        answer = caller.submit(ask)
        engine.until(lambda: engine.tokens_made() > 1, within_s=10)
        engine.signal(sign)
        return answer.result()


@ENDS
def test_a_held_back_stream_whose_engine_dies_is_answered_whole_by_the_next(
    lab: Lab, engines: Engines, llamacpp: Engine, sign: signal.Signals
) -> None:
    engine = engines.start(XLLAMACPP)
    client = lab.serve(in_front_of(engine, llamacpp, model=f"stream_failure: buffer\n    {IMPATIENT}"))
    answer = interrupted(engine, sign, lambda: stream(client, chat(max_tokens=60, ignore_eos=True)))
    assert (answer.status, answer.data[-1], answer.finish_reasons) == (200, "[DONE]", ["length"])
    assert answer.headers["x-sixnines-provider"] == "b"
    assert answer.headers["x-sixnines-fallback"] == "truncated"
    assert len({chunk["id"] for chunk in answer.chunks}) == 1, "nothing of the first answer is in it"


@ENDS
def test_a_whole_answer_whose_engine_dies_is_given_by_the_next(
    lab: Lab, engines: Engines, llamacpp: Engine, sign: signal.Signals
) -> None:
    engine = engines.start(XLLAMACPP)
    client = lab.serve(in_front_of(engine, llamacpp, model=IMPATIENT))
    answer = interrupted(engine, sign, lambda: client.post(CHAT, json=chat(max_tokens=60, ignore_eos=True)))
    assert (answer.status_code, answer.headers["x-sixnines-provider"]) == (200, "b")
    assert answer.headers["x-sixnines-fallback"] == "truncated"
    assert answer.json()["usage"]["completion_tokens"] == 60


def test_an_engine_that_was_frozen_is_used_again_when_it_thaws(lab: Lab, engines: Engines, llamacpp: Engine) -> None:
    engine = engines.start(XLLAMACPP)
    client = lab.serve(in_front_of(engine, llamacpp, model="timeouts: {first_token: 1s}"))
    engine.signal(signal.SIGSTOP)
    assert client.post(CHAT, json=chat(max_tokens=1)).headers["x-sixnines-provider"] == "b"
    engine.signal(signal.SIGCONT)
    assert client.post(CHAT, json=chat(max_tokens=1)).headers["x-sixnines-provider"] == "a"
