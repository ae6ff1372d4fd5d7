"""Learning through the real gateway: from what it learns, what it does with it, what it tells, and what it keeps."""

import json
import signal
from collections import Counter

import pytest

from support.gateway_process import GatewayProcess
from support.lab import Lab, chat

SLOW = {"default": {"count": 2, "first_token_s": 0.04}}
BOOM = {"default": {"error": {"preset": "server_error"}}}
KEYS = {"CALLER": "sk-caller-1", "ADMIN": "sk-admin-1"}
LOCKED = 'server: {listen: "127.0.0.1:0", api_keys: ["env:CALLER"], admin_key: "env:ADMIN"}\n'
WHOLE = "chat/short/whole"


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def config(*engines, model="strategy: adaptive", more=""):
    names = "abc"[: len(engines)]
    providers = "".join(
        f'  {name}: {{kind: openai-compatible, base_url: "{engine.base_url}"}}\n'
        for name, engine in zip(names, engines, strict=True)
    )
    deployments = ", ".join(f"{{provider: {name}, model: up}}" for name in names)
    # What breakers do is tested elsewhere: here an engine is asked again, however often it failed.
    calm = "defaults: {breaker: {failures: 1000}}\n"
    return f"{calm}providers:\n{providers}models:\n  m: {{deployments: [{deployments}], {model}}}\n{more}"


def serve(lab, text, environment=None, **more):
    """A client of the gateway, whose luck is always the same."""
    client = lab.serve(text, environment, **more)
    lab.gateway.services.rng.seed(1)
    return client


def ask(client, times=1, **more):
    """Who answered how many requests."""
    answers = [client.post("/v1/chat/completions", json=chat(**more)) for _ in range(times)]
    return Counter(each.headers.get("x-sixnines-provider") for each in answers)


def places(client, **headers):
    answer = client.get("/admin/v1/adaptive", headers=headers)
    assert answer.status_code == 200, answer.text
    return {each["name"]: each for each in answer.json()["places"]}


def seen(client, choice, *, place="m", kind=WHOLE):
    rows = places(client)[place]["requests"].get(kind, [])
    return next((each for each in rows if each["name"] == choice), None)


def total_evidence(client, place="m"):
    return sum(each["evidence"] for rows in places(client)[place]["requests"].values() for each in rows)


def test_the_quicker_engine_is_found_and_mostly_asked(lab):
    client = serve(lab, config(lab.engine(script=SLOW), lab.engine()))
    found = ask(client, 60)
    assert found["b"] >= 40
    assert seen(client, "a/up")["wait_ms"] > 40 > seen(client, "b/up")["wait_ms"]
    assert seen(client, "a/up")["expected"] < seen(client, "b/up")["expected"]


def test_streams_are_learned_about_apart_by_their_first_content(lab):
    engines = [lab.engine(script={"default": {"count": 3, "tokens_per_s": 20}}) for _ in range(2)]
    client = serve(lab, config(*engines))
    ask(client, 6, stream=True)
    ask(client, 6)
    whole = seen(client, "a/up")["wait_ms"]
    stream = seen(client, "a/up", kind="chat/short/stream")["wait_ms"]
    assert stream < 80 < whole


def test_an_engine_that_fails_loses_its_turns_and_the_callers_notice_nothing(lab):
    client = serve(lab, config(lab.engine(script=BOOM), lab.engine()))
    assert ask(client, 50) == {"b": 50}
    bad, good = seen(client, "a/up"), seen(client, "b/up")
    assert bad["success"] == 0.0
    assert good["success"] == 1.0
    assert 0 < bad["evidence"] < 20


def test_a_change_is_followed_while_the_gateway_runs(lab):
    a, b = lab.engine(), lab.engine(script=SLOW)
    client = serve(lab, config(a, b, model="strategy: adaptive, adaptive: {half_life: 20}"))
    assert ask(client, 30)["a"] > 18
    a.script({"models": ["up"], **SLOW})
    b.script({"models": ["up"]})
    ask(client, 40)
    assert ask(client, 20)["b"] > 12


def test_a_route_learns_which_model_is_best(lab):
    more = """
  one: {deployments: [{provider: a, model: up}]}
  two: {deployments: [{provider: b, model: up}]}
routes:
  r: {strategy: adaptive, models: [one, two]}
"""
    client = serve(lab, config(lab.engine(script=SLOW), lab.engine(), more=more))
    found = ask(client, 60, model="r")
    assert found["b"] >= 40
    assert seen(client, "two", place="r")["expected"] > seen(client, "one", place="r")["expected"]
    assert total_evidence(client) == 0


