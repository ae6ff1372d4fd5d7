"""What every provider kind must do, whatever it is: run over all of them."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sixnines.domain.failure import FailureKind
from sixnines.domain.operation import Dialect, Operation
from sixnines.providers.interface import BadAnswer, Kind, Probe, ProbeState
from sixnines.providers.retry_after import LONGEST_S
from sixnines.providers.wording import SHOWN_LIMIT
from sixnines.registry import KINDS
from support import error_bodies

pytestmark = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.info.name)

# Two cores are shared with real engines: how long an example takes says nothing here.
relaxed = settings(deadline=None)

# The kinds that rest a deployment, or more, for everybody.
HURTS_THE_PROVIDER = {
    FailureKind.CREDENTIAL,
    FailureKind.QUOTA,
    FailureKind.RATE,
    FailureKind.LOADING,
    FailureKind.MISSING,
}


def probes(kind: Kind) -> list[Probe]:
    return [each for each in (kind.probe, kind.list_models, kind.resident, kind.load) if each is not None]


def test_its_name_is_fit_for_config(kind):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.info.name)
    assert [each.info.name for each in KINDS].count(kind.info.name) == 1


def test_its_paths_start_with_a_slash_and_hold_no_query(kind):
    assert Operation.CHAT in kind.info.paths
    for path in kind.info.paths.values():
        assert re.fullmatch(r"(/[a-z0-9]+)+", path)


def test_kinds_of_openais_dialect_use_its_paths(kind):
    if kind.info.dialect is Dialect.OPENAI:
        assert kind.info.paths == {
            Operation.CHAT: "/v1/chat/completions",
            Operation.COMPLETION: "/v1/completions",
            Operation.EMBEDDING: "/v1/embeddings",
        }


def test_its_default_base_url_is_bare_and_safe(kind):
    url = kind.info.default_base_url
    if url is not None:
        assert re.fullmatch(r"https://[a-z.]+|http://127\.0\.0\.1:\d{4,5}", url)


def test_a_kind_that_costs_money_needs_a_key_and_https(kind):
    if kind.info.paid:
        assert kind.info.needs_key
    if kind.info.needs_key:
        assert (kind.info.default_base_url or "").startswith("https://")


def test_its_headers_can_be_sent_as_they_are(kind):
    names = [kind.info.key_header, *(name for name, _ in kind.info.fixed_headers)]
    assert all(re.fullmatch(r"[a-z-]+", name) for name in names)
    assert all(value.isascii() and value.isprintable() for _, value in kind.info.fixed_headers)


def test_its_probes_cost_no_tokens(kind):
    for probe in probes(kind):
        assert probe.path.startswith("/")
        assert probe.path.partition("?")[0] not in kind.info.paths.values()


def test_what_config_believes_that_it_tells_it_tells(kind):
    assert kind.info.tells_resident is (kind.resident is not None)
    assert kind.info.tells_load is (kind.load is not None)


def test_it_rewrites_only_what_it_serves(kind):
    assert set(kind.adapt) <= set(kind.info.paths)


@relaxed
@given(data=st.data())
def test_it_classifies_any_answer(kind, data):
    answer = BadAnswer(
        data.draw(st.one_of(st.sampled_from([200, 400, 403, 404, 413, 422, 429, 500, 503]), st.integers(-1, 1000))),
        data.draw(error_bodies.headers),
        data.draw(error_bodies.bodies),
        in_stream=data.draw(st.booleans()),
        empty_stream=data.draw(st.booleans()),
        now_unix_s=data.draw(st.floats(0, 4e9)),
    )
    failure = kind.classify(answer)
    assert failure.kind in FailureKind
    assert failure.kind is not FailureKind.LOCAL
    assert 0 < len(failure.message) <= SHOWN_LIMIT
    assert failure.message == " ".join(failure.message.split())
    assert failure.retry_after_s is None or 0 <= failure.retry_after_s <= LONGEST_S
    assert failure == kind.classify(answer)
    json.dumps([failure.message, failure.param, failure.code]).encode()
    failure.message.encode()


@relaxed
@given(body=error_bodies.bodies)
def test_a_401_is_always_the_credential(kind, body):
    assert kind.classify(BadAnswer(401, [], body)).kind is FailureKind.CREDENTIAL


@relaxed
@given(body=error_bodies.bodies)
def test_a_503_is_always_capacity_or_loading(kind, body):
    assert kind.classify(BadAnswer(503, [], body)).kind in {FailureKind.CAPACITY, FailureKind.LOADING}


@relaxed
@given(body=error_bodies.bodies)
def test_a_429_is_always_rate_or_quota(kind, body):
    assert kind.classify(BadAnswer(429, [], body)).kind in {FailureKind.RATE, FailureKind.QUOTA}


@pytest.mark.parametrize("body", [b"", b"{}", b'{"error":{"message":"Too Many Requests"}}', b'{"error":"slow down"}'])
def test_a_plain_429_is_the_rate(kind, body):
    failure = kind.classify(BadAnswer(429, [(b"retry-after", b"3")], body))
    assert (failure.kind, failure.retry_after_s) == (FailureKind.RATE, 3)


@relaxed
@given(
    body=error_bodies.bodies_saying(error_bodies.texts.map(lambda said: f"Invalid value: '{said}'")),
    status=st.sampled_from([200, 400, 413, 422, 500]),
)
def test_what_a_caller_makes_an_engine_quote_never_puts_a_provider_out_of_service(kind, body, status):
    failure = kind.classify(BadAnswer(status, [], body, in_stream=status == 200))
    assert failure.kind not in HURTS_THE_PROVIDER


@relaxed
@given(
    planted=st.one_of(error_bodies.secrets, error_bodies.places),
    around=st.tuples(error_bodies.texts, st.sampled_from([" ", ' "', ": ", " '", " (", "=", " `"]), error_bodies.texts),
    status=st.sampled_from([200, 400, 401, 403, 404, 429, 500, 503]),
    data=st.data(),
)
def test_no_message_tells_a_secret_a_url_or_a_file(kind, planted, around, status, data):
    before, separator, after = around
    text = f"{before}{separator}{planted} {after}"
    body = data.draw(error_bodies.bodies_saying(st.just(text)))
    failure = kind.classify(BadAnswer(status, [], body, in_stream=status == 200))
    assert planted not in failure.message


@relaxed
@given(planted=st.one_of(error_bodies.secrets, error_bodies.places), status=st.sampled_from([400, 413, 422, 500]))
def test_no_param_or_code_tells_a_secret_a_url_or_a_file(kind, planted, status):
    body = json.dumps({"error": {"message": "no", "code": planted, "param": planted}}).encode()
    failure = kind.classify(BadAnswer(status, [], body))
    assert planted not in {failure.param, failure.code}


@relaxed
@given(status=st.one_of(st.sampled_from([200, 404, 503]), st.integers(-1, 1000)), body=error_bodies.bodies)
def test_its_probes_judge_any_answer(kind, status, body):
    for probe in probes(kind):
        result = probe.judge(status, body)
        assert result.reason
        assert result.models is None or result.state is ProbeState.HEALTHY
        if status != 200:
            assert result.models is None


def test_its_probes_tell_a_key_that_is_refused_from_a_server_that_is_down(kind):
    for probe in probes(kind):
        assert probe.judge(200, b'{"data":[{"id":"\xff"}],"version":"\xff"}').state in ProbeState
        assert probe.judge(401, b"").state is ProbeState.MISCONFIGURED
        assert probe.judge(500, b"").state is ProbeState.DOWN
        assert probe.judge(429, b"").state is ProbeState.BUSY


@relaxed
@given(body=st.one_of(error_bodies.json_values.map(lambda value: json.dumps(value).encode()), st.binary(max_size=100)))
def test_its_rewrites_never_fail(kind, body):
    for adapt in kind.adapt.values():
        once = adapt(body)
        assert adapt(once) == once


_parts = st.lists(
    st.one_of(
        st.fixed_dictionaries({"type": st.just("text"), "text": st.text(max_size=20)}),
        st.just({"type": "image_url", "image_url": {"url": "data:,"}}),
    ),
    max_size=3,
)
_messages = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "user", "assistant", "tool", "developer"])},
    optional={"content": st.one_of(st.none(), st.text(max_size=20), _parts), "name": st.text(max_size=5)},
)


@relaxed
@given(
    messages=st.lists(_messages, max_size=4),
    extra=st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
)
def test_its_rewrites_keep_the_meaning(kind, messages, extra):
    body = {**extra, "messages": messages}
    for adapt in kind.adapt.values():
        found = json.loads(adapt(json.dumps(body).encode()))
        assert {key: value for key, value in found.items() if key != "messages"} == {
            key: value for key, value in body.items() if key != "messages"
        }
        assert [plain(message) for message in found["messages"]] == [plain(message) for message in messages]


def plain(message: dict[str, object]) -> dict[str, object]:
    """The message with all of its text in one string, where text is all it has."""
    content = message.get("content")
    if isinstance(content, list) and all(part["type"] == "text" for part in content):
        message = {**message, "content": "\n".join(part["text"] for part in content)}
    return {**message, "role": "system"} if message["role"] == "developer" else message
