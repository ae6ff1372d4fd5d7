"""Engines of every make that are stopped, killed and frozen: the next one answers, or the caller is told.

Each test has engines of its own, which it harms with signals.
"""

import json
import signal
import time
from collections.abc import Iterator

import httpx
import pytest

from sixnines.registry import KINDS
from support.real_engines import MAKES, Engines, Make
from support.real_front import CHAT, chat, events, in_front_of, stream, until_content

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# From the request to the whole short answer of the next engine.
SWITCHED_WITHIN_S = 2.0
ENDS = [signal.SIGTERM, signal.SIGKILL]
ALWAYS_STREAM = {kind.info.name for kind in KINDS if kind.info.always_stream}


def asked(client: httpx.Client, *, streamed: bool, **more: object) -> tuple[httpx.Headers, str]:
    """Headers and text of a complete answer."""
    body = chat(max_tokens=4, **more)
    if streamed:
        answer = stream(client, body)
        assert (answer.status, answer.data[-1], len(answer.finish_reasons)) == (200, "[DONE]", 1)
        return answer.headers, answer.text
    whole = client.post(CHAT, json=body)
    assert whole.status_code == 200, whole.text
    return whole.headers, whole.json()["choices"][0]["message"]["content"]


@pytest.mark.parametrize("sign", ENDS, ids=lambda sign: sign.name)
def test_the_next_engine_answers_when_the_first_has_ended(lab, engines: Engines, make: Make, sign) -> None:
    first, second = engines.pair(make)
    client = lab.serve(in_front_of(first, second))
    # Also: there is a pooled connection to the engine that ends.
    assert asked(client, streamed=False)[0]["x-sixnines-provider"] == "a"
    first.end(sign)
    for streamed in (False, True):
        began = time.monotonic()
        headers, text = asked(client, streamed=streamed)
        assert time.monotonic() - began < SWITCHED_WITHIN_S
        assert text != ""
        assert (headers["x-sixnines-provider"], headers["x-sixnines-attempts"]) == ("b", "2")
        assert headers["x-sixnines-fallback"] == "transport"


def test_an_answer_that_nobody_can_give_names_every_attempt(lab, engines: Engines, make: Make) -> None:
    first, second = engines.pair(make)
    client = lab.serve(in_front_of(first, second))
    first.end(signal.SIGKILL)
    second.end(signal.SIGKILL)
    answer = client.post(CHAT, json=chat(stream=True))
    assert answer.status_code == 502
    error = answer.json()["error"]
    assert error["code"] == "provider_unreachable"
    attempts = [(row["provider"], row["kind"], row["role"]) for row in error["trail"]]
    assert attempts[:2] == [("a", "transport", "first"), ("b", "transport", "fallback")]
    assert {role for _, _, role in attempts[2:]} <= {"retry"}  # both are asked once more before it is given up
    assert str(first.port) not in answer.text


@pytest.mark.parametrize("sign", [*ENDS, signal.SIGSTOP], ids=lambda sign: sign.name)
def test_a_stream_whose_engine_dies_ends_with_an_error_and_never_silently(
    lab, engines: Engines, make: Make, sign
) -> None:
    engine = engines.start(make)
    # One second without content: some engines keep the connection open when they are asked to end, and say nothing.
    client = lab.serve(in_front_of(engine, model="timeouts: {idle: 1s}"))
    body = chat(max_tokens=400, stream=True, **make.endless)
    with client.stream("POST", CHAT, json=body) as answer:
        assert answer.status_code == 200
        coming = events(answer)
        until_content(coming)
        engine.signal(sign)
        rest = list(coming)
    assert rest[-1] == "[DONE]"
    error = json.loads(rest[-2])["error"]
    assert error["type"] == "upstream_error"
    assert error["code"] in {"truncated", "server"}
    assert [event for event in rest[:-2] if "error" in json.loads(event)] == []


def frozen() -> Iterator[object]:
    """A whole answer is owed by the deadline only, except by engines that are always asked to stream."""
    for make in MAKES:
        yield pytest.param(make, True, id=f"{make.name}-stream")
        if make.kind in ALWAYS_STREAM:
            yield pytest.param(make, False, id=f"{make.name}-whole")


@pytest.mark.parametrize(("make", "streamed"), list(frozen()))
def test_an_engine_that_is_frozen_is_given_up_at_the_first_token_time(
    lab, engines: Engines, make: Make, streamed: bool
) -> None:
    first, second = engines.pair(make)
    # Also where connecting succeeds, which it does: the kernel answers for a process that is stopped.
    client = lab.serve(in_front_of(first, second, model="timeouts: {first_token: 1s}"))
    first.signal(signal.SIGSTOP)
    began = time.monotonic()
    headers, text = asked(client, streamed=streamed)
    took_s = time.monotonic() - began
    assert 1.0 <= took_s < 1.0 + SWITCHED_WITHIN_S
    assert text != ""
    assert (headers["x-sixnines-provider"], headers["x-sixnines-fallback"]) == ("b", "transport")
