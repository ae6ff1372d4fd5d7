"""A config in which one engine has another model, and nothing else is different."""

import pytest

from sixnines.config.load import read_text
from sixnines.config.sources import SourceFile
from sixnines.registry import CATALOG
from sixnines.services.change_model import service_to_switch, with_model
from sixnines.services.trouble import ServiceError

TEXT = """\
version: 1
providers:
  native: {kind: llamacpp, service: {model: a.gguf}}   # fast
  fetched: {kind: llamacpp, base_url: "http://127.0.0.1:8081", service: {hf_repo: org/a-GGUF}}
  vllm: {kind: vllm, service: {model: org/a}}
  named: {kind: vllm, base_url: "http://127.0.0.1:8002", service: {model: org/a, alias: x}}
  ollama: {kind: ollama, service: {}}
  far: {kind: llamacpp, base_url: "http://10.0.0.1:8080"}
  own: {kind: llamacpp, base_url: "http://127.0.0.1:8083", service: {command: [x]}}
models:
  m: {deployments: [{provider: vllm, model: org/a}, {provider: named, model: org/a}, {provider: native, model: a.gguf}]}
  n: {deployments: [{provider: vllm, model: org/a}, {provider: vllm, model: lora}]}
"""


def changed(name, model, text=TEXT):
    document = read_text(text, "x.yaml", None, CATALOG).document
    (source,) = with_model([SourceFile("x.yaml", text.encode())], document, name, model)
    return source.content.decode()


def test_the_engine_is_told_another_file():
    assert changed("native", "b.gguf") == TEXT.replace("service: {model: a.gguf}", "service: {model: b.gguf}")


def test_a_repository_is_replaced_by_a_repository():
    assert changed("fetched", "org/b-GGUF:Q4_K_M") == TEXT.replace("org/a-GGUF", "org/b-GGUF:Q4_K_M")


def test_what_answers_to_its_models_name_only_takes_the_deployments_with_it():
    assert changed("vllm", "org/b") == TEXT.replace(
        "vllm, service: {model: org/a}", "vllm, service: {model: org/b}"
    ).replace("{provider: vllm, model: org/a}", "{provider: vllm, model: org/b}")


def test_an_alias_stays_and_so_do_the_deployments():
    assert changed("named", "org/b") == TEXT.replace("{model: org/a, alias", "{model: org/b, alias")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nobody", "there is no provider nobody"),
        ("ollama", "an engine of kind ollama loads whatever model it is asked for"),
        ("far", "far has no section `service`"),
        ("own", "the section `service` of own names no model"),
    ],
)
def test_what_cannot_be_switched_is_explained_with_what_can(name, why):
    document = read_text(TEXT, "x.yaml", None, CATALOG).document
    with pytest.raises(ServiceError, match=f"{why}.*models can be changed for: native, fetched, vllm, named"):
        service_to_switch(document, name)


def test_a_value_behind_an_anchor_is_left_to_the_operator():
    with pytest.raises(ServiceError, match=r"providers\.native\.service\.model does not stand .* change it by hand"):
        changed("native", "b.gguf", TEXT.replace("model: a.gguf}}   #", "model: &m a.gguf}}   #"))


def test_the_value_is_found_in_whichever_file_it_is():
    document = read_text(TEXT, "x.yaml", None, CATALOG).document
    sources = [SourceFile("first.yaml", b"version: 1\ninclude: [x.yaml]\n"), SourceFile("x.yaml", TEXT.encode())]
    first, second = with_model(sources, document, "native", "b.gguf")
    assert first == sources[0]
    assert b"service: {model: b.gguf}" in second.content
