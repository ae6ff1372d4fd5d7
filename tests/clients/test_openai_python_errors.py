"""The `openai` Python package: which exception each kind of failure becomes, and what it tells."""

import socket
import time

import openai
import pytest

from support.front import ASKED, BROKEN_OFF, ENVIRONMENT, KINDS, Front, breaking, one_kind, provider
from support.lab import Lab

STATUS_ERRORS: dict[str, tuple[type[openai.APIStatusError], int, str]] = {
    "rate": (openai.RateLimitError, 429, "rate_limit_exceeded"),
    "quota": (openai.RateLimitError, 429, "provider_quota_exhausted"),
    "overloaded": (openai.InternalServerError, 503, "overloaded"),
    "loading": (openai.InternalServerError, 503, "model_loading"),
    "context": (openai.BadRequestError, 400, "context_length_exceeded"),
    "policy": (openai.BadRequestError, 400, "content_filter"),
    "unauthorized": (openai.InternalServerError, 502, "provider_misconfigured"),
    "missing": (openai.InternalServerError, 502, "provider_misconfigured"),
    "server_error": (openai.InternalServerError, 502, "provider_error"),
}
CLOUDS = ["openai", "anthropic"]


def at(front: Front, client: openai.OpenAI, **options: object) -> openai.OpenAI:
    """The client for another gateway; the pool of connections stays its own."""
    return client.with_options(base_url=front.url, **options)


def ask(client: openai.OpenAI, *, stream: bool = False) -> object:
    return client.chat.completions.create(model="m", messages=ASKED, stream=stream)


# Only clouds filter; what the other stand-ins say then is made up.
FAILURES = [(kind, preset) for kind in KINDS for preset in STATUS_ERRORS if preset != "policy" or kind in CLOUDS]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("kind", "preset"), FAILURES)
def test_a_failure_of_the_engine_is_the_exception_that_users_expect(
    lab: Lab, client: openai.OpenAI, kind: str, preset: str, stream: bool
) -> None:
    expected, status, code = STATUS_ERRORS[preset]
    front = one_kind(lab, kind, {"default": {"error": {"preset": preset}}})
    with pytest.raises(expected) as caught:
        ask(at(front, client), stream=stream)
    error = caught.value
    assert (type(error), error.status_code, error.code) == (expected, status, code)
    assert error.request_id == error.response.headers["x-sixnines-request-id"]
    assert isinstance(error.body, dict)
    attempt, *looks = error.body["trail"]  # a loading engine is looked at again
    assert {each["kind"] for each in looks} <= {"loading"}
    assert attempt["provider"] == "a"
    assert error.type
    assert "127.0.0.1" not in str(error)


LOCKED = 'server: {listen: "127.0.0.1:0", api_keys: ["env:CALLER_KEY"]}'


@pytest.fixture
def locked(lab: Lab) -> Front:
    """A gateway that asks for a key."""
    return one_kind(lab, "openai", more=LOCKED, secrets={"CALLER_KEY": "sk-right"})


def test_a_wrong_key_is_an_authentication_error(locked: Front, client: openai.OpenAI) -> None:
    stranger = at(locked, client, api_key="sk-wrong")
    for asks in (lambda: ask(stranger), stranger.models.list, lambda: stranger.embeddings.create(model="m", input="x")):
        with pytest.raises(openai.AuthenticationError) as caught:
            asks()
        assert caught.value.code == "invalid_api_key"
    assert locked.engine.requests == []


def test_the_right_key_opens_and_stays_here(locked: Front, client: openai.OpenAI) -> None:
    ask(at(locked, client, api_key="sk-right"))
    assert "sk-right" not in str(locked.engine.requests[-1].request.headers)


def test_an_unknown_model_is_not_found_and_the_nearest_name_is_told(
    fronts: dict[str, Front], client: openai.OpenAI
) -> None:
    with pytest.raises(openai.NotFoundError, match="llamacpp") as caught:
        client.chat.completions.create(model="lamacpp", messages=ASKED)
    assert caught.value.code == "model_not_found"


BAD_REQUESTS: dict[str, tuple[dict[str, object], str]] = {
    "no messages": ({"messages": []}, "messages"),
    "messages of a wrong type": ({"messages": "hello"}, "messages"),
    "a model of a wrong type": ({"model": 5, "messages": ASKED}, "model"),
}


@pytest.mark.parametrize("mistake", BAD_REQUESTS)
def test_a_mistake_is_told_with_the_parameter_that_it_is_in(
    fronts: dict[str, Front], client: openai.OpenAI, mistake: str
) -> None:
    body, param = BAD_REQUESTS[mistake]
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**{"model": "vllm", **body})
    assert caught.value.param == param
    assert caught.value.type == "invalid_request_error"


def test_a_body_that_is_too_large_is_a_status_error(lab: Lab, client: openai.OpenAI) -> None:
    front = one_kind(lab, "openai", more='server: {listen: "127.0.0.1:0", max_body: 1KiB}')
    with pytest.raises(openai.APIStatusError) as caught:
        at(front, client).chat.completions.create(model="m", messages=[{"role": "user", "content": "x" * 2000}])
    assert (caught.value.status_code, caught.value.code) == (413, "body_too_large")
    assert front.engine.requests == []


