"""What the quickstart writes is a config that the gateway takes, and that means what was found."""

from pathlib import Path

import pytest

from sixnines.config.load import read_config
from sixnines.config.snapshot import Snapshot
from sixnines.quickstart.detect import Engine
from sixnines.quickstart.layout import Layout
from sixnines.quickstart.survey import write_config
from sixnines.registry import CATALOG


def read(path: Path) -> Snapshot:
    loaded = read_config(path, {}, CATALOG)
    assert loaded.snapshot is not None, loaded.report()
    # That all of it goes down with this machine is true, and said; nothing else is.
    assert [each.path for each in loaded.diagnostics if not each.path.startswith(("domains.", "providers."))] == []
    return loaded.snapshot


def deployments(snapshot: Snapshot, model: str) -> list[str]:
    return [deployment.id for deployment in snapshot.models[model].deployments]


def test_the_config_of_two_engines_is_one_model_that_falls_over(tmp_path: Path) -> None:
    layout = Layout(tmp_path, 4100, {"a": 5001, "b": 5002}, Path("/model.gguf"))
    layout.config_file.write_text(layout.config_text)
    snapshot = read(layout.config_file)
    assert (snapshot.server.host, snapshot.server.port) == ("127.0.0.1", 4100)
    assert deployments(snapshot, "smollm2") == ["a/smollm2", "b/smollm2"]
    assert snapshot.models["smollm2"].strategy == "ordered"
    assert [provider.origin.port for provider in snapshot.providers.values()] == [5001, 5002]
    assert {provider.kind.name for provider in snapshot.providers.values()} == {"llamacpp"}


def test_a_detected_config_serves_what_was_found(tmp_path: Path) -> None:
    engines = [
        Engine(11434, "ollama", ("llama3.1:latest", "smollm2")),
        Engine(8000, "llamacpp-python", ("/models/phi 3.gguf",)),
        Engine(8001, "vllm", ("smollm2", "meta-llama/Llama-3.1-8B")),
        Engine(9000, "vllm", ("smollm2",)),
    ]
    target = tmp_path / "sixnines.yaml"
    write_config(engines, target, force=False)
    snapshot = read(target)
    assert deployments(snapshot, "smollm2") == ["ollama/smollm2", "vllm/smollm2", "vllm-9000/smollm2"]
    assert deployments(snapshot, "phi-3.gguf") == ["llamacpp-python//models/phi 3.gguf"]
    assert deployments(snapshot, "meta-llama/Llama-3.1-8B") == ["vllm/meta-llama/Llama-3.1-8B"]


@pytest.mark.parametrize("name", ["yes", "null", "1.5", "- x", "a: b", 'quo"ted', "back\\slash", "ünïcode", "#no"])
def test_a_name_that_yaml_could_misread_stays_what_it_is(tmp_path: Path, name: str) -> None:
    target = tmp_path / "sixnines.yaml"
    write_config([Engine(8001, "vllm", (name,))], target, force=False)
    (model,) = read(target).models.values()
    assert model.deployments[0].upstream_model == name


def test_two_names_that_become_one_are_still_a_config(tmp_path: Path) -> None:
    target = tmp_path / "sixnines.yaml"
    write_config([Engine(8001, "vllm", ("a b", "a-b"))], target, force=False)
    assert deployments(read(target), "a-b") == ["vllm/a b", "vllm/a-b"]
