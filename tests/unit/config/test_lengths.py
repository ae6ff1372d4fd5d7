"""Chains and domains of any length are told about, and never take the time that their length would."""

import pytest

from sixnines.config.chains import MOST_FOLLOWERS
from sixnines.config.load import read_text
from support.catalog import CATALOG

PROVIDER = "version: 1\nproviders: {p: {kind: ollama}}\nmodels:\n"


def chain(length):
    lines = [
        f"  m{number}: {{deployments: [{{provider: p, model: x{number}}}], fallbacks: [m{number + 1}]}}"
        for number in range(length)
    ]
    return PROVIDER + "\n".join([*lines, f"  m{length}: {{deployments: [{{provider: p, model: x}}]}}"])


def errors(text):
    loaded = read_text(text, "x", {}, CATALOG)
    return [(each.path, each.message) for each in loaded.diagnostics if each.severity == "error"]


def test_a_chain_as_long_as_it_may_be_is_whole():
    loaded = read_text(chain(MOST_FOLLOWERS), "x", {}, CATALOG)
    assert len(loaded.snapshot.models["m0"].chain) == MOST_FOLLOWERS


@pytest.mark.parametrize(("length", "others"), [(MOST_FOLLOWERS + 1, ""), (2_000, ", and so do 1,799 others")])
def test_a_longer_chain_is_an_error_that_is_told_once(length, others):
    message = f"leads to more than 200 models{others}: a request tries 100 at most"
    assert errors(chain(length)) == [("models.m0.fallbacks", message)]


def test_a_long_way_round_is_told_by_its_beginning():
    text = chain(3000).replace("{provider: p, model: x}]}", "{provider: p, model: x}], fallbacks: [m0]}")
    [(_, message), *_] = [each for each in errors(text) if "go round" in each[1]]
    assert message == (
        "the fallbacks go round: m0 -> m1 -> m2 -> m3 -> m4 -> m5 -> m6 -> m7 -> m8 -> m9 -> m10 -> m11 -> 2,989 more -> m0"
    )


@pytest.mark.parametrize(("depth", "found"), [(32, []), (33, ["domains.d33.within"]), (5000, ["domains.d33.within"])])
def test_domains_lie_no_deeper_than_things_do(depth, found):
    lines = ["  d0: {}", *(f"  d{number}: {{within: d{number - 1}}}" for number in range(1, depth + 1))]
    text = "version: 1\ndomains:\n" + "\n".join(lines) + f"\nproviders: {{p: {{kind: ollama, domain: d{depth}}}}}\n"
    assert [path for path, _ in errors(text)] == found
