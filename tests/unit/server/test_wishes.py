"""Headers that have a say in routing: what they mean, and what is said of those that mean nothing."""

import hashlib
from dataclasses import replace

import pytest

from sixnines.config.snapshot import Expose
from sixnines.domain.priority import Priority
from sixnines.domain.tier import Quality
from sixnines.domain.wishes import NO_WISHES, Wishes
from sixnines.errors import Forbidden, MalformedRequest
from sixnines.server.wishes import read_priority, read_wishes
from support import specs

PROVIDERS = {"a": specs.provider("a"), "b": specs.provider("b")}
SNAPSHOT = specs.snapshot(specs.model("m", specs.deployment("a")), providers=PROVIDERS)


def read(snapshot=SNAPSHOT, **headers):
    return read_wishes(
        {f"x-sixnines-{name.replace('_', '-')}".encode(): value for name, value in headers.items()}, snapshot
    )


def test_without_such_headers_there_are_no_wishes():
    assert read_wishes({b"content-type": b"application/json"}, SNAPSHOT) is NO_WISHES


def test_all_of_them_at_once():
    wishes = read(session=b"s 1", quality=b"High", local_only=b" TRUE ", deny=b"a, b,", provider=b"a")
    assert wishes == Wishes("s 1", Quality.HIGH, local_only=True, deny=frozenset({"a", "b"}), pin="a")


@pytest.mark.parametrize(("value", "expected"), [(b"1", True), (b"0", False), (b"false", False)])
def test_local_only_is_true_or_false(value, expected):
    assert read(local_only=value).local_only is expected


@pytest.mark.parametrize(
    ("headers", "code", "message"),
    [
        ({"quality": b"best"}, "invalid_quality", "The header x-sixnines-quality must be draft, standard or high."),
        ({"local_only": b""}, "invalid_local_only", "The header x-sixnines-local-only must be true, 1, false or 0."),
        ({"deny": b"a,x"}, "invalid_deny", "The header x-sixnines-deny must name providers: a, b."),
        ({"provider": b""}, "invalid_provider", "The header x-sixnines-provider must name providers: a, b."),
        ({"session": b"x" * 201}, "invalid_session", "The header x-sixnines-session must be at most 200 bytes long."),
    ],
)
def test_what_means_nothing_is_refused_and_says_what_is_allowed(headers, code, message):
    with pytest.raises(MalformedRequest) as caught:
        read(**headers)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_names_of_providers_are_kept_where_config_says_so():
    snapshot = specs.snapshot(specs.model("m", specs.deployment("a")), providers=PROVIDERS, expose=Expose.MINIMAL)
    with pytest.raises(MalformedRequest) as caught:
        read(snapshot, provider=b"x")
    assert "a, b" not in caught.value.message


def test_a_candidate_is_one_deployment_and_brings_its_provider():
    wishes = read(candidate=b"a/m")
    assert (wishes.candidate, wishes.pin) == ("a/m", "a")


def test_a_candidate_that_there_is_not_is_left_to_the_plan_which_knows_what_there_is():
    assert read(candidate=b"a/other") == Wishes(pin="", candidate="a/other")


def test_names_of_models_at_providers_may_be_any_text():
    snapshot = specs.snapshot(specs.model("m", specs.deployment("a", model="größe")), providers=PROVIDERS)
    assert read(snapshot, candidate="a/größe".encode()).pin == "a"


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"candidate": b""}, "must name a deployment: the provider, a slash, and the model's name there."),
        (
            {"candidate": b"a/" + b"x" * 1000},
            "must name a deployment: the provider, a slash, and the model's name there.",
        ),
        (
            {"candidate": b"a/m", "provider": b"b"},
            "must name a deployment of `b`, as x-sixnines-provider does; one of them is enough.",
        ),
    ],
)
def test_a_candidate_that_cannot_be_one_is_refused(headers, message):
    with pytest.raises(MalformedRequest) as caught:
        read(**headers)
    assert (caught.value.code, caught.value.message) == (
        "invalid_candidate",
        f"The header x-sixnines-candidate {message}",
    )


def minimal(key=None):
    snapshot = specs.snapshot(specs.model("m", specs.deployment("a")), providers=PROVIDERS, expose=Expose.MINIMAL)
    digest = None if key is None else hashlib.sha256(key).digest()
    return replace(snapshot, server=replace(snapshot.server, admin_key_digest=digest))


@pytest.mark.parametrize("authorization", [None, b"Bearer callers-own", b"Basic admin"])
@pytest.mark.parametrize("key", [None, b"admin"])
def test_who_may_not_know_names_may_not_ask_by_them(authorization, key):
    fields = {b"x-sixnines-candidate": b"a/m", b"authorization": authorization}
    with pytest.raises(Forbidden):
        read_wishes({name: value for name, value in fields.items() if value is not None}, minimal(key))


def test_the_admin_key_may_ask_by_names():
    fields = {b"x-sixnines-candidate": b"a/m", b"authorization": b"bearer admin"}
    assert read_wishes(fields, minimal(b"admin")).candidate == "a/m"


def test_a_trusted_one_may_ask_by_names_without_a_key():
    assert read_wishes({b"x-sixnines-candidate": b"a/m"}, minimal(), trusted=True).candidate == "a/m"


def test_a_priority_is_one_of_four():
    assert read_priority({}) is None
    assert read_priority({b"x-sixnines-priority": b"Batch"}) is Priority.BATCH
    with pytest.raises(MalformedRequest) as caught:
        read_priority({b"x-sixnines-priority": b"urgent"})
    assert caught.value.code == "invalid_priority"
    assert caught.value.message == "The header x-sixnines-priority must be high, normal, low or batch."
