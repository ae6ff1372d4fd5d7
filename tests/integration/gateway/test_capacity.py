"""Full providers: who waits, for how long, in which order, and what the rest is told."""

import asyncio
import json
import threading
import time

import pytest

from sixnines.domain.operation import Operation
from sixnines.domain.priority import Priority
from sixnines.domain.trail import Trail
from sixnines.endpoints import chat_completions
from sixnines.engine.machine import Queue
from sixnines.engine.order import Asked, Order
from sixnines.routing.ask import Ask
from support.lab import Lab, chat, one_engine, two_engines

WELL = {"default": {"text": "hello"}}
SLOW = {"default": {"count": 5, "tokens_per_s": 10}}
HANGS = {"default": {"fault": {"kind": "hang_before_head"}}}


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


class Asking:
    """Requests under way, each in a thread of its own."""

    def __init__(self, lab):
        self._lab = lab
        self._threads = []
        self.answers = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for thread in self._threads:
            thread.join()

    def start(self, name="", **headers):
        thread = threading.Thread(target=self._ask, args=(name, headers))
        self._threads.append(thread)
        thread.start()

    def _ask(self, name, headers):
        with self._lab.client() as client:
            sent = {key.replace("_", "-"): value for key, value in headers.items()}
            self.answers.append((name, client.post("/v1/chat/completions", json=chat(), headers=sent)))


def limited(lab, script, *, queue="", limit=1, model=""):
    lab.a = lab.engine("openai", script)
    return lab.serve(one_engine(lab.a, provider=f", max_in_flight: {limit}{queue}", model=model))


def test_a_request_waits_for_a_place_and_is_answered(lab):
    limited(lab, SLOW)
    with Asking(lab) as asking:
        for _ in range(4):
            asking.start()
        lab.until(lambda: lab.places("a").waiting == 3)
        assert lab.a.in_flight == 1
    assert [answer.status_code for _, answer in asking.answers] == [200] * 4
    assert {answer.headers["x-sixnines-attempts"] for _, answer in asking.answers} == {"1"}
    assert lab.places("a").in_flight == 0


def test_those_with_priority_go_first(lab):
    limited(lab, SLOW)
    with Asking(lab) as asking:
        asking.start("running")
        lab.until(lambda: lab.a.in_flight == 1)
        for waiting, (name, priority) in enumerate(
            [("batch", "batch"), ("low", "low"), ("normal", None), ("high", "High")], 1
        ):
            asking.start(name, **({"x_sixnines_priority": priority} if priority else {}))
            lab.until(lambda waiting=waiting: lab.places("a").waiting == waiting)
    assert [name for name, _ in asking.answers] == ["running", "high", "normal", "low", "batch"]


def test_a_queue_that_is_full_is_a_503_that_says_when_to_come_back(lab):
    client = limited(lab, SLOW, queue=", queue: {size: 1}")
    with Asking(lab) as asking:
        asking.start()
        lab.until(lambda: lab.a.in_flight == 1)
        asking.start()
        lab.until(lambda: lab.places("a").waiting == 1)
        answer = client.post("/v1/chat/completions", json=chat())
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "overloaded"
    assert answer.json()["error"]["trail"] == [{"deployment": "a/up", "kind": "skipped", "reason": "at max_in_flight"}]
    assert int(answer.headers["retry-after"]) >= 1


def test_the_wait_in_the_queue_counts_in_the_deadline(lab):
    client = limited(lab, WELL, model="timeouts: {total: 600ms}")
    lab.loop.call_soon_threadsafe(lab.places("a").take)
    began = time.monotonic()
    assert client.post("/v1/chat/completions", json=chat()).status_code == 503
    assert 0.5 < time.monotonic() - began < 3
    assert lab.a.requests == []


def test_who_leaves_the_queue_leaves_no_trace(lab):
    import httpx

    client = limited(lab, SLOW)
    with Asking(lab) as asking:
        asking.start()
        lab.until(lambda: lab.a.in_flight == 1)
        with pytest.raises(httpx.ReadTimeout):
            client.post("/v1/chat/completions", json=chat(), timeout=0.1)
        lab.until(lambda: lab.places("a").waiting == 0)
    assert lab.a.total == 1
    assert lab.places("a").in_flight == 0


def test_a_place_that_comes_to_a_caller_in_the_moment_that_he_leaves_is_not_lost(lab):
    limited(lab, WELL)
    places = lab.places("a")

    async def granted_and_cancelled():
        driver, plan = lab.gateway.app._pipeline._driver, lab.gateway.cell.current.planner.plan
        model = lab.gateway.cell.current.snapshot.models["m"]
        until = lab.gateway.services.clock.monotonic_s() + 60
        call = chat_completions.read(json.dumps(chat()).encode())
        asked = Asked(call, call.head("chatcmpl-1", 0), until, b"\r\n\r\n", model.stream_failure)
        order = Order(plan(model, Ask(Operation.CHAT, 0), 0.0), asked, Trail([], ()), 0.0, Priority.NORMAL, 4)
        assert places.take()
        waiting = asyncio.create_task(driver.queue(order, Queue((0,), until)))
        while not places.waiting:
            await asyncio.sleep(0)
        places.give_back()  # to him
        assert places.in_flight == 1
        waiting.cancel()
        await asyncio.wait((waiting,))

    lab.call(granted_and_cancelled())
    assert (places.in_flight, places.waiting) == (0, 0)


@pytest.mark.parametrize(("queue", "expected"), [("", "b"), (", queue: {wait: 5s}", "a")], ids=["not", "so"])
def test_another_is_asked_at_once_where_one_is_full_unless_it_is_worth_waiting_for(lab, queue, expected):
    lab.a, lab.b = lab.engine("openai", SLOW), lab.engine("openai", WELL)
    address = f'"{lab.a.base_url}"'
    client = lab.serve(two_engines(lab.a, lab.b).replace(address, f"{address}, max_in_flight: 1{queue}"))
    with Asking(lab) as asking:
        asking.start()
        lab.until(lambda: lab.a.in_flight == 1)
        answer = client.post("/v1/chat/completions", json=chat())
    assert answer.headers["x-sixnines-provider"] == expected


def test_who_waits_for_two_full_providers_takes_the_first_place_of_either(lab):
    lab.a, lab.b = lab.engine("openai", HANGS), lab.engine("openai", SLOW)
    client = lab.serve(two_engines(lab.a, lab.b, provider=", max_in_flight: 1", model="timeouts: {total: 4s}"))
    with Asking(lab) as asking:
        asking.start()
        lab.until(lambda: lab.a.in_flight == 1)
        asking.start()
        lab.until(lambda: lab.b.in_flight == 1)
        answer = client.post("/v1/chat/completions", json=chat())
        assert answer.headers["x-sixnines-provider"] == "b"


def test_a_priority_that_is_none_is_refused(lab):
    client = limited(lab, WELL)
    answer = client.post("/v1/chat/completions", json=chat(), headers={"x-sixnines-priority": "urgent"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_priority"
    assert lab.a.requests == []
