"""Changing a model where requests are under way: others are asked, those under way end first, and a lie is found out."""

import base64
import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import httpx
import pytest

from sixnines.config.secret import Secret
from sixnines.config.sources import SourceFile
from sixnines.quickstart.ports import free_ports
from sixnines.services.asking import EngineAsker
from sixnines.services.door import GatewayDoor
from sixnines.services.interface import ServiceState
from sixnines.services.trouble import ServiceError
from support.lab import Lab
from support.services import PYTHON, Services
from support.units import plans_of

pytestmark = pytest.mark.slow


def mock(kind: str, script: Path) -> str:
    return f"[{PYTHON}, -P, -m, sixnines, mock, --kind, {kind}, --port, '{{port}}', --script, {script}, '{{model}}']"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


def plan(folder: Path, kind: str, port: int, model: str = "org/a", more: str = ""):
    config = folder / f"{kind}.yaml"
    config.write_text(
        f'version: 1\nproviders: {{e: {{kind: {kind}, base_url: "http://127.0.0.1:{port}", service: {{model: {model}}}{more}}}}}\n'
        "models: {m: {deployments: [{provider: e, model: m}]}}"
    )
    return plans_of(config)["e"]


def test_an_engine_that_serves_another_model_is_found_out(lab: Lab, tmp_path: Path) -> None:
    engine = lab.engine("vllm", {"models": ["org/a"]})
    port = int(engine.base_url.rpartition(":")[2])
    assert "serves org/a, and answers" in EngineAsker({}).verify(plan(tmp_path, "vllm", port))
    with pytest.raises(ServiceError, match="e says that it serves org/a, and not org/b"):
        EngineAsker({}).verify(plan(tmp_path, "vllm", port, "org/b"))


def test_an_engine_that_lists_and_does_not_answer_is_found_out(lab: Lab, tmp_path: Path) -> None:
    engine = lab.engine("vllm", {"models": ["org/a"], "default": {"error": {"preset": "server_error"}}})
    port = int(engine.base_url.rpartition(":")[2])
    with pytest.raises(ServiceError, match="e does not answer a chat: status 500"):
        EngineAsker({}).verify(plan(tmp_path, "vllm", port))


def test_an_engine_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="does not answer as an engine does"):
        EngineAsker({"e": Secret("k")}).verify(plan(tmp_path, "vllm", free_ports(1)[0]))


CONFIG = """\
version: 1
server: {{listen: "127.0.0.1:{gateway}", drain: 10s}}
defaults: {{health: {{active: false}}}}
providers:
  engine:
    kind: llamacpp-python
    base_url: http://127.0.0.1:{engine}
    service: {{command: [sh, run.sh, "{{model}}", "{{port}}"], model: first}}
  other: {{kind: llamacpp-python, base_url: "{other}"}}
models: {{m: {{deployments: [{{provider: engine, model: m}}, {{provider: other, model: m}}]}}}}
"""
SLOW = '{"models": ["m"], "default": {"lorem": 12, "tokens_per_s": 4}}'


def test_requests_under_way_end_and_new_ones_go_elsewhere(lab: Lab, tmp_path: Path) -> None:
    gateway, port = free_ports(2)
    (tmp_path / "slow.json").write_text(SLOW)
    (tmp_path / "run.sh").write_text(
        f'exec {PYTHON} -P -m sixnines mock --kind llamacpp-python --port "$2" --script "$(dirname "$0")/slow.json"\n'
    )
    for model in ("first", "second"):
        (tmp_path / model).touch()
    other = lab.engine("llamacpp-python", {"models": ["m"], "default": {"text": "other"}})
    config = CONFIG.format(gateway=gateway, engine=port, other=other.base_url)
    with Services(tmp_path, config) as services:
        started = services.run("start", "all")
        assert started.returncode == 0, started.stdout + services.log("engine")
        body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
        url = f"http://127.0.0.1:{gateway}/v1/chat/completions"
        slow: list[httpx.Response] = []
        asking = threading.Thread(target=lambda: slow.append(httpx.post(url, json=body, timeout=30, trust_env=False)))
        asking.start()
        page = f"http://127.0.0.1:{gateway}/admin/v1/providers"
        services.until(lambda: httpx.get(page, trust_env=False).json()["providers"][0]["in_flight"] == 1)
        results: list[subprocess.CompletedProcess[str]] = []
        switching = threading.Thread(target=lambda: results.append(services.run("switch-model", "engine", "second")))
        switching.start()
        services.until(lambda: "held back" in httpx.get(page, trust_env=False).json()["providers"][0]["reason"])
        assert httpx.post(url, json=body, timeout=30, trust_env=False).headers["x-sixnines-provider"] == "other"
        asking.join(30)
        switching.join(60)
        assert (slow[0].status_code, slow[0].headers["x-sixnines-provider"]) == (200, "engine")
        assert results[0].returncode == 0, results[0].stderr
        assert results[0].stdout.splitlines()[0] == "drained: engine answers nothing"
        assert "model: second}" in services.config.read_text()