def test_what_the_request_itself_is_to_blame_for_teaches_nothing(lab):
    client = serve(lab, config(lab.engine(), lab.engine()))
    assert client.post("/v1/chat/completions", json=chat(temperature=9)).status_code == 400
    assert client.get("/admin/v1/requests").json()["requests"][0]["kind"] == "caller"
    assert total_evidence(client) == 0


def test_a_caller_who_leaves_teaches_nothing(lab):
    engines = [lab.engine(script={"default": {"count": 100, "tokens_per_s": 50}}) for _ in range(2)]
    client = serve(lab, config(*engines))
    with client.stream("POST", "/v1/chat/completions", json=chat(stream=True)) as answer:
        next(answer.iter_lines())
    lab.until(lambda: client.get("/admin/v1/requests").json()["held"] == 1)
    assert client.get("/admin/v1/requests").json()["requests"][0]["outcome"] == "client_gone"
    assert total_evidence(client) == 0


def test_a_stream_that_breaks_is_a_failure_of_who_gave_it(lab):
    breaking = {"default": {"count": 6, "tokens_per_s": 25, "fault": {"kind": "close", "after_chunks": 4}}}
    client = serve(lab, config(lab.engine(script=breaking), lab.engine(script=breaking)))
    ask(client, 1, stream=True)
    rows = places(client)["m"]["requests"]["chat/short/stream"]
    assert sorted(each["success"] for each in rows if each["evidence"]) == [0.0]


