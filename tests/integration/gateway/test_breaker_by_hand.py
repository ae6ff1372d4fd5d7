"""`POST /admin/v1/breaker`: an operator opens and closes breakers; and `GET /admin/v1/models`, which tells who is left."""

import pytest

from support.lab import Lab, chat, two_engines
from support.worker_processes import WorkerProcesses

KEYS = {"ADMIN": "sk-admin-1", "CALLER": "sk-caller-1"}
PATH = "/admin/v1/breaker"


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def put(client, state="open", seconds=60.0, provider="a", **more):
    body = {"provider": provider, "state": state}
    return client.post(PATH, json=body if seconds is None else {**body, "seconds": seconds}, **more)


def who(client) -> str:
    return client.post("/v1/chat/completions", json=chat()).headers["x-sixnines-provider"]


def shown(client, provider=0):
    return client.get("/admin/v1/providers").json()["providers"][provider]["deployments"][0]


def test_requests_go_to_others_until_it_is_closed_by_hand(lab):
    client = lab.serve(two_engines(lab.engine(), lab.engine()))
    assert who(client) == "a"
    answer = put(client).json()
    assert (answer["state"], answer["seconds"]) == ("open", 60.0)
    assert answer["deployments"] == [shown(client)["id"]]
    assert [who(client) for _ in range(3)] == ["b"] * 3
    seen = shown(client)
    assert (seen["state"], seen["reason"], seen["opened_by_hand"]) == ("down", "breaker opened by the operator", True)
    assert 50 < seen["for_s"] <= 60
    assert put(client, "closed", None).status_code == 200
    assert shown(client)["opened_by_hand"] is False
    assert who(client) == "a"


def test_it_ends_by_itself(lab):
    client = lab.serve(two_engines(lab.engine(), lab.engine()))
    put(client, seconds=0.05)
    lab.until(lambda: who(client) == "a")
    assert shown(client)["breaker"] == "closed"


def test_an_answer_that_nobody_else_could_give_does_not_close_it(lab):
    a = lab.engine()
    config = f'providers: {{a: {{kind: openai-compatible, base_url: "{a.base_url}"}}}}\n'
    client = lab.serve(config + "models: {m: {deployments: [{provider: a, model: up}]}}")
    put(client)
    assert who(client) == "a"
    assert shown(client)["opened_by_hand"] is True


def test_one_that_failures_have_opened_is_closed_by_hand(lab):
    failing = lab.engine("openai", {"default": {"fault": {"kind": "close_before_head"}}})
    breaker = "defaults: {breaker: {failures: 1, window: 30s, open: 30s}}\n"
    client = lab.serve(breaker + two_engines(failing, lab.engine()))
    who(client)
    assert shown(client)["breaker"] == "open"
    put(client, "closed", None)
    assert shown(client)["breaker"] == "closed"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"provider": "nobody", "state": "closed"}, "no provider of this name"),
        ({"provider": "a", "state": "ajar"}, "state"),
        ({"provider": "a", "state": "open"}, "above 0 and up to 3600"),
        ({"provider": "a", "state": "open", "seconds": 0}, "above 0 and up to 3600"),
        ({"provider": "a", "state": "open", "seconds": 3601}, "above 0 and up to 3600"),
        ({"provider": "a", "state": "closed", "seconds": 1}, "goes by what is seen from then on"),
        ({"provider": "a", "state": "closed", "deployment": "b/up"}, "no such deployment"),
        ({"provider": "a", "state": "closed", "minutes": 2}, "minutes"),
    ],
)
def test_what_means_nothing_is_refused(lab, body, said):
    client = lab.serve(two_engines(lab.engine(), lab.engine()))
    answer = client.post(PATH, json=body)
    assert (answer.status_code, said in answer.json()["error"]["message"]) == (400, True), answer.text


def test_only_administrators_may(lab):
    locked = 'server: {listen: "127.0.0.1:0", api_keys: ["env:CALLER"], admin_key: "env:ADMIN"}\n'
    client = lab.serve(locked + two_engines(lab.engine(), lab.engine()), KEYS)
    assert put(client).status_code == 401
    assert put(client, headers={"authorization": "Bearer sk-caller-1"}).status_code == 403
    assert put(client, headers={"authorization": "Bearer sk-admin-1"}).status_code == 200


def test_all_workers_are_told_whichever_was_asked(lab, tmp_path):
    config = "defaults: {health: {active: false}}" + two_engines(lab.engine(), lab.engine())
    with WorkerProcesses(tmp_path, config, 2) as gateway:
        with gateway.client() as client:
            assert put(client).status_code == 200
        seen = set()
        for _ in range(20):
            with gateway.client() as client:  # a new connection may be the other worker's
                seen.add(who(client))
        assert seen == {"b"}


MODELS = """
models:
  first: {deployments: [{provider: a, model: up}], fallbacks: [second]}
  second: {deployments: [{provider: b, model: up}]}
routes: {both: {strategy: ordered, models: [first, second]}}
"""


def test_who_is_left_for_each_model_and_route(lab):
    a, b = lab.engine(), lab.engine()
    entry = 'kind: openai-compatible, base_url: "{}"'
    providers = f"providers: {{a: {{{entry.format(a.base_url)}}}, b: {{{entry.format(b.base_url)}}}}}"
    client = lab.serve(providers + MODELS)

    def states():
        return {each["name"]: each["state"] for each in client.get("/admin/v1/models").json()["models"]}

    assert states() == {"first": "ok", "second": "ok", "both": "ok"}
    put(client)
    assert states() == {"first": "fallback", "second": "ok", "both": "ok"}
    put(client, provider="b")
    assert states() == {"first": "nobody", "second": "nobody", "both": "nobody"}
    (first, *_) = client.get("/admin/v1/models").json()["models"]
    assert (first["kind"], first["deployments"], first["fallbacks"], first["left"]) == ("model", ["a/up"], ["b/up"], [])


def test_a_provider_says_since_when_it_stands_so(lab):
    client = lab.serve(two_engines(lab.engine(), lab.engine()), watch=True)
    lab.until(lambda: client.get("/admin/v1/providers").json()["providers"][0]["state"] == "healthy")
    lab.until(lambda: client.get("/admin/v1/providers").json()["providers"][0]["since_unix_s"] is not None)
