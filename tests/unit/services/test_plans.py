"""What a config says becomes what is started."""

from pathlib import Path

import pytest

from sixnines.domain.restart import Restart
from support.units import plans_of

HEAD = "version: 1\nserver: {listen: '127.0.0.1:4000', api_keys: ['env:CALLER'], drain: 7s}\n"


def plan(folder: Path, provider: str, name: str = "e"):
    file = folder / "x.yaml"
    file.write_text(
        f"{HEAD}providers: {{e: {provider}, f: {{kind: vllm, base_url: 'http://127.0.0.1:9', api_key: 'env:F_KEY'}}}}\n"
    )
    return plans_of(file)[name]


def test_the_gateway_is_served_from_this_config_and_may_write_its_state(tmp_path):
    found = plan(tmp_path, "{kind: ollama}", "gateway")
    assert found.command[1:] == ("-P", "-m", "sixnines", "serve", "--config", "/home/ada/lab/sixnines.yaml")
    assert found.writable == ("/home/ada/.local/state/sixnines",)
    assert found.stop_within_s == 17  # its drain, and ten seconds to end
    assert (found.hidden, found.is_gateway, found.address) == ((), True, "127.0.0.1:4000")


def test_an_engine_sees_the_secrets_that_it_names_and_no_others(tmp_path):
    found = plan(
        tmp_path, "{kind: vllm, api_key: 'env:E_KEY', service: {model: a, environment: {HF_TOKEN: 'env:HF', X: y}}}"
    )
    assert found.secrets == {"VLLM_API_KEY": "env:E_KEY", "HF_TOKEN": "env:HF"}
    assert found.environment == {"X": "y"}
    assert found.hidden == ("CALLER", "E_KEY", "F_KEY", "HF")


def test_a_command_of_ones_own_is_told_by_its_words_only(tmp_path):
    words = "['./x', '{host}:{port}', '{\"m\": \"{model}\"}', '{other}']"
    found = plan(
        tmp_path,
        f"{{kind: llamacpp, base_url: 'http://127.0.0.1:81', api_key: 'env:K', service: {{command: {words}, model: m.gguf}}}}",
    )
    assert found.command == ("/home/ada/lab/x", "127.0.0.1:81", '{"m": "/home/ada/lab/m.gguf"}', "{other}")
    assert (found.environment, found.secrets) == ({}, {})


def test_variables_of_a_shell_do_not_move_llama_cpp_python(tmp_path):
    found = plan(tmp_path, "{kind: llamacpp-python, service: {model: m.gguf}}")
    assert found.environment == {"HOST": "127.0.0.1", "PORT": "8000"}


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ("{model: m.gguf, context: 2048}", ["--ctx-size", "2048", "--parallel", "1"]),
        ("{model: m.gguf, context: 2048, parallel: 3}", ["--ctx-size", "6144", "--parallel", "3"]),
        ("{model: m.gguf, parallel: 3}", ["--parallel", "3"]),
        ("{model: m.gguf, gpu_layers: -1}", ["--n-gpu-layers", "999"]),
        ("{model: m.gguf, gpu_layers: 0}", ["--n-gpu-layers", "0"]),
        ("{hf_repo: a/b}", ["--hf-repo", "a/b"]),
    ],
)
def test_llama_server_is_told_what_it_has_words_for(tmp_path, service, words):
    command = plan(tmp_path, f"{{kind: llamacpp, service: {service}}}").command
    start = command.index(words[0])
    assert [word for word in command if word in words or word == words[0]] == words
    assert command[start + 1] == words[1]


@pytest.mark.parametrize(
    ("model", "told"), [("org/name", "org/name"), ("./dir", "/home/ada/lab/dir"), ("/srv/m", "/srv/m")]
)
def test_vllm_takes_a_name_or_a_folder(tmp_path, model, told):
    found = plan(tmp_path, f"{{kind: vllm, service: {{model: {model}}}}}")
    assert (found.command[:3], found.model) == (("vllm", "serve", told), told)


def test_what_is_left_out_is_usual(tmp_path):
    found = plan(tmp_path, "{kind: ollama, service: {}}")
    assert (found.command, found.directory, found.restart) == (("ollama", "serve"), "/home/ada/lab", Restart.ON_FAILURE)
    assert (found.ready_path, found.ready_within_s, found.model) == ("/api/version", 300.0, None)
