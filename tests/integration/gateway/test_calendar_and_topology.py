"""What the admin paths tell of days, hours, and of what config lets go where."""

from datetime import UTC, datetime

import pytest

from support.lab import Lab, chat, one_engine, two_engines

OK = {"default": {"count": 2}}
BOOM = {"default": {"error": {"preset": "server_error"}}}


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def told(client, path):
    answer = client.get(f"/admin/v1/{path}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def calendar(client, query=""):
    return told(client, f"availability/calendar{query}")


def serving(lab, tmp_path):
    """A gateway where `m` was asked nine times, `a` failed until its breaker opened, and `b` answered."""
    config = two_engines(lab.engine(script=BOOM), lab.engine(script=OK)) + "routes: {r: {models: [m]}}\n"
    client = lab.serve(config, ledger=tmp_path / "ledger.db")
    for _ in range(9):
        assert client.post("/v1/chat/completions", json=chat(model="m")).status_code == 200
    return client


def today():
    return datetime.now(UTC).date().isoformat()


def test_every_name_has_its_days_in_numbers(lab, tmp_path):
    found = calendar(serving(lab, tmp_path))
    assert (found["step"], found["ledger"], found["confidence"]) == ("day", "ok", 0.95)
    assert (datetime.fromisoformat(found["to"]) - datetime.fromisoformat(found["from"])).days == 29
    series = {(each["scope"], each["name"]): each for each in found["series"]}
    assert list(series) == [
        ("gateway", ""), ("model", "m"), ("route", "r"), ("provider", "a"), ("provider", "b"),
    ]  # fmt: skip
    (day,) = series["gateway", ""]["slots"]
    assert day["start"] == f"{today()}T00:00:00+00:00"
    assert (day["good"], day["bad"], day["ratio"]) == (9, 0, 1.0)
    assert "text" not in day
    assert series["route", "r"]["slots"] == []
    assert series["provider", "a"]["slots"][0]["bad"] == 5
    assert (series["model", "m"]["target"], series["provider", "a"]["target"]) == (0.999, None)


def test_one_thing_is_told_in_the_words_of_the_availability_page(lab, tmp_path):
    client = serving(lab, tmp_path)
    (found,) = calendar(client, "?provider=a")["series"]
    (whole,) = told(client, "availability?window=24h&provider=a")["providers"]
    (day,) = found["slots"]
    assert {key: day[key] for key in ("text", "good", "bad", "ratio", "lower", "upper", "causes")} == {
        key: whole[key] for key in ("text", "good", "bad", "ratio", "lower", "upper", "causes")
    }


def test_a_day_is_told_by_its_hours(lab, tmp_path):
    client = serving(lab, tmp_path)
    found = calendar(client, f"?model=m&day={today()}")
    assert found["step"] == "hour"
    assert (datetime.fromisoformat(found["to"]) - datetime.fromisoformat(found["from"])).total_seconds() == 86_400
    (series,) = found["series"]
    assert sum(each["good"] for each in series["slots"]) == 9
    (gateway,) = calendar(client, f"?day={today()}")["series"]
    assert gateway["scope"] == "gateway"


def test_a_name_that_config_does_not_have_has_no_days(lab, tmp_path):
    assert calendar(serving(lab, tmp_path), "?model=nope")["series"] == []


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?day=yesterday", "`day` is one of the last 30 days of UTC"),
        ("?day=2020-01-01", "`day` is one of the last 30 days of UTC"),
        ("?day=2999-01-01", "`day` is one of the last 30 days of UTC"),
        ("?model=m&provider=a", "one `model`, `route` or `provider`"),
        ("?models=m", "Unknown query parameter"),
    ],
)
def test_what_cannot_be_told_is_refused(lab, query, says):
    client = lab.serve(one_engine(lab.engine()))
    answer = client.get(f"/admin/v1/availability/calendar{query}")
    assert answer.status_code == 400
    assert says in answer.json()["error"]["message"]


def test_without_a_ledger_nothing_is_claimed(lab):
    found = calendar(lab.serve(one_engine(lab.engine())))
    assert (found["ledger"], found["series"]) == ("none", [])


def test_a_ledger_that_cannot_be_read_is_said_to_fail(lab, tmp_path):
    (tmp_path / "ledger.db").mkdir()
    client = lab.serve(one_engine(lab.engine()), ledger=tmp_path / "ledger.db")
    found = calendar(client)
    assert (found["ledger"], found["series"]) == ("failing", [])


def test_the_topology_is_what_config_says(lab):
    url = lab.engine().base_url
    client = lab.serve(f"""
domains: {{host: {{}}, gpu: {{within: host}}}}
providers:
  a: {{kind: openai-compatible, base_url: "{url}", domain: gpu}}
  b: {{kind: openai-compatible, base_url: "{url}/b", optional: true}}
models:
  m: {{deployments: [{{provider: a, model: up, weight: 3}}], strategy: weighted, fallbacks: [n]}}
  n: {{deployments: [{{provider: b, model: up}}], fallbacks: [o]}}
  o: {{deployments: [{{provider: b, model: other}}]}}
routes:
  r: {{strategy: weighted, models: [m, {{model: n, weight: 2}}], aliases: [also]}}
patterns: [{{match: "x.*", model: m}}]
default_model: r
""")
    found = told(client, "topology")
    assert len(found.pop("digest")) == 64
    assert url not in str(found)
    assert found == {
        "expose": "trail",
        "providers": [
            {"name": "a", "kind": "openai-compatible", "optional": False, "local": True, "domains": ["gpu", "host"]},
            {"name": "b", "kind": "openai-compatible", "optional": True, "local": True, "domains": []},
        ],
        "models": [
            {"name": "m", "strategy": "weighted", "deployments": [{"id": "a/up", "provider": "a", "weight": 3}], "fallbacks": ["n", "o"]},
            {"name": "n", "strategy": "ordered", "deployments": [{"id": "b/up", "provider": "b", "weight": 1}], "fallbacks": ["o"]},
            {"name": "o", "strategy": "ordered", "deployments": [{"id": "b/other", "provider": "b", "weight": 1}], "fallbacks": []},
        ],
        "routes": [{"name": "r", "strategy": "weighted", "models": [{"model": "m", "weight": 1}, {"model": "n", "weight": 2}]}],
        "aliases": {"also": "r"},
        "patterns": [{"match": "x.*", "model": "m"}],
        "default_model": "r",
    }  # fmt: skip
