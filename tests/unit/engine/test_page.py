"""What is counted of whole answers stands on one page: found quickly, and the same one whatever becomes of the config."""

import pytest

from sixnines.bootstrap import build
from sixnines.config.load import read_text
from sixnines.dialects.neutral import Usage
from sixnines.domain.candidate import Facts
from sixnines.domain.operation import Operation
from sixnines.domain.spend import Account
from sixnines.domain.trail import Trail
from sixnines.engine.books import Books
from sixnines.routing.candidate import Candidate
from sixnines.telemetry.metrics import REQUESTS
from support.catalog import CATALOG

CONFIG = """version: 1
providers: {a: {kind: openai-compatible, base_url: "http://127.0.0.1:1"}}
models: {m: {deployments: [{provider: a, model: x}]}, n: {deployments: [{provider: a, model: x}]}}
routes: {r: {models: [m, n]}}
"""
CHAT, EMBEDDING = Operation.CHAT, Operation.EMBEDDING
USED = Usage(prompt_tokens=3, completion_tokens=2)


def snapshot():
    """A new one each time, as after a change of the config: the same names, and no object of the one before."""
    return read_text(CONFIG, "x.yaml", {}, CATALOG).snapshot


def candidate(config, name="m"):
    model = config.models[name]
    return Candidate(model.deployments[0], model, Facts())


@pytest.fixture
async def services():
    return build(snapshot()).services


@pytest.fixture
async def books(services):
    return Books(services)


async def test_a_candidate_keeps_its_page(books):
    config = snapshot()
    found = candidate(config)
    page = books.page(found, config.models["m"], CHAT)
    assert books.page(found, config.models["m"], CHAT) is page is found.page


async def test_other_names_operations_and_models_have_other_pages(books):
    config = snapshot()
    found = candidate(config)
    pages = [
        books.page(found, config.models["m"], CHAT),
        books.page(found, config.models["m"], EMBEDDING),
        books.page(found, config.routes["r"], CHAT),
        books.page(candidate(config, "n"), config.routes["r"], CHAT),
        books.page(candidate(config, "n"), config.models["m"], CHAT),  # as a fallback
    ]
    assert len({id(page) for page in pages}) == len(pages)
    told = [(page.series.scope.value, page.name, page.answers.served, page.line.account.route) for page in pages]
    assert told == [
        ("model", "m", "m", ""),
        ("model", "m", "m", ""),
        ("route", "r", "m", "r"),
        ("route", "r", "n", "r"),
        ("model", "m", "n", ""),
    ]
    assert books.page(found, config.models["m"], CHAT) is pages[0]


async def test_another_config_goes_on_with_the_page_and_nothing_is_lost_or_counted_twice(books, services):
    for _ in range(3):
        config = snapshot()
        found = candidate(config)
        page = books.page(found, config.models["m"], CHAT)
        books.charge_page(page, found, USED, Trail([], ()))
        page.answers.note(0.01, "id")
    assert services.metrics.value(REQUESTS, ("m", "m", "a", "chat", "ok")) == 3
    spent = services.spending.totals()[Account("", "m", "a")]
    assert (spent.answers, spent.prompt_tokens, spent.completion_tokens) == (3, 9, 6)


async def test_streams_and_whole_answers_are_charged_to_the_same_account(books, services):
    config = snapshot()
    found = candidate(config)
    trail = Trail([], ())
    books.charge_page(books.page(found, config.models["m"], CHAT), found, USED, trail)
    books.charge(found, USED, trail)
    books.charge_part(found, USED, trail)
    assert [(account, spent.answers) for account, spent in services.spending.take()] == [(Account("", "m", "a"), 3)]


async def test_the_lines_of_an_answer_name_the_provider_where_that_is_told(books):
    config = snapshot()
    page = books.page(candidate(config), config.models["m"], CHAT)
    for _ in range(2):
        hidden, shown = page.lines(exposed=False), page.lines(exposed=True)
        assert hidden == b"x-sixnines-model: m\r\nx-sixnines-attempts: 1\r\n"
        assert shown == hidden + b"x-sixnines-provider: a\r\n"