def test_a_path_that_does_not_exist_is_not_found(fronts: dict[str, Front], client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.moderations.create(input="x")
    assert caught.value.code == "unknown_url"


def test_how_long_to_wait_is_told_and_waited_for(lab: Lab, client: openai.OpenAI) -> None:
    slow_down = {"times": 1, "then": {"error": {"preset": "rate", "retry_after_s": 1}}}
    front = one_kind(lab, "openai", {"rules": [slow_down]})
    began = time.monotonic()
    answer = at(front, client, max_retries=1).chat.completions.with_raw_response.create(model="m", messages=ASKED)
    assert answer.retries_taken == 1
    assert time.monotonic() - began >= 1
    assert len(front.engine.requests) == 2


def test_without_retries_the_wait_is_told(lab: Lab, client: openai.OpenAI) -> None:
    front = one_kind(lab, "openai", {"default": {"error": {"preset": "rate", "retry_after_s": 7}}})
    with pytest.raises(openai.RateLimitError) as caught:
        ask(at(front, client))
    assert 1 <= int(caught.value.response.headers["retry-after"]) <= 7


def test_a_failure_that_passes_is_overcome_by_the_clients_own_retries(lab: Lab, client: openai.OpenAI) -> None:
    front = one_kind(lab, "openai", {"rules": [{"times": 1, "then": {"error": {"preset": "server_error"}}}]})
    answer = at(front, client, max_retries=2).chat.completions.with_raw_response.create(model="m", messages=ASKED)
    assert answer.retries_taken == 1


def test_patience_that_runs_out_is_a_timeout_and_frees_the_engine(lab: Lab, client: openai.OpenAI) -> None:
    front = one_kind(lab, "openai", {"default": {"fault": {"kind": "hang_before_head"}}})
    with pytest.raises(openai.APITimeoutError):
        ask(at(front, client, timeout=0.3))
    lab.until(lambda: front.engine.in_flight == 0)
    assert front.engine.cancelled == 1


def test_a_gateway_that_is_not_there_is_a_connection_error(client: openai.OpenAI) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        with pytest.raises(openai.APIConnectionError) as caught:
            ask(client.with_options(base_url=f"http://127.0.0.1:{nobody.getsockname()[1]}/v1"))
    assert not isinstance(caught.value, openai.APITimeoutError)


def test_an_engine_that_never_answers_is_a_gateway_timeout(lab: Lab, client: openai.OpenAI) -> None:
    patience = "defaults: {timeouts: {first_token: 200ms}}"
    front = one_kind(lab, "vllm", {"default": {"fault": {"kind": "hang_before_head"}}}, more=patience)
    with pytest.raises(openai.InternalServerError) as caught:
        ask(at(front, client), stream=True)
    assert (caught.value.status_code, caught.value.code) == (504, "provider_timeout")


@pytest.mark.parametrize("how", ["error_event", "end", "close"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_that_breaks_is_an_api_error_after_what_came(
    lab: Lab, client: openai.OpenAI, kind: str, how: str
) -> None:
    front = one_kind(lab, kind, breaking(how))
    read: list[str] = []
    with (
        at(front, client).chat.completions.create(model="m", messages=ASKED, stream=True) as stream,
        pytest.raises(openai.APIError, match="not the whole answer") as caught,
    ):
        read.extend(choice.delta.content or "" for chunk in stream for choice in chunk.choices)
    assert "".join(read) == BROKEN_OFF
    assert not isinstance(caught.value, openai.APIStatusError)
    assert caught.value.type == "upstream_error"
    assert caught.value.code


def test_the_accumulator_raises_it_too(lab: Lab, client: openai.OpenAI) -> None:
    front = one_kind(lab, "vllm", breaking())
    with (
        at(front, client).chat.completions.stream(model="m", messages=ASKED) as stream,
        pytest.raises(openai.APIError, match="not the whole answer"),
    ):
        stream.get_final_completion()


def test_the_next_engine_answers_and_the_client_sees_who(lab: Lab, client: openai.OpenAI) -> None:
    first = lab.engine("openai", {"default": {"error": {"preset": "overloaded"}}})
    second = lab.engine("ollama", {"default": {"text": "from b"}})
    lab.serve(
        f"providers:\n{provider('a', first)}{provider('b', second)}"
        "models:\n  m: {deployments: [{provider: a, model: up}, {provider: b, model: up}]}\n",
        ENVIRONMENT,
    )
    raw = at(Front(lab, second), client).chat.completions.with_raw_response.create(model="m", messages=ASKED)
    assert raw.parse().choices[0].message.content == "from b"
    assert raw.headers["x-sixnines-provider"] == "b"
    assert raw.headers["x-sixnines-attempts"] == "2"
    assert raw.headers["x-sixnines-fallback"] == "capacity"
