"""What many people who look at one gateway cost it: one question a second, and only for what is new."""

import json

import pytest

from sixnines.web.asking import Asking, Refused
from sixnines.web.looking import Watch
from support.clocks import ManualClock

BODIES = {
    "/admin/v1/providers": {"providers": [{"name": "p", "state": "healthy"}]},
    "/admin/v1/availability": {"window": "24h"},
    "/admin/v1/availability/minutes": {"minutes": [{"unix_s": 60, "good": 1}]},
}


class Gateway:
    """Remembers what it is asked; has as many requests as it is told."""

    def __init__(self):
        self.asked = []
        self.requests = []

    async def __call__(self, request, responder):
        self.asked.append(f"{request.path}?{request.query}" if request.query else request.path)
        body = BODIES.get(request.path)
        if request.path == "/admin/v1/requests":
            most = int(request.query.removeprefix("limit="))
            rows = [{"id": each, "arrived_at": "", "outcome": "ok"} for each in self.requests[::-1][:most]]
            body = {"requests": rows, "held": len(self.requests)}
        status = 404 if body is None else 200
        body = {"error": {"message": "no", "code": "unknown_url"}} if body is None else body
        responder.send(status, [], json.dumps(body).encode())

    def times(self, path):
        return sum(each.partition("?")[0] == path for each in self.asked)


@pytest.fixture
def gateway():
    return Gateway()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def watch(gateway, clock):
    return Watch(Asking(gateway), monotonic_s=clock.monotonic_s, unix_s=clock.unix_s)


async def test_within_a_second_all_see_the_same_picture(watch, gateway, clock):
    first = await watch.picture()
    assert (await watch.with_minutes())[0] is first
    assert gateway.times("/admin/v1/providers") == 1
    clock.advance(1.0)
    assert await watch.picture() is not first
    assert gateway.times("/admin/v1/providers") == 2


async def test_what_changes_slowly_is_asked_for_every_ten_seconds(watch, gateway, clock):
    for _ in range(11):
        await watch.picture()
        clock.advance(1.0)
    assert gateway.times("/admin/v1/availability") == 2
    assert gateway.times("/admin/v1/providers") == 11


async def test_who_has_done_something_sees_what_came_of_it(watch, gateway):
    await watch.picture()
    watch.forget()
    await watch.picture()
    assert gateway.times("/admin/v1/providers") == 2


async def test_only_new_requests_are_asked_for_unless_all_of_them_were_new(watch, gateway, clock):
    async def ids():
        clock.advance(1.0)
        return [each.id for each in (await watch.picture()).requests]

    gateway.requests = ["1", "2"]
    assert await ids() == ["2", "1"]
    gateway.requests.append("3")
    assert await ids() == ["3", "2", "1"]
    gateway.requests += [f"n{number}" for number in range(150)]
    assert len(await ids()) == 153
    limits = [each.partition("limit=")[2] for each in gateway.asked if "limit=" in each]
    assert limits == ["1000", "100", "100", "1000"]


async def test_what_the_gateway_does_not_tell_is_not_known(watch):
    found = await watch.picture()
    assert (found.gateway, found.served, found.shares) == (None, None, ())
    assert found.availability.gateway is None


async def test_a_gateway_that_refuses_is_said_to_and_asked_again(watch, gateway, monkeypatch):
    monkeypatch.setitem(BODIES, "/admin/v1/providers", None)
    with pytest.raises(Refused):
        await watch.picture()
    monkeypatch.setitem(BODIES, "/admin/v1/providers", {"providers": []})
    assert (await watch.picture()).providers.providers == ()
