"""Every check is seen to fail on a fault that was planted for it, and the others beside it go on."""

import pytest

from sixnines.control.events import CheckStatus
from support.lab import Lab, chat
from support.verifying import answered, loaded, verify

FAILED, PASSED, SKIPPED = CheckStatus.FAILED, CheckStatus.PASSED, CheckStatus.SKIPPED
TOOL = {"tool_calls": [{"name": "get_weather", "arguments": {"city": "Paris"}}]}
ABLE = {"models": ["up"], "rules": [{"when": {"prompt": "Use the tool"}, "then": TOOL}], "default": {"lorem": 12}}
CONFIG = """
providers:
  a: {{kind: openai-compatible, base_url: "{a}"}}
  b: {{kind: openai-compatible, base_url: "{b}"}}
models:
  m:
    deployments: [{{provider: a, model: up}}]
    capabilities: [tools, json_schema, embeddings]
    context_window: 4096
    aliases: [gpt-4o]
    fallbacks: [other]
  other: {{deployments: [{{provider: b, model: up}}]}}
routes:
  chat: {{models: [m]}}
patterns:
  - {{match: "small-.*", model: m}}
"""


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def text(lab, *, a=None, b=None, more=""):
    lab.a, lab.b = lab.engine("openai", {**ABLE, **(a or {})}), lab.engine("openai", {**ABLE, **(b or {})})
    return CONFIG.format(a=lab.a.base_url, b=lab.b.base_url) + more


def served(lab, *, a=None, b=None, more=""):
    config = text(lab, a=a, b=b, more=more)
    lab.serve(config)
    return loaded(config)


def default(**behaviour):
    """A script in which every request gets this."""
    return {"rules": [], "default": behaviour}


ENGINE_FAULTS = [
    # Another model than the config names.
    ({"models": ["another"]}, "providers", "a", "it has the models that config names", "it does not have up"),
    ({"models": ["another"]}, "models", "m", "a/up alone answers", "provider_misconfigured"),
    # A key that the provider refuses.
    ({"api_keys": ["sk-another"]}, "providers", "a", "it answers its probe", "refuses the credential (401)"),
    ({"api_keys": ["sk-another"]}, "models", "m", "a/up alone answers", "provider_misconfigured"),
    (default(text=""), "models", "m", "a/up alone answers", "empty"),
    (default(error="server_error"), "models", "m", "a/up alone answers", "provider_error"),
    (default(fault="no_terminator"), "streaming", "a", "it streams to a proper end", ""),
    (default(fault="done_without_finish"), "streaming", "a", "it streams to a proper end", ""),
    (default(lorem=5, report_usage=False), "streaming", "a", "it tells usage in a stream when asked", "no usage"),
    (default(lorem=5), "tools", "m", "a/up calls a tool", "no call of a tool"),
    (
        default(tool_calls=[{"name": "get_weather", "arguments": '{"city": '}]),
        "tools", "m", "a/up calls a tool", "no JSON object",
    ),
    (
        default(tool_calls=[{"name": "get_weather", "arguments": {"town": "x"}}]),
        "tools", "m", "a/up calls a tool", "without a city",
    ),
    (default(tool_calls=[{"name": "other", "arguments": {}}]), "tools", "m", "a/up calls a tool", "something else"),
    (default(text="Paris"), "json", "m", "a/up keeps to a schema", "does not keep to the schema"),
    (default(json={"city": 1, "inhabited": True}), "json", "m", "a/up keeps to a schema", "does not keep to the schema"),
    (default(lorem=5, usage={"completion_tokens": 900}), "limits", "a", "it keeps to max_tokens", "900 tokens"),
    (
        {"rules": [{"nth": 2, "then": {"error": "server_error"}}]},
        "latency", "a", "its streams are measured (2)", "provider_error",
    ),
    (default(error="server_error"), "names", "chat", "the route is answered", "none of m"),
    (default(error="server_error"), "names", "gpt-4o", "the alias is answered", "none of m"),
    (default(error="server_error"), "names", "patterns[0]", "a name like small-.* is answered", "none of m"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "group", "subject", "name", "said"), ENGINE_FAULTS)
async def test_what_an_engine_does_wrong_fails_the_check_that_is_for_it(lab, script, group, subject, name, said):
    found = await verify(lab, served(lab, a=script), group)
    result = found.one(group, name, subject)
    assert result.status is FAILED, found.table()
    assert said in result.message, result.message
    others = [each for each in found.results if each.subject == "b"]
    assert all(each.status is not FAILED for each in others), found.table()


async def test_a_fallback_that_does_not_work_fails_its_step_and_not_the_model_before_it(lab):
    found = await verify(lab, served(lab, b=default(error="server_error")), "models", "chains")
    assert found.one("chains", "the fallback alone answers", "m -> other").status is FAILED
    assert found.one("models", "a/up alone answers", "m").status is PASSED


