"""`server.decision_log`: what is written down of each request, and that nobody waits for it or is harmed by it."""

import json
import stat
from datetime import UTC, datetime

import pytest

from sixnines.config.load import read_text
from sixnines.engine.recorded import read_line
from sixnines.registry import CATALOG
from sixnines.telemetry.metrics import UNRECORDED
from support.lab import Lab, chat, config_text, one_engine, two_engines

PROMPT = "the-prompt-that-nobody-may-see"
ANSWER = "the-answer-that-nobody-may-see"
SESSION = "the-session-that-nobody-may-see"
KEYS = {"CALLER": "sk-caller-1", "ADMIN": "sk-admin-1", "UP": "sk-upstream-1"}


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def path(tmp_path):
    return tmp_path / "decisions.jsonl"


def logged(path, more=""):
    return f'server: {{listen: "127.0.0.1:0", decision_log: {{path: {path}}}{more}}}\n'


def asking(stream=False, **more):
    return chat(stream, messages=[{"role": "user", "content": PROMPT}], **more)


def written(lab, path, count):
    """The records, once there are so many."""
    lab.until(lambda: path.exists() and path.read_bytes().count(b"\n") >= count)
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_decision_is_written_down_with_what_came_of_it(lab, path):
    a = lab.engine("openai", {"default": {"error": {"preset": "rate", "retry_after_s": 60}}})
    b = lab.engine("openai", {"default": {"text": ANSWER, "usage": {"prompt_tokens": 11, "completion_tokens": 3}}})
    client = lab.serve(logged(path) + two_engines(a, b, model="aliases: [other]\n    context_window: 9000"))
    began = datetime.now(UTC).timestamp()
    first = client.post("/v1/chat/completions", json=asking(max_tokens=20)).headers["x-sixnines-request-id"]
    client.post("/v1/chat/completions", json=asking(stream=True, model="other"))
    one, two = written(lab, path, 2)
    assert abs(one.pop("at") - began) < 2
    assert one.pop("total_ms") > 0
    assert one.pop("conversation")
    assert [(each["deployment"], each["kind"], each["ms"] > 0) for each in one.pop("tried")] == [
        ("a/up", "rate", True), ("b/up", "ok", True),
    ]  # fmt: skip
    body = json.dumps(asking(max_tokens=20), separators=(",", ":"))
    features = one.pop("features")
    assert PROMPT not in json.dumps(features)
    assert (features["turns"], features["max_tokens"]) == (1, 20)
    assert one == {
        "v": 1, "id": first, "asked": "m", "name": "m", "operation": "chat", "stream": False, "outcome": "ok",
        "tokens_floor": len(body) // 16 + 20, "prompt_tokens": features["prompt_tokens"], "answer_tokens": 20,
        "order": ["a/up", "b/up"], "window": 9000, "price": {"input_micros": 0, "output_micros": 0, "cached_input_micros": None},
        "answered": "b/up", "prompt_used": 11, "answer_used": 3,
    }  # fmt: skip
    assert (two["asked"], two["name"], two["stream"], two["order"]) == ("other", "m", True, ["b/up", "a/up"])
    assert two["skipped"] == [{"deployment": "a/up", "reason": "resting after rate", "passed": "resting"}]
    assert 0 < two["first_content_ms"] <= two["total_ms"]


def test_what_is_written_can_be_read_again(lab, path):
    client = lab.serve(logged(path) + two_engines(lab.engine(), lab.engine()))
    headers = {"x-sixnines-deny": "a", "x-sixnines-quality": "draft", "x-sixnines-local-only": "1"}
    client.post("/v1/chat/completions", json=asking(), headers=headers | {"x-sixnines-priority": "low"})
    client.post("/v1/embeddings", json={"model": "m", "input": PROMPT}, headers={"x-sixnines-provider": "b"})
    written(lab, path, 2)
    one, two = map(read_line, path.read_bytes().splitlines())
    assert (one.wishes.deny, one.wishes.quality, one.wishes.local_only) == (("a",), "draft", True)
    assert (one.wishes.priority, one.wishes.provider) == ("low", None)
    assert (two.operation, two.wishes.provider, two.order, two.answer_tokens) == ("embedding", "b", ["b/up"], 0)
    assert [each.reason for each in two.skipped] == ["only b may be asked"]


@pytest.mark.parametrize("by", ["session", "user", "prompt"])
def test_requests_of_one_conversation_have_one_number_and_others_another(lab, path, by):
    client = lab.serve(logged(path) + one_engine(lab.engine()))
    for name in (SESSION, SESSION, "another"):
        headers = {"x-sixnines-session": name} if by == "session" else {}
        more = {"user": name} if by == "user" else {}
        content = name if by == "prompt" else PROMPT
        body = chat(messages=[{"role": "user", "content": content}], **more)
        client.post("/v1/chat/completions", json=body, headers=headers)
    one, again, other = [each["conversation"] for each in written(lab, path, 3)]
    assert one == again != other


def test_of_a_long_prompt_only_the_session_is_looked_at(lab, path):
    client = lab.serve(logged(path) + one_engine(lab.engine()))
    body = chat(messages=[{"role": "user", "content": "x" * 70_000}])
    client.post("/v1/chat/completions", json=body)
    client.post("/v1/chat/completions", json=body, headers={"x-sixnines-session": SESSION})
    without, within = written(lab, path, 2)
    assert "conversation" not in without
    assert within["conversation"]


