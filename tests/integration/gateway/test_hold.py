"""`POST /admin/v1/hold`: an operator has others asked before one provider, for some time."""

import pytest

from support.lab import Lab, chat, two_engines
from support.worker_processes import WorkerProcesses

KEYS = {"ADMIN": "sk-admin-1", "CALLER": "sk-caller-1"}
PATH = "/admin/v1/hold"


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def hold(client, provider="a", seconds=60.0, **more):
    return client.post(PATH, json={"provider": provider, "seconds": seconds}, **more)


def who(client) -> str:
    return client.post("/v1/chat/completions", json=chat()).headers["x-sixnines-provider"]


def test_requests_go_to_others_until_it_is_taken_back(lab):
    client = lab.serve(two_engines(lab.engine(), lab.engine()))
    assert who(client) == "a"
    assert hold(client).json() == {"object": "hold", "provider": "a", "seconds": 60.0}
    assert [who(client) for _ in range(3)] == ["b"] * 3
    (shown, _) = client.get("/admin/v1/providers").json()["providers"]
    assert (shown["state"], shown["reason"]) == ("busy", "held back by the operator")
    assert 50 < shown["for_s"] <= 60
    hold(client, seconds=0)
    assert who(client) == "a"


def test_it_ends_by_itself(lab):
    client = lab.serve(two_engines(lab.engine(), lab.engine()))
    hold(client, seconds=0.05)
    lab.until(lambda: who(client) == "a")
    assert who(client) == "a"


def test_an_answer_does_not_end_it(lab):
    a = lab.engine()
    config = f'providers: {{a: {{kind: openai-compatible, base_url: "{a.base_url}"}}}}\n'
    client = lab.serve(config + "models: {m: {deployments: [{provider: a, model: up}]}}")
    hold(client)
    assert who(client) == "a"  # nobody else is there
    assert client.get("/admin/v1/providers").json()["providers"][0]["reason"] == "held back by the operator"


def test_a_probe_does_not_end_it(lab):
    health = "defaults: {health: {interval: 20ms, unhealthy_interval: 20ms}}"
    client = lab.serve(health + two_engines(lab.engine(), lab.engine()), watch=True)
    lab.until(lambda: client.get("/admin/v1/providers").json()["providers"][0]["state"] == "healthy")
    hold(client)
    probed = len(lab.provider("a").reason)
    assert probed
    assert [who(client) for _ in range(5)] == ["b"] * 5


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"provider": "nobody", "seconds": 1}, "the config has no provider of this name"),
        ({"provider": "a", "seconds": -1}, "from 0 (no longer) to 3600"),
        ({"provider": "a", "seconds": 3601}, "from 0 (no longer) to 3600"),
        ({"provider": "a"}, "seconds"),
        ({"provider": "a", "seconds": 1, "minutes": 2}, "minutes"),
        ({"provider": "a", "seconds": "soon"}, "seconds"),
    ],
)
def test_what_means_nothing_is_refused(lab, body, said):
    client = lab.serve(two_engines(lab.engine(), lab.engine()))
    answer = client.post(PATH, json=body)
    assert (answer.status_code, said in answer.json()["error"]["message"]) == (400, True), answer.text
    assert who(client) == "a"


def test_only_administrators_may(lab):
    locked = 'server: {listen: "127.0.0.1:0", api_keys: ["env:CALLER"], admin_key: "env:ADMIN"}\n'
    client = lab.serve(locked + two_engines(lab.engine(), lab.engine()), KEYS)
    assert hold(client).status_code == 401
    assert hold(client, headers={"authorization": "Bearer sk-caller-1"}).status_code == 403
    assert hold(client, headers={"authorization": "Bearer sk-admin-1"}).status_code == 200


def test_all_workers_are_told_whichever_was_asked(lab, tmp_path):
    config = "defaults: {health: {active: false}}" + two_engines(lab.engine(), lab.engine())
    with WorkerProcesses(tmp_path, config, 2) as gateway:
        with gateway.client() as client:
            assert hold(client).status_code == 200
        seen = set()
        for _ in range(20):
            with gateway.client() as client:  # a new connection may be the other worker's
                seen.add(who(client))
        assert seen == {"b"}
