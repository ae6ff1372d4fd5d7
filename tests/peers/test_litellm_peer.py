"""What `sixnines export litellm` writes, in the real LiteLLM proxy: it starts, lists the models, and fails over.

Run: `make test-peers`. LiteLLM is installed as for `make bench`, exactly pinned and in an environment of its own.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import httpx
import pytest

from sixnines.config.load import read_text
from sixnines.registry import CATALOG
from support.adapting import to_litellm
from support.checkout import ROOT
from support.lab import Lab

sys.path.insert(0, str(ROOT / "bench"))

START_S = 120.0  # it imports for long, and longer on a busy machine
WAIT_S = 30.0
MASTER = "sk-" + "0123456789abcdef" * 2
pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]


@pytest.fixture(scope="session")
def program():
    """LiteLLM's command, installed if it is not there."""
    import packages

    return packages.python_package("litellm") / "bin" / "litellm"


class Proxy:
    """A running LiteLLM with the export of `config`."""

    def __init__(self, program, folder: Path, config: str, environment=None):
        self.config = config
        self.file = folder / "litellm.yaml"
        self.file.write_text(to_litellm(config).text)
        self.port = free_port()
        # It reads no variable of whoever runs the tests.
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "127.0.0.1", "LITELLM_MASTER_KEY": MASTER,
            **(environment or {}),
        }  # fmt: skip
        self.words = [
            str(program),
            "--config",
            str(self.file),
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--num_workers",
            "1",
        ]
        self.lines: list[str] = []
        self.ready = threading.Event()

    def __enter__(self):
        self.process = subprocess.Popen(
            self.words,
            cwd=self.file.parent,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        started = self.ready.wait(START_S) and self.process.poll() is None
        if not started:
            self.__exit__()
        assert started, "".join(self.lines)
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            timeout=WAIT_S,
            trust_env=False,
            headers={"authorization": f"Bearer {MASTER}"},
        )
        return self

    def __exit__(self, *_):
        if hasattr(self, "client"):
            self.client.close()
        self.process.terminate()
        try:
            self.process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(WAIT_S)
        self.reader.join(WAIT_S)
        self.process.stdout.close()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            if "Uvicorn running on" in line:
                self.ready.set()
        self.ready.set()

    def chat(self, model, text="Say hello.", **more):
        return self.client.post(
            "/v1/chat/completions", json={"model": model, "messages": [{"role": "user", "content": text}], **more}
        )

    def models(self):
        return sorted(each["id"] for each in self.client.get("/v1/models").json()["data"])


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def names(config):
    """What the same config lists when sixnines serves it."""
    document = read_text(config, "x", {}, CATALOG).document
    entries = [*document.models.items(), *document.routes.items()]
    return sorted([name for name, _ in entries] + [alias for _, each in entries for alias in each.aliases])


