"""`--detect` asks real ports, and never overwrites a config that is there."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sixnines.quickstart.ask import get
from sixnines.quickstart.detect import Engine, Unusable
from sixnines.quickstart.ports import free_ports
from sixnines.quickstart.survey import Survey, look, write_config
from sixnines.quickstart.trouble import QuickstartError

ANSWERS = {"/v1/models": b'{"object":"list","data":[{"id":"smollm2","owned_by":"vllm"}]}'}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = ANSWERS.get(self.path, b"{}")
        self.send_response(200 if self.path in ANSWERS else 404)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def test_what_answers_is_found_and_what_is_silent_is_not(port: int) -> None:
    silent = free_ports(1)[0]
    assert look([silent, port]) == Survey((Engine(port, "vllm", ("smollm2",)),), ())


def test_a_port_that_answers_otherwise_is_named(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ANSWERS, "/v1/models", b"<html>")
    assert look([port]) == Survey((), (Unusable(port, "it is no engine that we know (status 200 for /v1/models)"),))


def test_a_proxy_in_the_environment_is_not_asked(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    answer = get(port, "/v1/models")
    assert answer is not None
    assert answer.ok


def test_a_silent_port_has_no_answer() -> None:
    assert get(free_ports(1)[0], "/") is None


def test_a_config_that_is_there_is_overwritten_only_by_force(tmp_path: Path) -> None:
    target = tmp_path / "sixnines.yaml"
    target.write_text("mine")
    engines = [Engine(8001, "vllm", ("smollm2",))]
    with pytest.raises(QuickstartError, match="--force"):
        write_config(engines, target, force=False)
    assert target.read_text() == "mine"
    write_config(engines, target, force=True)
    assert "kind: vllm" in target.read_text()
