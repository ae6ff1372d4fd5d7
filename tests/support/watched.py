"""A gateway of its own to be looked at, and the commands that look."""

import os
import subprocess
import sys

from support.gateway_process import GatewayProcess, runtime_folder
from support.lab import WAIT_S

QUICK = (
    "defaults: {health: {interval: 200ms, unhealthy_interval: 100ms}, breaker: {failures: 3, window: 30s, open: 30s}}\n"
)
FAILING = {"default": {"fault": {"kind": "close_before_head"}}}


def watched_config(primary: str, spare: str, *, primary_more: str = "", head: str = "") -> str:
    """A model `m` at `primary`, with the fallback `small` at `spare`, and a route over both."""
    return f"""{head}{QUICK}
providers:
  primary: {{kind: openai-compatible, base_url: "{primary}"{primary_more}}}
  spare: {{kind: openai-compatible, base_url: "{spare}"}}
models:
  m: {{deployments: [{{provider: primary, model: up}}], fallbacks: [small]}}
  small: {{deployments: [{{provider: spare, model: up}}]}}
routes: {{chat: {{strategy: ordered, models: [m, small]}}}}
"""


def environment_of(gateway: GatewayProcess, **more: str) -> dict[str, str]:
    """Of a command that finds the gateway."""
    home = {"XDG_STATE_HOME": str(gateway.state_home), "XDG_RUNTIME_DIR": runtime_folder()}
    return {**os.environ, **home, **more}


def run_command(gateway: GatewayProcess, *words: str, config: bool = True, **more: str) -> tuple[int, str, str]:
    """Run a command about the gateway: its exit status, and what it printed on either stream."""
    about = ("--config", str(gateway.file)) if config else ()
    done = subprocess.run(
        [sys.executable, "-m", "sixnines", *words, *about], env=environment_of(gateway, **more), capture_output=True,
        text=True, timeout=WAIT_S * 3, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def ask(gateway: GatewayProcess, model: str = "m", *, stream: bool = True) -> None:
    """Make a call."""
    body = {"model": model, "stream": stream, "messages": [{"role": "user", "content": "hello"}]}
    with gateway.client() as client:
        client.post("/v1/chat/completions", json=body)


def settled(lab, gateway: GatewayProcess) -> None:
    """Wait until every provider was asked how it is."""

    def known() -> bool:
        with gateway.client() as client:
            rows = client.get("/admin/v1/providers").json()["providers"]
        return all(each["state"] != "unknown" for each in rows)

    lab.until(known)
