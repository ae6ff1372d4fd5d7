"""A picture of `sixnines top` in front of a real gateway and stand-in engines: `python -m support.screenshot_top FILE`."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from sixnines.client.gateway import GatewayClient
from sixnines.client.lookout import Lookout
from sixnines.tui.app import TopApp
from support.gateway_process import GatewayProcess
from support.lab import Lab
from support.watched import FAILING, ask, settled

CONFIG = """
server: {{listen: "127.0.0.1:0"}}
defaults: {{health: {{interval: 1s, unhealthy_interval: 1s}}, breaker: {{failures: 5, window: 30s, open: 60s}}}}
providers:
  ollama: {{kind: openai-compatible, base_url: "{ollama}", max_in_flight: 4}}
  llamacpp: {{kind: openai-compatible, base_url: "{llamacpp}"}}
  vllm: {{kind: openai-compatible, base_url: "http://127.0.0.1:1", optional: true}}
  ollama-cloud: {{kind: openai-compatible, base_url: "{cloud}"}}
models:
  llama3: {{deployments: [{{provider: ollama, model: up}}], fallbacks: [gpt-oss]}}
  qwen3: {{deployments: [{{provider: llamacpp, model: up}}], fallbacks: [llama3]}}
  code: {{deployments: [{{provider: vllm, model: up}}], fallbacks: [gpt-oss]}}
  gpt-oss: {{deployments: [{{provider: ollama-cloud, model: up}}]}}
routes: {{chat: {{strategy: ordered, models: [llama3, gpt-oss]}}}}
"""
ASKED = ("llama3", "qwen3", "llama3", "gpt-oss", "chat", "qwen3", "llama3", "code", "qwen3", "llama3")


async def _picture(gateway: GatewayProcess) -> str:
    def connect() -> GatewayClient:
        return GatewayClient.at_url(gateway.url, None)

    app = TopApp(Lookout(connect, time.time), connect, every_s=0.2)
    async with app.run_test(size=(140, 36)) as pilot:
        await pilot.pause(1.5)
        await app.workers.wait_for_complete()
        await pilot.pause()
        return app.export_screenshot(title="sixnines top")


def main(file: Path) -> None:
    """Write it."""
    with Lab() as lab, tempfile.TemporaryDirectory() as folder:
        near = lab.engine(script={"default": {"first_token_s": 0.045, "count": 24, "tokens_per_s": 200}})
        far = lab.engine(script={"default": {"first_token_s": 0.31, "count": 24, "tokens_per_s": 120}})
        config = CONFIG.format(
            ollama=near.base_url, llamacpp=lab.engine(script=FAILING).base_url, cloud=far.base_url
        )  # fmt: skip
        with GatewayProcess(Path(folder), config) as gateway:
            settled(lab, gateway)
            for round_ in range(2):
                for model in ASKED:
                    ask(gateway, model, stream=round_ == 0 or model != "gpt-oss")
            svg = asyncio.run(_picture(gateway))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(svg + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
