"""Two real engines, a crowd of callers, and one engine that is killed, ended, frozen or restarted in the middle.

The gateway is a process of its own. The blow falls when a stream of the stricken engine has brought its first content,
so that answers are in flight there at every stage: committed, not yet committed, and not streamed.
"""

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from support.gateway_process import GatewayProcess
from support.real_engines import XLLAMACPP, Engine, Engines, Setup
from support.real_front import CHAT, chat, events, in_front_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CALLERS = 8
REQUESTS = 200
HALF = REQUESTS // 2
STRICKEN, OTHER = "a", "b"
# Until the stricken engine, well again, is given requests: an open breaker's time twice over, and a failed try of it.
BACK_WITHIN_S = 15.0
ANSWERED_WITHIN_S = 60.0
# Each caller finds a slot at either engine; the limits are short, because a frozen engine is known by silence alone.
SETUP = Setup(context=256, slots=CALLERS)
BREAKER = "defaults: {breaker: {failures: 3, window: 10s, open: 1s, max_open: 2s}}"
LIMITS = "strategy: weighted\n    timeouts: {connect: 1s, first_token: 5s, idle: 3s, total: 45s}"
CONTRACTS = ["error", "continue"]


@dataclass(frozen=True, slots=True)
class Told:
    """What one caller was told.

    Attributes:
        number: of the request.
        streamed: he asked for a stream.
        status: HTTP's.
        headers: of the answer.
        data: the events of a stream, or the one body.
        cut: why the answer did not come to its end, in words; empty when it did.
    """

    number: int
    streamed: bool
    status: int
    headers: dict[str, str]
    data: list[str]
    cut: str = ""

    @property
    def provider(self) -> str:
        """Who answered."""
        return self.headers.get("x-sixnines-provider", "")

    @property
    def error(self) -> dict[str, str] | None:
        """The error that the answer is or ends with."""
        documents = [json.loads(each) for each in self.data if each != "[DONE]"]
        return next((each["error"] for each in documents if "error" in each), None)

    def check_complete(self) -> None:
        """It is one well-formed answer."""
        assert (self.status, self.cut, self.error) == (200, "", None), self
        if not self.streamed:
            (choice,) = json.loads(self.data[0])["choices"]
            assert choice["message"]["role"] == "assistant"
            assert choice["finish_reason"] in {"stop", "length"}
            return
        assert self.data[-1] == "[DONE]", self
        assert self.data.count("[DONE]") == 1, self
        chunks = [json.loads(each) for each in self.data[:-1]]
        choices = [choice for chunk in chunks for choice in chunk["choices"]]
        assert len({chunk["id"] for chunk in chunks}) == 1, self
        assert [choice["delta"]["role"] for choice in choices if choice["delta"].get("role")] == ["assistant"], self
        assert [each["finish_reason"] for each in choices if each.get("finish_reason")] in (["stop"], ["length"]), self

    def check_broken(self) -> None:
        """It ends as the contract `error` says: what had come, one error event, the terminator."""
        assert (self.streamed, self.status, self.cut) == (True, 200, ""), self
        assert self.provider == STRICKEN, self
        assert self.data[-1] == "[DONE]", self
        chunks = [json.loads(each) for each in self.data[:-1]]
        assert chunks[-1]["error"]["type"] == "upstream_error", self
        assert all("error" not in chunk for chunk in chunks[:-1]), self
        assert any(choice["delta"].get("content") for chunk in chunks[:-1] for choice in chunk["choices"]), self