@pytest.mark.parametrize("error", ["rate", "overloaded", "loading"])
async def test_who_has_too_much_to_do_is_a_warning_and_no_reason_to_go_back(lab, error):
    config = text(lab, a=default(error=error), more="defaults: {timeouts: {loading: 10ms}}\n")
    lab.serve(config)
    found = await verify(lab, loaded(config), "models")
    assert found.one("models", "a/up alone answers", "m").status is CheckStatus.WARNING, found.table()


async def test_a_quota_that_is_used_up_fails(lab):
    found = await verify(lab, served(lab, a=default(error="quota")), "models")
    assert found.one("models", "a/up alone answers", "m").status is FAILED


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        ([[1.0, 2.0]], "1 vectors for 2 texts"),
        ([[1.0, 2.0], [1.0]], "vectors of [1, 2] numbers"),
        ([[0.0, 0.0], [1.0, 1.0]], "a vector of zeros"),
        ([[1.0, 1.0], [1.0, 1.0]], "two texts with the same vector"),
        ([[1.0, 1.0], ["x", 1.0]], "not the form"),
    ],
)
async def test_embeddings_that_are_none_fail(lab, vectors, said):
    config = served(lab)

    def spoil(asked, answer):
        data = [{"object": "embedding", "index": index, "embedding": each} for index, each in enumerate(vectors)]
        return answered(answer, body={"object": "list", "data": data, "model": "m"})

    found = await verify(lab, config, "embeddings", spoil=spoil)
    result = found.one("embeddings", "a/up makes embeddings", "m")
    assert result.status is FAILED
    assert said in result.message


@pytest.mark.parametrize(
    ("script", "status"),
    [(ABLE, PASSED), (default(lorem=5), SKIPPED), (default(tool_calls=[{"name": "other", "arguments": {}}]), FAILED)],
)
async def test_who_cannot_be_made_to_call_a_tool_is_only_asked_to(lab, script, status):
    engine = lab.engine("ollama", {**ABLE, **script})
    config = f"""
providers:
  a: {{kind: ollama, base_url: "{engine.base_url}"}}
models:
  m: {{deployments: [{{provider: a, model: up}}], capabilities: [tools]}}
"""
    lab.serve(config)
    found = await verify(lab, loaded(config), "tools")
    assert found.one("tools", "a/up calls a tool", "m").status is status, found.table()


async def test_a_window_that_the_gateway_does_not_know_of_fails(lab):
    config = text(lab)
    lab.serve(config.replace("    context_window: 4096\n", ""))
    found = await verify(lab, loaded(config), "limits", "gateway")
    assert found.one("limits", "what a/up cannot hold is refused", "m").status is FAILED
    assert found.one("gateway", "it serves this config").status is FAILED


async def test_a_step_that_somebody_else_answers_fails(lab):
    """One id, two ways to read it: the gateway has the provider `b`, and the config the provider `b/x`."""
    config = text(lab, b={"models": ["x/up"]})
    lab.serve(config.replace("{provider: b, model: up}", "{provider: b, model: x/up}"))
    mine = config.replace("  b: {kind", "  b/x: {kind").replace(
        "{provider: b, model: up}", "{provider: b/x, model: up}"
    )
    found = await verify(lab, loaded(mine), "chains")
    result = found.one("chains", "the fallback alone answers", "m -> other")
    assert result.status is FAILED
    assert result.message == "answered by b, and b/x was asked"


async def test_a_step_that_is_answered_as_another_model_fails(lab):
    config = text(lab, more="")
    lab.serve(config.replace("fallbacks: [other]", "fallbacks: [another]").replace("  other:", "  another:"))
    found = await verify(lab, loaded(config), "chains")
    result = found.one("chains", "the fallback alone answers", "m -> other")
    assert (result.status, result.message) == (FAILED, "answered as another, and other was expected")


async def test_a_gateway_that_lets_another_one_answer_fails_every_pin(lab):
    """As if the header had been lost on its way, and a fallback had answered."""
    config = served(lab)

    def spoil(asked, answer):
        return answered(answer, headers={**answer.headers, "x-sixnines-provider": "b", "x-sixnines-attempts": "2"})

    found = await verify(lab, config, "models", "streaming", "tools", "json", "limits", "latency", spoil=spoil)
    for each in found.results:
        if each.subject in ("a", "m") and "cannot hold" not in each.name:
            assert (each.status, each.message) == (FAILED, "answered by b, and a was asked"), found.table()


def on(path, method=None, **changes):
    """Spoils answers of one path."""

    def spoil(asked, answer):
        return answered(answer, **dict(changes)) if asked.path == path and method in (None, asked.method) else answer

    return spoil