def test_what_somebody_else_writes_meanwhile_is_not_undone(lab: Lab, tmp_path: Path) -> None:
    gateway, port = free_ports(2)
    (tmp_path / "slow.json").write_text('{"models": ["m"]}')
    (tmp_path / "run.sh").write_text(
        f'sleep 1; exec {PYTHON} -P -m sixnines mock --kind llamacpp-python --port "$2" --script slow.json\n'
    )
    for model in ("first", "second"):
        (tmp_path / model).touch()
    with Services(tmp_path, CONFIG.format(gateway=gateway, engine=port, other="http://127.0.0.1:9")) as services:
        assert services.run("start", "engine").returncode == 0, services.log("engine")
        results: list[subprocess.CompletedProcess[str]] = []
        switching = threading.Thread(target=lambda: results.append(services.run("switch-model", "engine", "second")))
        switching.start()
        services.until(lambda: services.report("engine").state is ServiceState.STARTING)
        his = services.config.read_text() + "# mine\n"
        services.config.write_text(his)
        switching.join(60)
        assert results[0].returncode == 1
        assert "was changed by somebody else meanwhile" in results[0].stderr
        assert "engine serves first again" in results[0].stderr.replace(f"{tmp_path}/", "")
        assert services.config.read_text() == his


class Revisions(BaseHTTPRequestHandler):
    """Stands in for a gateway that records revisions: answers `POST /admin/v1/apply` with the lines of the class."""

    lines: ClassVar[list[str]] = []
    status = 200
    asked: ClassVar[list[dict]] = []

    def do_POST(self) -> None:
        self.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        body = "".join(f"{line}\n" for line in self.lines).encode()
        self.send_response(self.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("status", "lines", "revision", "error"),
    [
        (200, ['{"event":"began","step":"check"}', "", '{"event":"ended","ending":"applied","revision":7}'], 7, None),
        (200, ['{"event":"ended","ending":"unchanged","revision":null}'], None, None),
        (404, ['{"error":{"message":"no such path"}}'], None, None),
        (
            200,
            ['{"event":"ended","ending":"refused","reason":"two at once"}'],
            None,
            "does not take up .*: two at once",
        ),
        (200, ['{"error":{"message":"config has errors"}}'], None, "does not take up .*: config has errors"),
        (200, [], None, "it does not say why"),
        (200, ["nonsense"], None, "does not answer"),
        (409, ['{"error":{"message":"somebody else"}}'], None, "refuses: status 409.*somebody else"),
    ],
)
def test_a_gateway_takes_the_changed_config_up_as_a_revision(
    tmp_path: Path, status: int, lines: list[str], revision: int | None, error: str | None
) -> None:
    handler = type("Handler", (Revisions,), {"lines": lines, "status": status, "asked": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        config = tmp_path / "x.yaml"
        config.write_text(f'version: 1\nserver: {{listen: "127.0.0.1:{server.server_port}"}}\n')
        with contextlib.closing(GatewayDoor(plans_of(config)["gateway"], None)) as door:
            files = [SourceFile("x.yaml", b"version: 1\n")]
            if error is None:
                assert door.apply(files, "why", "ada") == revision
            else:
                with pytest.raises(ServiceError, match=error):
                    door.apply(files, "why", "ada")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    (asked,) = handler.asked
    assert asked == {
        "files": [{"path": "x.yaml", "content": base64.b64encode(b"version: 1\n").decode()}],
        "note": "why", "author": "ada", "preflight": False, "verify": False, "watch_s": 0.0,
    }  # fmt: skip
