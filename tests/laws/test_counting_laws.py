"""However often it is told in between, the sum of what is told is what was counted."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sixnines.accounting.spending import Spending
from sixnines.config.load import read_text
from sixnines.config.snapshot import ModelSpec, RouteSpec
from sixnines.dialects.neutral import Usage
from sixnines.domain.attempt import Attempt
from sixnines.domain.availability import Scope, Series
from sixnines.domain.operation import Operation
from sixnines.domain.price import FREE, Price
from sixnines.domain.spend import Spent
from sixnines.domain.trail import Trail
from sixnines.engine.page import Page
from sixnines.reliability.tally import Tally
from sixnines.telemetry.counting import Metrics
from support.catalog import CATALOG

CONFIG = """version: 1
providers: {a: {kind: ollama, base_url: "http://127.0.0.1:1"}, b: {kind: ollama, base_url: "http://127.0.0.1:2"}}
models: {m: {deployments: [{provider: a, model: x}]}, n: {deployments: [{provider: b, model: x}]}}
routes: {r: {models: [m, n]}}
"""


class Ended(msgspec.Struct):
    """A request that was answered."""

    target: ModelSpec | RouteSpec
    trail: Trail
    page: Page | None = None
    outcome: str = "ok"
    status: int = 200
    error: str | None = None


SNAPSHOT = read_text(CONFIG, "x.yaml", {}, CATALOG).snapshot
KEYS = st.tuples(st.sampled_from(["", "r"]), st.sampled_from("mn"), st.sampled_from("ab"))
PRICES = st.sampled_from([FREE, None, Price(2_000_000, 8_000_000), Price(1, 10**9, 0)])
COUNTS = st.one_of(st.none(), st.integers(-1, 10**9 + 1))
USAGES = st.one_of(st.none(), st.builds(Usage, prompt_tokens=COUNTS, completion_tokens=COUNTS, cached_tokens=COUNTS))
ANSWERS = st.tuples(KEYS, PRICES, USAGES, st.booleans())


@given(st.lists(st.one_of(st.none(), ANSWERS), max_size=40))
def test_what_is_taken_adds_up_to_the_totals(events):
    """None: what was spent is taken."""
    spending, taken = Spending(), {}

    def take():
        told = spending.take()
        accounts = [account for account, _ in told]
        assert len(set(accounts)) == len(accounts)
        for account, spent in told:
            assert spent != Spent()
            taken.setdefault(account, Spent()).add(spent)

    for event in events:
        if event is None:
            take()
        else:
            key, price, usage, complete = event
            (spending.note if complete else spending.note_part)(spending.line(key), price, usage)
    take()
    assert taken == spending.totals()
    assert sum(each.answers for each in taken.values()) == sum(event is not None for event in events)


def page_of(metrics, spending, name, provider):
    is_route = name in SNAPSHOT.routes
    return Page(
        Series(Scope.ROUTE if is_route else Scope.MODEL, name), "m", Operation.CHAT,
        answers=metrics.answers((name, "m", provider, "chat")),
        line=spending.line((name if is_route else "", "m", provider)),
    )  # fmt: skip


@given(st.lists(st.one_of(st.none(), st.tuples(st.sampled_from("mnr"), st.sampled_from("ab"), st.booleans()))))
def test_outcomes_on_pages_are_the_same_as_outcomes_looked_up_by_name(events):
    """None: the tallies are emptied. Some requests of one of the tallies have pages, none of the other."""
    metrics, spending = Metrics(), Spending()
    pages = {(name, by): page_of(metrics, spending, name, by) for name in "mnr" for by in "ab"}
    with_pages, without = Tally(), Tally()
    for event in [*events, None]:
        if event is None:
            told = with_pages.empty(SNAPSHOT)
            assert len({(series, cause) for series, cause, _ in told}) == len(told)
            assert set(told) == set(without.empty(SNAPSHOT))
            continue
        name, by, has_page = event
        trail = Trail([Attempt(f"{by}/x", by, None, 1.0)], ())
        target = SNAPSHOT.resolve(name)
        with_pages.note(Ended(target, trail, pages[name, by] if has_page else None))
        without.note(Ended(target, trail))
