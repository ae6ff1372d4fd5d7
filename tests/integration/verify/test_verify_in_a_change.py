"""A change that passes `check` and does not work goes back by itself, and says which check spoke against it."""

import pytest

from sixnines.control.asked import ApplyAsked
from sixnines.control.events import Checked, CheckStatus, Ended, Ending, Step
from support.changing import archive_of, files_of, owner_of
from support.gateway_process import GatewayProcess
from support.lab import Lab, chat

pytestmark = pytest.mark.slow

KEYS = {"CALLER": "sk-caller-0123456789", "ADMIN": "sk-admin-0123456789"}
CONFIG = """
{server}
providers:
  a: {{kind: openai-compatible, base_url: "{a}"}}
  b: {{kind: openai-compatible, base_url: "{b}"{more}}}
models:
  m: {{deployments: [{{provider: a, model: up}}], fallbacks: [other]}}
  other: {{deployments: [{{provider: b, model: {model}}}]}}
"""


@pytest.fixture
def lab():
    with Lab() as lab:
        lab.a, lab.b = lab.engine("openai"), lab.engine("openai", {"models": ["up", "twin"]})
        yield lab


def config(lab, *, server="", model="up", more="", b=None):
    return CONFIG.format(server=server, a=lab.a.base_url, b=b or lab.b.base_url, model=model, more=more)


def change(gateway, text, **terms):
    """What was told of a change, and how it ended."""
    with owner_of(gateway) as owner:
        events = list(owner.apply(ApplyAsked(files=files_of(text), watch_s=0.0, author="tester", **terms)))
    assert isinstance(events[-1], Ended)
    return events, events[-1]


def results(events, step):
    """The results of a step by group, subject and name."""
    return {
        (each.result.group, each.result.subject, each.result.name): each.result
        for each in events
        if isinstance(each, Checked) and each.step is step
    }


@pytest.mark.parametrize("workers", [(), ("--workers", "2")])
@pytest.mark.parametrize(
    "server", ["", 'server: {listen: "127.0.0.1:0", expose: minimal, api_keys: ["env:CALLER"], admin_key: "env:ADMIN"}']
)
def test_a_good_change_is_verified_over_the_owners_socket_and_holds(lab, tmp_path, server, workers):
    before = config(lab, server=server)
    with GatewayProcess(tmp_path, before, KEYS, workers) as gateway:
        events, ended = change(
            gateway, before.replace("models:\n", "models:\n  extra: {deployments: [{provider: b, model: twin}]}\n")
        )
        assert ended.ending is Ending.APPLIED, ended
        verified = results(events, Step.VERIFY)
        assert {each.status for each in verified.values()} <= {CheckStatus.PASSED, CheckStatus.SKIPPED}, verified
        assert verified["models", "extra", "b/twin alone answers"].served_by == "b"
        assert verified["chains", "m -> other", "the fallback alone answers"].served_by == "b"
        assert {each[1:] for each in results(events, Step.PREFLIGHT)} >= {("b", "it has twin"), ("b", "it has up")}
        assert archive_of(gateway).head() == 2


def test_a_change_that_no_model_answers_goes_back_by_itself_and_says_why(lab, tmp_path):
    """Preflight would have refused it: the provider lists its models. Verification finds the same out by asking."""
    with GatewayProcess(tmp_path, config(lab)) as gateway:
        events, ended = change(gateway, config(lab, model="typo"), preflight=False)
        assert ended.ending is Ending.ROLLED_BACK
        assert ended.running == 1
        assert "typo" in ended.reason
        assert results(events, Step.VERIFY)["models", "other", "b/typo alone answers"].status is CheckStatus.FAILED
        with gateway.client() as client:
            assert client.post("/v1/chat/completions", json=chat()).status_code == 200
        assert archive_of(gateway).head() == 1


def test_preflight_refuses_it_before_anything_is_served(lab, tmp_path):
    with GatewayProcess(tmp_path, config(lab)) as gateway:
        events, ended = change(gateway, config(lab, model="typo"))
        assert ended.ending is Ending.REFUSED
        asked = results(events, Step.PREFLIGHT)
        assert asked["preflight", "b", "it has typo"].status is CheckStatus.FAILED
        assert not any(subject == "a" for _, subject, _ in asked), "it has not changed"
        assert results(events, Step.VERIFY) == {}


def test_an_optional_provider_that_is_down_keeps_nothing_from_holding(lab, tmp_path):
    with GatewayProcess(tmp_path, config(lab)) as gateway:
        events, ended = change(gateway, config(lab, more=", optional: true", b="http://127.0.0.1:1"))
        assert ended.ending is Ending.APPLIED, ended
        alive = results(events, Step.PREFLIGHT)["preflight", "b", "it answers its probe"]
        assert alive.status is CheckStatus.WARNING
        about = results(events, Step.VERIFY)["models", "other", "b/up alone answers"]
        assert about.status is CheckStatus.SKIPPED
        assert about.message.startswith("optional: ")


def test_what_verification_has_refused_on_purpose_is_no_error_rate(lab, tmp_path):
    """Each declared window is a request that is too long for it: twenty of them would look like a bad config."""
    windows = "".join(
        f"  m{number}: {{deployments: [{{provider: a, model: up, context_window: {4096 + number}}}]}}\n"
        for number in range(20)
    )
    with GatewayProcess(tmp_path, config(lab)) as gateway:
        with owner_of(gateway) as owner:
            asked = ApplyAsked(files=files_of(config(lab) + windows), watch_s=0.5, author="tester")
            *_, last = owner.apply(asked)
        assert last.ending is Ending.APPLIED, last
