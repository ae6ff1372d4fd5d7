"""Portkey's open-source gateway, in JavaScript on Node. It has no config: each request says where to go.

One of its packages is pinned older than its own range would have it (`overrides` in its `package.json`): with every
newer one that was tried its streams end in a 500.
"""

import json
from pathlib import Path

import machine
import packages
from machine import ROOT

from systems.interface import Door, Launch, Setup

_LOOPBACK = ROOT / "bench" / "peers" / "portkey" / "loopback.cjs"
_PACKAGE = Path("node_modules") / "@portkey-ai" / "gateway"
_KEY = "unused"
_WARM_S = 8
"""Measured: it still got faster after five seconds of load."""


class Portkey:
    """One Node process."""

    key = "portkey"
    label = "Portkey"

    def install(self) -> None:
        packages.npm_package("portkey")

    def version(self) -> str:
        described = json.loads((packages.npm_package("portkey") / _PACKAGE / "package.json").read_text())
        return f"Portkey {described['version']} on Node {machine.first_line('node', '--version')}"

    def unsuited(self, setup: Setup) -> str:
        if all(each.speaks == "openai" for each in setup.upstreams):
            return ""
        return "it asks Ollama for OpenAI's format, which is no translation"

    def launch(self, _setup: Setup, _folder: Path, port: int) -> Launch | None:
        server = packages.npm_package("portkey") / _PACKAGE / "build" / "start-server.js"
        command = ("node", "--require", str(_LOOPBACK), str(server), f"--port={port}", "--headless")
        return Launch(command, port, {"NODE_ENV": "production"})

    def door(self, setup: Setup) -> Door:
        hosts = [f"http://127.0.0.1:{each.port}/v1" for each in setup.upstreams]
        if len(hosts) == 1:
            headers = {"x-portkey-provider": "openai", "x-portkey-custom-host": hosts[0]}
        else:
            targets = [{"provider": "openai", "api_key": _KEY, "custom_host": host} for host in hosts]
            headers = {"x-portkey-config": json.dumps({"strategy": {"mode": "fallback"}, "targets": targets})}
        return Door(headers={"Authorization": f"Bearer {_KEY}", **headers}, steady=False, warm_s=_WARM_S)
