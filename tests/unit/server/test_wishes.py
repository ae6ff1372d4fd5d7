"""Headers that have a say in routing: what they mean, and what is said of those that mean nothing."""

import pytest

from sixnines.config.snapshot import Expose
from sixnines.domain.priority import Priority
from sixnines.domain.tier import Quality
from sixnines.domain.wishes import NO_WISHES, Wishes
from sixnines.errors import MalformedRequest
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


def test_a_priority_is_one_of_four():
    assert read_priority({}) is None
    assert read_priority({b"x-sixnines-priority": b"Batch"}) is Priority.BATCH
    with pytest.raises(MalformedRequest) as caught:
        read_priority({b"x-sixnines-priority": b"urgent"})
    assert caught.value.code == "invalid_priority"
    assert caught.value.message == "The header x-sixnines-priority must be high, normal, low or batch."
