"""`sixnines service switch-model` with real llama.cpp servers: another model is served, or everything is as it was."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sixnines.quickstart.installed import model_file
from sixnines.quickstart.ports import free_ports
from sixnines.services.interface import ServiceState
from support.services import PYTHON, Services

pytestmark = pytest.mark.slow

LAUNCHER = f"[{PYTHON}, -P, -m, sixnines.quickstart.llamacpp_server, --model, '{{model}}', --alias, '{{alias}}'"
CONFIG = """\
# A lab with one real engine.
version: 1
server: {{listen: "127.0.0.1:{gateway}", drain: 5s}}
providers:
  engine:   # the good one
    kind: llamacpp
    base_url: http://127.0.0.1:{engine}
    service:
      command: {launcher}, --port, '{{port}}', --threads, '1', --context, '512']
      model: models/first.gguf   # what we began with
      alias: local
      ready_within: 30s
models:
  m: {{deployments: [{{provider: engine, model: local}}]}}
"""


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    models = tmp_path / "models"
    models.mkdir()
    # The same model by two names: copies cost a hundred megabytes each.
    for name in ("first.gguf", "second model.gguf"):
        (models / name).symlink_to(model_file())
    gateway, engine = free_ports(2)
    config = CONFIG.format(gateway=gateway, engine=engine, launcher=LAUNCHER)
    with Services(tmp_path, config) as found:
        assert found.run("start", "all").returncode == 0, found.log("engine")
        found.gateway, found.engine_port = gateway, engine
        yield found


def serves(services: Services) -> str:
    """The file that the engine has loaded."""
    return httpx.get(f"http://127.0.0.1:{services.engine_port}/props", trust_env=False).json()["model_path"]


def answers(services: Services) -> bool:
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 2}
    answer = httpx.post(
        f"http://127.0.0.1:{services.gateway}/v1/chat/completions", json=body, timeout=30, trust_env=False
    )
    return answer.status_code == 200


def held(services: Services) -> str:
    """What the gateway says of the engine."""
    providers = httpx.get(f"http://127.0.0.1:{services.gateway}/admin/v1/providers", trust_env=False).json()
    return providers["providers"][0]["reason"]


def test_the_new_model_is_served_and_the_config_names_it(services: Services) -> None:
    before = services.config.read_text()
    done = services.run("switch-model", "engine", "models/second model.gguf")
    assert done.returncode == 0, done.stdout + done.stderr
    wanted = str(services.folder / "models" / "second model.gguf")
    assert serves(services) == wanted
    assert services.config.read_text() == before.replace(
        "model: models/first.gguf   # what we began with", 'model: "models/second model.gguf"   # what we began with'
    )
    said = done.stdout.splitlines()
    assert said[0] == "drained: engine answers nothing"
    assert f"verified: engine serves {wanted}, and answers" in said
    assert answers(services)
    assert "held back" not in held(services)
    # What the config says holds from now on.
    os.kill(services.engine("engine"), signal.SIGKILL)
    services.until(lambda: services.report("engine").restarts == 1)
    services.until(lambda: services.report("engine").state is ServiceState.READY)
    assert serves(services) == wanted


def test_a_model_that_is_not_there_changes_nothing_at_all(services: Services) -> None:
    before, process = services.config.read_text(), services.report("engine").pid
    done = services.run("switch-model", "engine", "models/gone.gguf")
    assert (done.returncode, "there is no file models/gone.gguf" in done.stderr) == (1, True), done.stderr
    assert services.config.read_text() == before
    assert services.report("engine").pid == process


def test_a_model_that_cannot_be_loaded_brings_the_old_one_back(services: Services) -> None:
    before = services.config.read_text()
    shutil.copyfile(services.config, services.folder / "models" / "broken.gguf")
    done = services.run("switch-model", "engine", "models/broken.gguf")
    assert done.returncode == 1
    assert "the model was not changed: engine ended by itself" in done.stderr
    assert "serves " + str(services.folder / "models/first.gguf") + " again, and the config is as it was" in done.stderr
    assert services.config.read_text() == before
    assert serves(services) == str(services.folder / "models" / "first.gguf")
    assert answers(services)
    assert "held back" not in held(services)


def test_a_config_that_cannot_be_written_brings_the_old_model_back(services: Services) -> None:
    before = services.config.read_text()
    blocker = services.folder / ".sixnines.yaml.new"
    blocker.mkdir()
    done = services.run("switch-model", "engine", "models/second model.gguf")
    blocker.rmdir()
    assert done.returncode == 1
    assert "the config is as it was" in done.stderr
    assert services.config.read_text() == before
    assert serves(services) == str(services.folder / "models" / "first.gguf")


def test_without_a_gateway_there_is_nothing_to_drain(services: Services) -> None:
    services.run("stop", "gateway")
    done = services.run("switch-model", "engine", str(services.folder / "models" / "second model.gguf"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "no gateway runs: nothing to drain"
    assert f'model: "{services.folder}/models/second model.gguf"' in services.config.read_text()


def test_the_model_that_it_has_already_is_left_in_peace(services: Services) -> None:
    process = services.report("engine").pid
    done = services.run("switch-model", "engine", "models/first.gguf")
    assert "has models/first.gguf already" in done.stdout
    assert services.report("engine").pid == process


def test_an_engine_that_does_not_run_is_not_switched(services: Services) -> None:
    services.run("stop", "engine")
    done = services.run("switch-model", "engine", "models/second model.gguf")
    assert (done.returncode, "there is nothing to switch" in done.stderr) == (1, True)