def error(code, message="x", param=None):
    return {"error": {"message": message, "type": "t", "code": code, "param": param}}


CHAT = "/v1/chat/completions"
READY = {"status": "ready", "models": 2, "config": "0" * 64}
GATEWAY_FAULTS = [
    ("it is alive", on("/health/live", status=500)),
    ("it is alive", on("/health/live", body={"status": "dead"})),
    ("it is ready", on("/health/ready", status=503)),
    ("it is ready", on("/health/ready", body={**READY, "status": "draining"})),
    ("it serves this config", on("/health/ready", body=READY)),
    ("it lists the models and routes of the config", on("/v1/models", status=401)),
    ("it lists the models and routes of the config", on("/v1/models", body={"data": [{"id": "m"}]})),
    ("it lists the models and routes of the config", on("/v1/models", body={"data": "m"})),
    (
        "it lists the models and routes of the config",
        on("/v1/models", body={"data": [{"id": each} for each in ("m", "other", "chat", "more")]}),
    ),
    ("an unknown model is a 404 that names the nearest", on(CHAT, status=404, body=error("model_not_found"))),
    ("an unknown model is a 404 that names the nearest", on(CHAT, status=200, body={})),
    ("an unknown path is a 404", on("/v1/no-such-path", status=200)),
    ("a wrong method is a 405 that says which there are", on(CHAT, "DELETE", headers={})),
    ("a wrong method is a 405 that says which there are", on(CHAT, "DELETE", status=404)),
    ("a body that is no JSON is a 400", on(CHAT, status=500)),
    ("a body without messages is a 400 that says so", on(CHAT, status=400, body=error("c", param="model"))),
    ("a candidate that there is not is a 400 that says which there are", on(CHAT, status=200, body={})),
    ("every answer has a request id of its own", on("/health/live", headers={})),
    (
        "every answer has a request id of its own",
        lambda asked, answer: answered(answer, headers={"x-sixnines-request-id": "1"}),
    ),
    (
        "pages of other origins may read answers only as configured",
        on("/health/live", headers={"access-control-allow-origin": "*"}),
    ),
]


@pytest.mark.parametrize(("name", "spoil"), GATEWAY_FAULTS)
async def test_a_gateway_that_answers_wrongly_fails_the_check_that_is_for_it(lab, name, spoil):
    config = served(lab)
    found = await verify(lab, config, "gateway", spoil=spoil)
    assert found.one("gateway", name).status is FAILED, found.table()


@pytest.mark.parametrize("origin", ["https://chat.example.org", "*"])
async def test_an_origin_that_config_allows_and_the_gateway_does_not_fails(lab, origin):
    config = text(lab)
    lab.serve(config)
    server = f'server: {{listen: "127.0.0.1:0", cors: ["{origin}"]}}\n'
    found = await verify(lab, loaded(server + config), "gateway")
    assert found.one("gateway", "pages of other origins may read answers only as configured").status is FAILED


KEYS = 'server: {listen: "127.0.0.1:0", api_keys: ["env:CALLER"], admin_key: "env:ADMIN"}\n'
SECRETS = {"CALLER": "sk-caller", "ADMIN": "sk-admin"}


async def test_a_gateway_that_lets_everybody_in_fails_where_config_has_keys(lab):
    config = text(lab)
    lab.serve(config)
    found = await verify(lab, loaded(KEYS + config, SECRETS), "keys")
    for name in (
        "a caller without a key is refused",
        "a caller with a wrong key is refused",
        "admin paths need the admin key",
    ):
        assert found.one("keys", name).status is FAILED, found.table()


async def test_a_gateway_that_refuses_right_keys_or_lets_in_the_wrong_ones_fails(lab):
    from sixnines.config.secret import Secret
    from sixnines.control.verify.asking import Doors

    config = text(lab)
    lab.serve(KEYS + config, SECRETS)
    right = Doors(lab.url, key=Secret("sk-caller"), admin_key=Secret("sk-admin"))
    found = await verify(lab, loaded(KEYS + config, SECRETS), "keys", doors=right)
    assert found.of(FAILED) == found.of(SKIPPED) == set(), found.table()
    wrong = Doors(lab.url, key=Secret("sk-admin"), admin_key=Secret("sk-caller"))
    found = await verify(lab, loaded(KEYS + config, SECRETS), "keys", doors=wrong)
    assert found.one("keys", "admin paths need the admin key").status is FAILED
    assert found.one("keys", "admin paths refuse the key of a caller").status is FAILED
    nobody = Doors(lab.url, key=Secret("sk-nobody"))
    found = await verify(lab, loaded(KEYS + config, SECRETS), "keys", doors=nobody)
    assert found.one("keys", "a caller with a key is let in").status is FAILED