def test_the_number_of_a_conversation_means_nothing_to_another_gateway(lab, path, tmp_path):
    client = lab.serve(logged(path) + one_engine(lab.engine()))
    client.post("/v1/chat/completions", json=asking())
    with Lab() as second:
        other = second.serve(logged(tmp_path / "other") + one_engine(second.engine()))
        other.post("/v1/chat/completions", json=asking())
        theirs = written(second, tmp_path / "other", 1)
    assert written(lab, path, 1)[0]["conversation"] != theirs[0]["conversation"]


def test_nothing_of_a_prompt_an_answer_a_key_or_an_address_is_there(lab, path):
    bad = lab.engine("openai", {"default": {"respond": {"status": 500, "body": f"I cannot {PROMPT}"}}})
    gone, good = lab.engine("openai"), lab.engine("openai", {"default": {"text": ANSWER}})
    config = (
        logged(path, ', api_keys: ["env:CALLER"], admin_key: "env:ADMIN"')
        + f"""
providers:
  a: {{kind: openai-compatible, base_url: "{bad.base_url}", api_key: "env:UP"}}
  b: {{kind: openai-compatible, base_url: "{gone.base_url}", api_key: "env:UP"}}
  c: {{kind: openai-compatible, base_url: "{good.base_url}", api_key: "env:UP"}}
models:
  m: {{deployments: [{{provider: a, model: up}}, {{provider: b, model: up}}, {{provider: c, model: up}}]}}
"""
    )
    client = lab.serve(config, KEYS)
    lab.call(gone.__aexit__(None, None, None))
    headers = {"authorization": "Bearer sk-caller-1", "x-sixnines-session": SESSION}
    for stream in (False, True):
        client.post("/v1/chat/completions", json=asking(stream), headers=headers)
    written(lab, path, 2)
    text = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for secret in (PROMPT, ANSWER, SESSION, *KEYS.values(), "127.0.0.1", "http", str(bad.base_url)[-5:]):
        assert secret not in text


def test_a_request_that_nobody_may_serve_is_written_down_too(lab, path):
    client = lab.serve(logged(path) + two_engines(lab.engine(), lab.engine()))
    client.post("/v1/chat/completions", json=asking(), headers={"x-sixnines-deny": "a,b"})
    (one,) = written(lab, path, 1)
    assert one["outcome"] == "caller"
    assert [each["passed"] for each in one["skipped"]] == ["out", "out"]
    assert "order" not in one


def test_an_unknown_name_and_a_malformed_request_are_no_decisions(lab, path):
    client = lab.serve(logged(path) + one_engine(lab.engine()))
    client.post("/v1/chat/completions", json=asking(model="nope"))
    client.post("/v1/chat/completions", content=b"{")
    client.post("/v1/chat/completions", json=asking())
    assert [each["asked"] for each in written(lab, path, 1)] == ["m"]


def test_where_the_disk_fails_requests_are_answered_and_the_lost_lines_counted(lab, tmp_path):
    client = lab.serve(logged(tmp_path / "gone" / "log") + one_engine(lab.engine()))
    assert client.post("/v1/chat/completions", json=asking()).status_code == 200
    lab.until(lambda: 'sixnines_unrecorded_decisions_total{reason="disk"} 1\n' in client.get("/metrics").text)
    assert lab.gateway.services.metrics.value(UNRECORDED, ("queue",)) == 0


def test_a_reload_turns_it_on_to_another_file_and_off(lab, path, tmp_path):
    engine = one_engine(lab.engine())
    client = lab.serve(engine)

    async def swap(config):
        snapshot = read_text(config_text(config), "lab.yaml", {}, CATALOG).snapshot
        lab.gateway.swap(lab.gateway.prepare(snapshot))

    ids = []
    for config in (engine, logged(path) + engine, logged(tmp_path / "other") + engine, engine):
        lab.call(swap(config))
        ids.append(client.post("/v1/chat/completions", json=asking()).headers["x-sixnines-request-id"])
    assert [each["id"] for each in written(lab, path, 1)] == [ids[1]]
    assert [each["id"] for each in written(lab, tmp_path / "other", 1)] == [ids[2]]
    assert lab.gateway.lines.dropped == {"queue": 0, "disk": 0}


def test_without_the_key_nothing_is_written_and_no_thread_runs(lab):
    client = lab.serve(one_engine(lab.engine()))
    client.post("/v1/chat/completions", json=asking())
    assert not lab.gateway.lines.running


def test_a_record_that_cannot_be_made_harms_no_answer(lab, path, monkeypatch, caplog):
    client = lab.serve(logged(path) + one_engine(lab.engine()))
    monkeypatch.setattr("sixnines.engine.recorder.affinity.key", lambda ask: 1 / 0)
    assert client.post("/v1/chat/completions", json=asking()).status_code == 200
    lab.until(lambda: "could not be recorded" in caplog.text)


def test_what_waits_is_written_before_the_gateway_ends(lab, path):
    client = lab.serve(logged(path) + one_engine(lab.engine()))
    for _ in range(5):
        client.post("/v1/chat/completions", json=asking())
    lab.call(lab.gateway.stop())
    assert path.read_bytes().count(b"\n") == 5