def said(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["choices"][0]["message"]["content"]


def saying(text, models=("up",)):
    return {"models": [*models], "default": {"text": text}}


@pytest.fixture
def lab():
    with Lab() as running:
        yield running


def test_the_second_engine_answers_while_the_first_is_down(program, lab, tmp_path):
    second = lab.engine("openai", saying("from the second"))
    config = f"""version: 1
providers:
  down: {{kind: openai-compatible, base_url: "http://127.0.0.1:{free_port()}"}}
  up: {{kind: openai-compatible, base_url: "{second.base_url}"}}
models:
  in-order: {{deployments: [{{provider: down, model: up}}, {{provider: up, model: up}}], aliases: [also]}}
  first: {{deployments: [{{provider: down, model: up}}], fallbacks: [last]}}
  last: {{deployments: [{{provider: up, model: up}}]}}
routes:
  route: {{models: [first, last]}}
"""
    with Proxy(program, tmp_path, config) as proxy:
        assert proxy.models() == names(config)
        for name in ("last", "first", "in-order", "also", "route"):
            assert said(proxy.chat(name)) == "from the second", name
        streamed = proxy.chat("first", stream=True)
        assert "second" in streamed.text
        assert streamed.text.rstrip().endswith("data: [DONE]")


def test_a_prompt_that_is_too_long_goes_to_the_larger_window(program, lab, tmp_path):
    small, large = lab.engine("openai", saying("small")), lab.engine("openai", saying("large"))
    config = f"""version: 1
providers:
  small: {{kind: openai-compatible, base_url: "{small.base_url}"}}
  large: {{kind: openai-compatible, base_url: "{large.base_url}"}}
models:
  m: {{deployments: [{{provider: small, model: up}}], context_window: 100, fallbacks: [n]}}
  n: {{deployments: [{{provider: large, model: up}}], context_window: 100000}}
"""
    with Proxy(program, tmp_path, config) as proxy:
        assert said(proxy.chat("m")) == "small"
        assert said(proxy.chat("m", "word " * 500)) == "large"


def test_weights_are_shares(program, lab, tmp_path):
    a, b = lab.engine("openai", saying("a")), lab.engine("openai", saying("b"))
    config = f"""version: 1
providers:
  a: {{kind: openai-compatible, base_url: "{a.base_url}"}}
  b: {{kind: openai-compatible, base_url: "{b.base_url}"}}
  down: {{kind: openai-compatible, base_url: "http://127.0.0.1:{free_port()}"}}
models:
  m:
    strategy: weighted
    deployments: [{{provider: a, model: up, weight: 9}}, {{provider: b, model: up, weight: 1}}]
  n:
    strategy: weighted
    deployments: [{{provider: down, model: up, weight: 9}}, {{provider: b, model: up, weight: 1}}]
"""
    with Proxy(program, tmp_path, config) as proxy:
        assert [said(proxy.chat("n")) for _ in range(5)] == ["b"] * 5
        counted = Counter(said(proxy.chat("m")) for _ in range(100))
    # Of 100 with a chance of 0.9: outside of this once in 10^8 runs.
    assert 70 <= counted["a"] < 100


def test_the_key_of_callers_is_the_one_that_was_named(program, lab, tmp_path):
    engine = lab.engine("openai", saying("in"))
    config = f"""version: 1
server: {{api_keys: ["env:CALLERS"]}}
providers: {{a: {{kind: openai-compatible, base_url: "{engine.base_url}"}}}}
models: {{m: {{deployments: [{{provider: a, model: up}}]}}}}
"""
    with Proxy(program, tmp_path, config, {"CALLERS": MASTER}) as proxy:
        assert said(proxy.chat("m")) == "in"
        assert proxy.client.get("/v1/models", headers={"authorization": "Bearer wrong"}).status_code in {400, 401, 403}


@pytest.mark.parametrize("kind", ["ollama", "vllm", "llamacpp", "anthropic"])
def test_each_kind_is_asked_in_its_own_words(program, lab, tmp_path, kind):
    engine = lab.engine(kind, saying("heard"))
    key = ', api_key: "env:A_KEY"' if kind == "anthropic" else ""
    config = f"""version: 1
providers: {{a: {{kind: {kind}, base_url: "{engine.base_url}"{key}}}}}
models: {{m: {{deployments: [{{provider: a, model: up}}]}}}}
"""
    with Proxy(program, tmp_path, config, {"A_KEY": "sk-ant-x"}) as proxy:
        assert said(proxy.chat("m")) == "heard"


def test_the_table_of_vendors_says_what_litellm_does(program):
    """Asks LiteLLM itself where it would go, for each prefix that has an address of its own."""
    from sixnines.adapters.litellm.kinds import VENDORS

    wanted = {prefix: vendor.base_url for prefix, vendor in VENDORS.items() if vendor.base_url}
    script = (
        "import json, sys, litellm\n"
        "print(json.dumps({p: litellm.get_llm_provider(p + '/some-model')[1::2] for p in json.loads(sys.argv[1])}))"
    )
    done = subprocess.run(
        [str(program.parent / "python"), "-c", script, json.dumps([*wanted])],
        capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"], "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])
    assert {prefix: provider for prefix, (provider, _) in told.items()} == {prefix: prefix for prefix in wanted}
    # Of some it says so only when it calls.
    said = {prefix: base.replace("localhost", "127.0.0.1") for prefix, (_, base) in told.items() if base}
    assert len(said) > 5
    assert said == {prefix: base for prefix, base in wanted.items() if prefix in said}
