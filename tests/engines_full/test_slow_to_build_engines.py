"""The gateway in front of engines that take too long to install for every run: `make test-engines-full`.

llama-cpp-python is built by that target. vLLM is tested where `VLLM_PYTHON` names an interpreter that has it and
`VLLM_MODEL` the folder of a model that it can serve.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sixnines.quickstart.ask import get
from sixnines.quickstart.installed import model_file
from sixnines.quickstart.ports import free_ports
from support.checkout import ROOT
from support.lab import Lab

pytestmark = pytest.mark.timeout(300)

# vLLM compiles and warms up for most of a minute.
READY_S = 240.0


def llamacpp_python(port: int) -> list[str]:
    python = str(ROOT / ".venv-llamacpp-python" / "bin" / "python")
    model = ["--model", str(model_file()), "--model_alias", "smollm2", "--n_ctx", "1024", "--n_threads", "1"]
    return [python, "-m", "llama_cpp.server", *model, "--host", "127.0.0.1", "--port", str(port)]


def vllm(port: int) -> list[str]:
    model = ["--model", os.environ["VLLM_MODEL"], "--served-model-name", "smollm2", "--max-model-len", "1024"]
    limits = ["--dtype", "bfloat16", "--enforce-eager", "--max-num-seqs", "2"]
    server = [os.environ["VLLM_PYTHON"], "-m", "vllm.entrypoints.openai.api_server"]
    return [*server, *model, *limits, "--host", "127.0.0.1", "--port", str(port)]


ENGINES = {"llamacpp-python": llamacpp_python} | ({"vllm": vllm} if os.environ.get("VLLM_PYTHON") else {})
QUIET = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "VLLM_CPU_KVCACHE_SPACE": "1"}


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """The kind and port of a real engine that is ready."""
    port = free_ports(1)[0]
    log = tmp_path_factory.mktemp("engine") / "log"
    with log.open("wb") as output, start(ENGINES[request.param](port), output) as process:
        try:
            until_ready(process, port, log)
            yield request.param, port
        finally:
            # The whole group: vLLM's workers outlive a parent that dies.
            os.killpg(process.pid, 9)


def start(command: list[str], output: object) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True, env={**os.environ, **QUIET}
    )


def until_ready(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Wait until the engine lists its models."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        answer = get(port, "/v1/models")
        if answer is not None and answer.ok:
            return
        time.sleep(0.2)
    pytest.fail(f"the engine did not start: {log.read_text(errors='replace')[-4000:]}")


@pytest.fixture
def gateway(engine: tuple[str, int]) -> Iterator[httpx.Client]:
    """A client for a gateway whose model `m` is served by that engine alone."""
    kind, port = engine
    with Lab() as lab:
        yield lab.serve(f"""
defaults: {{timeouts: {{first_token: 60s}}}}
providers:
  real: {{kind: {kind}, base_url: "http://127.0.0.1:{port}"}}
models:
  m: {{deployments: [{{provider: real, model: smollm2}}]}}
""")


def chat(*, content: str = "Say hello.", **more: object) -> dict[str, object]:
    return {"model": "m", "max_tokens": 16, "messages": [{"role": "user", "content": content}], **more}


def test_a_chat_is_answered_under_the_name_that_was_asked_for(gateway: httpx.Client) -> None:
    answer = gateway.post("/v1/chat/completions", json=chat(), timeout=120)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-sixnines-provider"] == "real"
    body = answer.json()
    assert body["model"] == "m"
    assert body["choices"][0]["message"]["content"].strip() != ""
    assert body["choices"][0]["finish_reason"] in {"stop", "length"}


def test_a_stream_is_complete(gateway: httpx.Client) -> None:
    with gateway.stream("POST", "/v1/chat/completions", json=chat(stream=True), timeout=120) as answer:
        assert answer.status_code == 200
        events = [line.removeprefix("data: ") for line in answer.iter_lines() if line.startswith("data: ")]
    assert events[-1] == "[DONE]"
    chunks = [json.loads(event) for event in events[:-1]]
    assert {chunk["model"] for chunk in chunks} == {"m"}
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    assert "".join(choice["delta"].get("content") or "" for choice in choices).strip() != ""
    assert [choice["finish_reason"] for choice in choices if choice.get("finish_reason")] != []


@pytest.mark.parametrize("stream", [False, True])
def test_a_prompt_that_does_not_fit_is_the_callers_to_shorten(gateway: httpx.Client, *, stream: bool) -> None:
    answer = gateway.post("/v1/chat/completions", json=chat(content="word " * 4000, stream=stream), timeout=120)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["code"] == "context_length_exceeded"


def test_a_request_that_the_engine_cannot_read_is_the_callers_fault(gateway: httpx.Client) -> None:
    answer = gateway.post("/v1/chat/completions", json=chat() | {"temperature": "hot"}, timeout=120)
    assert answer.status_code == 400, answer.text
    assert "Traceback" not in answer.text
    assert str(ROOT) not in answer.text