@dataclass(slots=True)
class Crowd:
    """Callers, eight at a time, half of them streamed.

    Attributes:
        client: for the gateway.
        strike: what happens to the engine, once.
        struck: set when it has.
        answered: what callers were told, in the order in which they were done.
    """

    client: httpx.Client
    strike: Callable[[], None]
    struck: threading.Event = field(default_factory=threading.Event)
    answered: list[Told] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> list[Told]:
        """Serve all of them."""
        with ThreadPoolExecutor(CALLERS) as callers:
            return list(callers.map(self._ask, range(REQUESTS)))

    def _ask(self, number: int) -> Told:
        # Half of them, and out of step with a gateway that takes turns between two engines.
        streamed = number % 4 in {1, 2}
        # Before the blow it must be possible to be in the middle of an answer.
        tokens = 40 if number >= HALF and not self.struck.is_set() else 4
        body = chat(f"Tell me about the number {number}.", max_tokens=tokens, ignore_eos=True, stream=streamed)
        data: list[str] = []
        status, headers, cut = 0, {}, ""
        try:
            with self.client.stream("POST", CHAT, json=body) as answer:
                status, headers = answer.status_code, dict(answer.headers)
                if not answer.headers["content-type"].startswith("text/event-stream"):
                    data.append(answer.read().decode())
                else:
                    self._listen(events(answer), data, headers["x-sixnines-provider"], tokens)
        except httpx.HTTPError as error:
            cut = repr(error)
        told = Told(number, streamed, status, headers, data, cut)
        self.answered.append(told)
        return told

    def _listen(self, coming: Iterator[str], data: list[str], provider: str, tokens: int) -> None:
        for event in coming:
            data.append(event)
            if tokens > 4 and provider == STRICKEN and '"content":"' in event.replace(" ", ""):
                with self._lock:
                    if not self.struck.is_set():
                        self.strike()
                        self.struck.set()


@dataclass(frozen=True, slots=True)
class Blow:
    """What becomes of an engine, and what makes it well again afterwards."""

    name: str
    strike: Callable[[Engines, Engine], None]
    mend: Callable[[Engines, Engine], None]


def restart(engines: Engines, engine: Engine) -> None:
    engine.end(signal.SIGTERM)
    engines.again(engine)


BLOWS = [
    Blow("killed", lambda _, engine: engine.end(signal.SIGKILL), lambda engines, engine: engines.again(engine)),
    Blow("ended", lambda _, engine: engine.end(signal.SIGTERM), lambda engines, engine: engines.again(engine)),
    Blow(
        "frozen",
        lambda _, engine: engine.signal(signal.SIGSTOP),
        lambda _, engine: engine.signal(signal.SIGCONT),
    ),
    Blow("restarted", restart, lambda _, engine: None),
]


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("blow", BLOWS, ids=lambda blow: blow.name)
def test_a_crowd_of_callers_does_not_notice_that_an_engine_is(
    engines: Engines, tmp_path: Path, blow: Blow, contract: str
) -> None:
    pair = engines.pair(XLLAMACPP, SETUP)
    front = in_front_of(*pair, model=f"stream_failure: {contract}\n    {LIMITS}")
    config = f"{BREAKER}\n{front}"
    with GatewayProcess(tmp_path, config) as gateway, gateway.client() as client:
        client.timeout = httpx.Timeout(ANSWERED_WITHIN_S)
        crowd = Crowd(client, lambda: blow.strike(engines, pair[0]))
        told = crowd.run()
        assert crowd.struck.is_set(), "nobody was in the middle of an answer of the engine"
        check(told, contract)
        blow.mend(engines, pair[0])
        began = time.monotonic()
        while client.post(CHAT, json=chat(max_tokens=1)).headers["x-sixnines-provider"] != STRICKEN:
            assert time.monotonic() - began < BACK_WITHIN_S, "the engine is well again, and nobody goes there"
        assert gateway.process.poll() is None
    assert "Traceback" not in gateway.log


def check(told: list[Told], contract: str) -> None:
    """Every caller was told what he must be told, and both engines have done their part."""
    broken = [each for each in told if each.streamed and each.error is not None]
    for each in told:
        if each in broken:
            each.check_broken()
        else:
            each.check_complete()
    # The stream that was in the middle of its answer cannot be saved by the contract `error`; with `continue` it is.
    assert bool(broken) is (contract == "error")
    assert len(broken) <= CALLERS
    assert {each.provider for each in told} == {STRICKEN, OTHER}
    assert [each for each in told if each.headers["x-sixnines-attempts"] != "1" and each not in broken] != []
