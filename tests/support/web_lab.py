"""A whole gateway to look at with a browser: stand-in engines, several models, and traffic of which some fell over."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from sixnines.testing.mock_engine import MockEngine
from support.gateway_process import GatewayProcess
from support.lab import WAIT_S, Lab
from support.watched import FAILING, ask

CONFIG = """
server: {{listen: "127.0.0.1:{port}"{server}}}
defaults: {{health: {{interval: 1s, unhealthy_interval: 1s}}, breaker: {{failures: 5, window: 30s, open: 60s}}}}
providers:
  ollama: {{kind: openai-compatible, base_url: "{ollama}", max_in_flight: 4}}
  llamacpp: {{kind: openai-compatible, base_url: "{llamacpp}"}}
  vllm: {{kind: openai-compatible, base_url: "http://127.0.0.1:1", optional: true}}
  ollama-cloud: {{kind: openai-compatible, base_url: "{cloud}"}}
models:
  "llama3.1:latest":
    deployments: [{{provider: ollama, model: up, weight: 7}}, {{provider: ollama-cloud, model: up, weight: 3}}]
    strategy: weighted
    targets: {{ollama: 0.7, ollama-cloud: 0.3}}
    context_window: 8192
    fallbacks: ["gpt-oss:20b"]
  qwen3: {{deployments: [{{provider: llamacpp, model: up}}], fallbacks: ["llama3.1:latest"], context_window: 32768}}
  qwen3-coder: {{deployments: [{{provider: vllm, model: up}}], fallbacks: ["gpt-oss:20b"]}}
  "gpt-oss:20b": {{deployments: [{{provider: ollama-cloud, model: up, price: {{input: 0.15, output: 0.6}}}}]}}
routes: {{chat: {{strategy: ordered, models: ["llama3.1:latest", "gpt-oss:20b"]}}}}
"""
MODELS = ("llama3.1:latest", "qwen3", "llama3.1:latest", "gpt-oss:20b", "chat", "qwen3-coder", "llama3.1:latest")
PROVIDERS = ("ollama", "llamacpp", "vllm", "ollama-cloud")


@dataclass(frozen=True, slots=True)
class WebLab:
    """What runs.

    Attributes:
        gateway: the process; `gateway.url`, `gateway.client()`.
        lab: where the engines are; `lab.until` waits for something.
        engines: by the provider's name; `vllm` has none and is down.
        admin_key: what an administrator needs, if anything.
    """

    gateway: GatewayProcess
    lab: Lab
    engines: dict[str, MockEngine]
    admin_key: str | None = None

    @property
    def url(self) -> str:
        """The gateway's, without a path."""
        return self.gateway.url

    def admin(self) -> httpx.Client:
        """A client of an administrator."""
        headers = {} if self.admin_key is None else {"authorization": f"Bearer {self.admin_key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=WAIT_S, trust_env=False)

    def is_known(self) -> bool:
        """Whether every provider was asked how it is."""
        with self.admin() as client:
            rows = client.get("/admin/v1/providers").json()["providers"]
        return all(each["state"] != "unknown" for each in rows)

    def traffic(self, rounds: int = 2, *, models: tuple[str, ...] = MODELS) -> None:
        """Streams and whole answers of all models; `qwen3` and `qwen3-coder` fall over."""
        for round_ in range(rounds):
            for model in models:
                ask(self.gateway, model, stream=round_ % 2 == 0)

    @contextmanager
    def flowing(self) -> Iterator[None]:
        """Traffic all the while."""
        over = threading.Event()

        def flow() -> None:
            while not over.wait(0.05):
                self.traffic(1)

        thread = threading.Thread(target=flow, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(30)


@contextmanager
def web_lab(folder: Path, *, server: str = "", port: int = 0, admin_key: str | None = None) -> Iterator[WebLab]:
    """Start it, with traffic that is over.

    Args:
        folder: an empty one, for config and state.
        server: more keys of the section `server`, each after a comma.
        port: where it listens; 0 for any.
        admin_key: what an administrator needs; None: nothing.
    """
    environment = None if admin_key is None else {"WEB_LAB_KEY": admin_key}
    server += "" if admin_key is None else ', admin_key: "env:WEB_LAB_KEY"'
    quick = {"default": {"first_token_s": 0.02, "count": 12, "tokens_per_s": 400}}
    slow = {"default": {"first_token_s": 0.09, "count": 16, "tokens_per_s": 300}}
    with Lab() as lab:
        engines = {
            "ollama": lab.engine(script=quick), "llamacpp": lab.engine(script=FAILING),
            "ollama-cloud": lab.engine(script=slow),
        }  # fmt: skip
        config = CONFIG.format(
            port=port, server=server, ollama=engines["ollama"].base_url, llamacpp=engines["llamacpp"].base_url,
            cloud=engines["ollama-cloud"].base_url,
        )  # fmt: skip
        with GatewayProcess(folder, config, environment) as gateway:
            found = WebLab(gateway, lab, engines, admin_key)
            lab.until(found.is_known)
            found.traffic()
            yield found