async def test_admin_paths_that_let_other_sites_in_fail(lab):
    config = served(lab)
    found = await verify(lab, config, "keys", spoil=on("/admin/v1/providers", status=200, body={}))
    assert found.one("keys", "admin paths refuse pages of other sites").status is FAILED


@pytest.mark.parametrize(
    ("name", "page", "said"),
    [
        ("the page can be read and has what it should", b"sixnines_requests_total{model=} 1\n", "line 1 is no sample"),
        ("the page can be read and has what it should", b"\xff", "not UTF-8"),
        ("the page can be read and has what it should", b"other 1\n", "not there: sixnines_requests_total"),
        ("the page has counted the requests of this run", b"other 1\n", "1 requests of this run were answered, and 0"),
    ],
)
async def test_a_metrics_page_that_cannot_be_read_or_does_not_count_fails(lab, name, page, said):
    config = served(lab)
    found = await verify(lab, config, "models", "metrics", spoil=on("/metrics", body=page))
    result = found.one("metrics", name)
    assert result.status is FAILED, found.table()
    assert said in result.message


async def test_a_provider_that_was_never_called_has_no_availability(lab):
    found = await verify(lab, served(lab), "metrics")
    assert found.one("metrics", "its calls are counted", "a").status is SKIPPED
    assert found.one("metrics", "the page has counted the requests of this run").status is SKIPPED


async def test_a_default_that_does_not_answer_fails(lab):
    found = await verify(lab, served(lab, a=default(error="server_error"), more="default_model: m\n"), "names")
    assert found.one("names", "an unknown name is answered", "default_model").status is FAILED


async def test_a_gateway_that_is_not_there_is_one_failure_and_nothing_else_is_asked(lab):
    config = served(lab)
    lab.address = ("127.0.0.1", 1)
    found = await verify(lab, config)
    assert found.of(FAILED) == {("gateway", "", "it can be asked")}
    assert found.of(PASSED) == set()


def test_every_check_has_been_seen_to_fail():
    """What a rich config is asked is what the tests above plant faults for."""
    planted = {(group, name) for _, group, _, name, _ in ENGINE_FAULTS} | {
        ("gateway", name) for name, _ in GATEWAY_FAULTS
    }
    planted |= {
        ("chains", "the fallback alone answers"),
        ("embeddings", "a/up makes embeddings"),
        ("limits", "what a/up cannot hold is refused"),
        ("names", "an unknown name is answered"),
        ("keys", "a caller without a key is refused"),
        ("keys", "a caller with a wrong key is refused"),
        ("keys", "a caller with a key is let in"),
        ("keys", "admin paths need the admin key"),
        ("keys", "admin paths refuse the key of a caller"),
        ("keys", "admin paths refuse pages of other sites"),
        ("metrics", "the page can be read and has what it should"),
        ("metrics", "the page has counted the requests of this run"),
        ("metrics", "its calls are counted"),  # says how many; nothing in it can be wrong but that nobody was called
    }
    config = loaded(CONFIG.format(a="http://127.0.0.1:1", b="http://127.0.0.1:2") + "default_model: m\n")
    assert _asked(config) - {(group, name.replace("b/up", "a/up")) for group, name in planted} == set()


def _asked(config):
    import random

    from sixnines.clock import SystemClock
    from sixnines.control.verify.cost import Budget
    from sixnines.control.verify.registry import GROUPS
    from sixnines.control.verify.scene import Options, Scene

    scene = Scene(
        config.snapshot, config.document, None, None, Budget(0), SystemClock(), random.Random(1), Options(samples=2)
    )
    return {(group.name, each.name.replace("b/up", "a/up")) for group in GROUPS for each in group.checks(scene)}


def test_the_lab_is_asked_more_than_thirty_one_things():
    from pathlib import Path

    from sixnines.config.load import read_config
    from sixnines.registry import CATALOG
    from support.checkout import ROOT

    config = read_config(Path(ROOT / "examples" / "lab.yaml"), None, CATALOG)
    assert len(_asked(config)) >= 31


async def test_a_verification_takes_no_engine_out_of_service(lab):
    """What it finds out by asking one deployment is for whoever runs it: breakers go by those who might be answered."""
    config = served(lab, a=default(error={"preset": "server_error"}))
    for _ in range(5):
        found = await verify(lab, config, "models")
        assert found.one("models", "a/up alone answers", "m").status is FAILED
    with lab.client() as client:
        shown = {each["name"]: each for each in client.get("/admin/v1/providers").json()["providers"]}
        assert shown["a"]["deployments"][0]["breaker"] == "closed"
        for _ in range(5):
            client.post("/v1/chat/completions", json=chat())
        shown = {each["name"]: each for each in client.get("/admin/v1/providers").json()["providers"]}
        assert shown["a"]["deployments"][0]["breaker"] == "open"