def test_what_an_answer_costs_is_what_the_provider_counted_at_its_price(lab):
    script = {"default": {"text": "Hi.", "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}}
    priced = "strategy: adaptive, price: {input: 1, output: 10}"
    client = serve(lab, config(lab.engine(script=script), lab.engine(script=script), model=priced))
    ask(client, 4)
    assert seen(client, "a/up")["cost_micros"] == pytest.approx(2000, abs=2)


def test_where_nothing_is_learned_there_is_nothing_to_see(lab):
    client = serve(lab, config(lab.engine(), lab.engine(), model="strategy: round_robin"))
    ask(client, 4)
    assert places(client) == {}
    assert "sixnines_adaptive_decisions_total{" not in client.get("/metrics").text


def test_the_shadow_decides_and_records_and_does_not_act(lab):
    shadow = "strategy: round_robin, adaptive: {shadow: true}"
    client = serve(lab, config(lab.engine(script=SLOW), lab.engine(), model=shadow))
    assert ask(client, 60) == {"a": 30, "b": 30}
    told = places(client)["m"]
    assert (told["strategy"], told["shadow"]) == ("round_robin", True)
    decisions = told["decisions"]
    assert decisions["total"] == decisions["in_shadow"] == 60
    assert 20 <= decisions["otherwise"] <= 40
    assert decisions["expected_acting"] < decisions["expected_adaptive"] <= decisions["expected_best"]
    metrics = client.get("/metrics").text
    assert (
        f'sixnines_adaptive_shadow_decisions_total{{place="m",verdict="otherwise"}} {decisions["otherwise"]}\n'
        in metrics
    )
    assert 'sixnines_adaptive_expected_reward{place="m",of="acting"}' in metrics


def test_operators_see_how_decisions_went(lab):
    client = serve(lab, config(lab.engine(script=SLOW), lab.engine()))
    ask(client, 30)
    told = places(client)["m"]
    assert told["chooses"] == "deployments"
    assert told["settings"]["half_life"] == 200
    assert told["settings"]["weights"] == {"success": 1.0, "speed": 0.5, "cost": 0.25, "feedback": 1.0}
    decisions = told["decisions"]
    assert decisions["total"] == decisions["best"] + decisions["plausible"] + decisions["worse"] == 30
    assert decisions["otherwise"] == 0
    assert (
        f'sixnines_adaptive_decisions_total{{place="m",choice="best"}} {decisions["best"]}\n'
        in client.get("/metrics").text
    )


def test_the_page_is_for_administrators(lab):
    client = serve(lab, LOCKED + config(lab.engine(), lab.engine()), KEYS)
    assert client.get("/admin/v1/adaptive").status_code == 401
    assert client.get("/admin/v1/adaptive", headers=bearer("CALLER")).status_code == 403
    answer = client.get("/admin/v1/adaptive", headers=bearer("ADMIN"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


def bearer(name):
    return {"authorization": f"Bearer {KEYS[name]}"}


# What was learned is kept.


def test_what_was_learned_survives_a_restart(lab, tmp_path):
    text = config(lab.engine(script=SLOW), lab.engine())
    client = serve(lab, text, state_home=tmp_path)
    ask(client, 40)
    before = places(client)
    lab.call(lab.gateway.stop())
    assert [each.name for each in tmp_path.iterdir()] == ["learned.json"]
    after = places(serve(lab, text, state_home=tmp_path))
    assert after == before


def test_what_was_learned_survives_a_reload(lab):
    a, b = lab.engine(script=SLOW), lab.engine()
    client = serve(lab, config(a, b))
    ask(client, 30)
    before = places(client)
    generation = lab.gateway.prepare(lab.gateway.cell.current.snapshot)
    lab.loop.call_soon_threadsafe(lab.gateway.swap, generation)
    assert places(client) == before
    ask(client, 1)
    assert places(client)["m"]["decisions"]["total"] == 31


def test_where_nothing_is_learned_nothing_is_written(lab, tmp_path):
    client = serve(
        lab, config(lab.engine(), lab.engine(), model="strategy: round_robin"), state_home=tmp_path / "state"
    )
    ask(client, 4)
    lab.call(lab.gateway.stop())
    assert not (tmp_path / "state").exists()


@pytest.mark.slow
def test_a_served_gateway_keeps_what_it_learned_where_state_lives(lab, tmp_path):
    text = config(lab.engine(script=SLOW), lab.engine())
    environment = {"XDG_STATE_HOME": str(tmp_path / "state")}
    with GatewayProcess(tmp_path, text, environment) as gateway, gateway.client() as client:
        ask(client, 20)
        gateway.signal(signal.SIGTERM)
        assert gateway.ended() == 0
    kept = tmp_path / "state" / "sixnines" / "learned.json"
    assert json.loads(kept.read_bytes())["places"]["m"]["tally"]["decisions"] == 20
    kept.write_bytes(kept.read_bytes()[:-30])
    with GatewayProcess(tmp_path, text, environment) as gateway, gateway.client() as client:
        assert gateway.says("learning begins anew")
        assert ask(client, 2).total() == 2
        gateway.signal(signal.SIGTERM)
        assert gateway.ended() == 0
    assert json.loads(kept.read_bytes())["places"]["m"]["tally"]["decisions"] == 2
    assert kept.with_name("learned.json.unreadable").exists()


# Feedback.


def request_id(client, **more):
    return client.post("/v1/chat/completions", json=chat(**more)).headers["x-sixnines-request-id"]


def say(client, about, score, **more):
    return client.post("/v1/feedback", json={"request_id": about, "score": score}, **more)


def test_what_callers_say_of_answers_decides_who_gives_the_next(lab):
    only_feedback = "strategy: adaptive, adaptive: {weights: {speed: 0, cost: 0}}"
    client = serve(lab, config(lab.engine(), lab.engine(), model=only_feedback))
    for _ in range(60):
        answer = client.post("/v1/chat/completions", json=chat())
        likes = answer.headers["x-sixnines-provider"] == "b"
        assert say(client, answer.headers["x-sixnines-request-id"], float(likes)).json()["counted"]
    assert seen(client, "a/up")["feedback"] == 0.0
    assert seen(client, "b/up")["feedback"] == 1.0
    assert ask(client, 30)["b"] >= 22


def test_the_last_score_counts_once(lab):
    client = serve(lab, config(lab.engine(), lab.engine(script=BOOM)))
    about = request_id(client)
    for score in (0, 0.5, 1, 0.25, 0.25):
        answer = say(client, about, score)
        assert answer.json() == {"object": "feedback", "request_id": about, "score": score, "counted": True}
    assert seen(client, "a/up")["feedback"] == 0.25
    bucket = dict(lab.gateway.services.learned.places())["m"].buckets[WHOLE]
    assert bucket.choices["a/up"].feedback.count == pytest.approx(1.0)


def test_feedback_on_a_stream_that_its_caller_stopped_counts(lab):
    engines = [lab.engine(script={"default": {"count": 100, "tokens_per_s": 50}}) for _ in range(2)]
    client = serve(lab, config(*engines))
    with client.stream("POST", "/v1/chat/completions", json=chat(stream=True)) as answer:
        next(answer.iter_lines())
        about = answer.headers["x-sixnines-request-id"]
    lab.until(lambda: client.get("/admin/v1/requests").json()["held"] == 1)
    assert say(client, about, 0).json()["counted"]


def test_feedback_where_nobody_learns_is_taken_and_said_not_to_count(lab):
    client = serve(lab, config(lab.engine(), lab.engine(), model="strategy: round_robin"))
    answer = say(client, request_id(client), 1)
    assert answer.status_code == 200
    assert answer.json()["counted"] is False


def test_feedback_on_a_request_that_got_no_answer_does_not_count(lab):
    client = serve(lab, config(lab.engine(script=BOOM), lab.engine(script=BOOM)))
    assert say(client, request_id(client), 1).json()["counted"] is False
    assert say(client, request_id(client, model="nobody"), 1).json()["counted"] is False


def test_feedback_on_what_nobody_remembers_is_a_404(lab):
    client = serve(lab, config(lab.engine(), lab.engine()))
    for odd in ("0" * 24, "", "x" * 5000):
        answer = say(client, odd, 1)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "request_not_found")
        assert "1200" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        (b"", "empty_body", "empty"),
        (b"{", "invalid_json", "could not parse"),
        (b"[]", "invalid_type", "must be an object"),
        (b'{"score": 1}', "missing_required_parameter", "'request_id'"),
        (b'{"request_id": "x"}', "missing_required_parameter", "'score'"),
        (b'{"request_id": 1, "score": 1}', "invalid_type", "'request_id'"),
        (b'{"request_id": "x", "score": "up"}', "invalid_type", "'score'"),
        (b'{"request_id": "x", "score": true}', "invalid_type", "'score'"),
        (b'{"request_id": "x", "score": 1.01}', "invalid_value", "from 0 (a bad answer) to 1 (a good one)"),
        (b'{"request_id": "x", "score": -1}', "invalid_value", "from 0"),
        (b'{"request_id": "x", "score": NaN}', "invalid_json", "could not parse"),
        (b'{"request_id": "x", "score": 1e999}', "invalid_value", "'score'"),
        (b'{"request_id": "x", "score": 0, "score": 1}', "duplicate_parameter", "'score'"),
        (b'{"request_id": "x", "score": 1, "comment": "nice"}', "unknown_parameter", "`request_id` and `score`"),
    ],
)
def test_feedback_that_cannot_be_read_says_what_is_allowed(shared, body, code, says):
    answer = shared.post("/v1/feedback", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code
    assert says in answer.json()["error"]["message"]


def test_feedback_is_json(shared):
    answer = shared.post("/v1/feedback", content=b"{}", headers={"content-type": "text/plain"})
    assert answer.status_code == 415


def test_feedback_takes_a_post(shared):
    answer = shared.get("/v1/feedback")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")


@pytest.fixture(scope="module")
def shared():
    with Lab() as lab:
        yield serve(lab, config(lab.engine(), lab.engine()))


def test_feedback_needs_a_key_like_every_call(lab):
    client = serve(lab, LOCKED + config(lab.engine(), lab.engine()), KEYS)
    answer = client.post("/v1/chat/completions", json=chat(), headers=bearer("CALLER"))
    about = answer.headers["x-sixnines-request-id"]
    assert say(client, about, 1).status_code == 401
    assert say(client, about, 1, headers={"authorization": "Bearer sk-wrong"}).status_code == 401
    assert say(client, about, 1, headers=bearer("CALLER")).json()["counted"]


def test_pages_of_configured_origins_may_give_feedback(lab):
    origin = "https://chat.example.org"
    server = f'server: {{listen: "127.0.0.1:0", cors: ["{origin}"]}}\n'
    client = serve(lab, server + config(lab.engine(), lab.engine()))
    asking = {"origin": origin, "access-control-request-method": "POST"}
    answer = client.options("/v1/feedback", headers=asking)
    assert answer.headers["access-control-allow-origin"] == origin
    assert "POST" in answer.headers["access-control-allow-methods"]
