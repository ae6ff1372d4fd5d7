"""Who costs money is asked within a bound and never without; who is optional and down is neither a failure nor a pass."""

import pytest

from sixnines.control.events import CheckStatus
from support.lab import Lab
from support.verifying import loaded, verify

KEY = {"PAID_KEY": "sk-paid"}
CONFIG = """
providers:
  free: {{kind: openai-compatible, base_url: "{free}"}}
  paid: {{kind: openai, base_url: "{paid}", api_key: "env:PAID_KEY", local: {local}}}
models:
  m:
    deployments: [{{provider: free, model: up}}]
    fallbacks: [dear]
  dear:
    deployments: [{{provider: paid, model: up}}]
    context_window: 8192
    capabilities: [tools]
    {price}
routes:
  both: {{models: [dear, m]}}
  rich: {{models: [dear]}}
"""
PRICE = "price: {input: 100, output: 1000}"


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def served(lab, *, price=PRICE, local="false", free=None):
    lab.free, lab.paid = lab.engine("openai", free), lab.engine("openai")
    config = CONFIG.format(free=lab.free.base_url, paid=lab.paid.base_url, price=price, local=local)
    lab.serve(config, KEY)
    return loaded(config, KEY)


def generated(engine):
    return [each for each in engine.requests if each.path == "/v1/chat/completions"]


async def test_without_leave_nobody_who_costs_money_is_asked_for_a_token(lab):
    found = await verify(lab, served(lab))
    assert generated(lab.paid) == []
    assert generated(lab.free) != []
    reason = "paid costs money, and $0.00000 may be spent"
    result = found.one("models", "paid/up alone answers", "dear")
    assert (result.status, result.message) == (CheckStatus.SKIPPED, reason)
    assert found.one("chains", "the fallback alone answers", "m -> dear").message == reason
    assert found.one("names", "the route is answered", "rich").message == reason
    assert found.of(CheckStatus.FAILED) == set(), found.table()
    assert found.budget.spent_micros == 0


async def test_what_costs_no_token_is_asked_all_the_same(lab):
    found = await verify(lab, served(lab), "providers")
    assert found.one("providers", "it has the models that config names", "paid").status is CheckStatus.PASSED


async def test_a_route_of_both_is_answered_by_the_free_one_although_the_dear_one_goes_first(lab):
    found = await verify(lab, served(lab), "names")
    result = found.one("names", "the route is answered", "both")
    assert (result.status, result.served_by) == (CheckStatus.PASSED, "free")


async def test_not_even_by_way_of_a_fallback(lab):
    found = await verify(lab, served(lab, free={"default": {"error": "server_error"}}))
    assert generated(lab.paid) == []
    assert found.one("models", "free/up alone answers", "m").status is CheckStatus.FAILED


async def test_with_leave_it_is_asked_and_what_it_cost_is_told(lab):
    found = await verify(lab, served(lab), "models", "chains", "streaming", "names", max_cost=10.0)
    result = found.one("models", "paid/up alone answers", "dear")
    assert (result.status, result.served_by) == (CheckStatus.PASSED, "paid")
    assert found.one("names", "the route is answered", "rich").served_by == "paid"
    usage = [each for each in found.results if each.cost_micros]
    assert len(usage) == len(generated(lab.paid)) == 5, found.table()
    # The stand-in counts a token for four characters of the prompt, and the words of its greeting.
    assert found.budget.spent_micros == pytest.approx(sum(each.cost_micros for each in usage), abs=len(usage))
    assert result.cost_micros > 100 * 4


async def test_the_limit_holds_also_for_what_is_asked_side_by_side(lab):
    bound_micros = 100 * 700 + 1000 * 16
    limit = 2.5 * bound_micros / 1_000_000
    found = await verify(lab, served(lab), "models", "chains", "streaming", "names", max_cost=limit)
    assert len(generated(lab.paid)) > 0
    assert found.budget.spent_micros <= limit * 1_000_000
    assert found.of(CheckStatus.FAILED) == set(), found.table()


async def test_an_answer_that_does_not_say_what_it_took_is_taken_for_as_dear_as_it_may_have_been(lab):
    config = served(lab)
    lab.paid.script({"models": ["up"], "default": {"text": "hello there", "report_usage": False}})
    found = await verify(lab, config, "models", max_cost=10.0)
    assert found.one("models", "paid/up alone answers", "dear").cost_micros > 16 * 1000


async def test_where_the_price_is_not_known_nothing_is_asked_whatever_may_be_spent(lab):
    found = await verify(lab, served(lab, price=""), "models", max_cost=1000.0)
    result = found.one("models", "paid/up alone answers", "dear")
    assert result.status is CheckStatus.SKIPPED
    assert result.message == "what paid costs is not in the config (`price`; 0 for a flat plan)"
    assert generated(lab.paid) == []


@pytest.mark.parametrize(("price", "local"), [("price: {input: 0, output: 0}", "false"), ("", "true")])
async def test_who_is_free_by_config_or_lies_on_this_host_is_asked(lab, price, local):
    found = await verify(lab, served(lab, price=price, local=local), "models")
    assert found.one("models", "paid/up alone answers", "dear").status is CheckStatus.PASSED


OPTIONAL = """
providers:
  up: {{kind: openai-compatible, base_url: "{up}"}}
  down: {{kind: {kind}, base_url: "http://127.0.0.1:1", optional: {optional}}}
models:
  m: {{deployments: [{{provider: up, model: up}}, {{provider: down, model: up}}], fallbacks: [spare]}}
  spare: {{deployments: [{{provider: down, model: up}}]}}
routes:
  all: {{models: [spare]}}
"""


@pytest.mark.parametrize("lookup", [True, False])
@pytest.mark.parametrize("kind", ["openai-compatible", "llamacpp"])
async def test_an_optional_provider_that_is_down_is_skipped_everywhere(lab, kind, lookup):
    config = OPTIONAL.format(up=lab.engine("openai").base_url, kind=kind, optional="true")
    lab.serve(config)
    found = await verify(lab, loaded(config), lookup=lookup)
    assert found.of(CheckStatus.FAILED) == set(), found.table()
    about = [
        each for each in found.results
        if each.subject in ("down", "spare", "m -> spare", "all") or "down/" in each.name
    ]  # fmt: skip
    assert len(about) >= 9
    assert {each.status for each in about if each.group != "metrics"} == {CheckStatus.SKIPPED}, found.table()
    assert any(each.message.startswith("optional: ") for each in about)


async def test_one_that_is_not_optional_fails_everywhere(lab):
    config = OPTIONAL.format(up=lab.engine("openai").base_url, kind="llamacpp", optional="false")
    lab.serve(config)
    found = await verify(lab, loaded(config), "providers", "models", "chains", "names")
    for key in (
        ("providers", "it answers its probe", "down"),
        ("models", "down/up alone answers", "m"),
        ("models", "down/up alone answers", "spare"),
        ("names", "the route is answered", "all"),
    ):
        assert found.one(*key).status is CheckStatus.FAILED, found.table()
    assert found.one("models", "up/up alone answers", "m").status is CheckStatus.PASSED


async def test_an_optional_one_that_is_there_and_wrong_fails(lab):
    engine = lab.engine("openai", {"models": ["another"]})
    config = OPTIONAL.format(up=lab.engine("openai").base_url, kind="openai-compatible", optional="true")
    config = config.replace("http://127.0.0.1:1", engine.base_url)
    lab.serve(config)
    found = await verify(lab, loaded(config), "models")
    assert found.one("models", "down/up alone answers", "spare").status is CheckStatus.FAILED
