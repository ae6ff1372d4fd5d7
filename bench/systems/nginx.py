"""nginx as a reverse proxy: the limit. It forwards bytes and knows nothing of models, keys or answers.

Twice: with kept connections to the upstream, which is the strongest it can be, and as `proxy_pass` is when nothing else
is said.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import machine
import nginx_config
from packages import NotInstalledError

from systems.interface import Door, Launch, Setup


@dataclass(frozen=True, slots=True)
class Nginx:
    """nginx, tuned or plain."""

    key: str = "nginx"
    label: str = "nginx"
    plain: bool = False

    def install(self) -> None:
        if shutil.which("nginx") is None:
            raise NotInstalledError("nginx not found; `make bench` installs Debian's where that is permitted")

    def version(self) -> str:
        return machine.first_line("nginx", "-v") or "unknown"

    def unsuited(self, setup: Setup) -> str:
        if any(each.speaks != "openai" for each in setup.upstreams):
            return "it translates nothing"
        if self.plain and (len(setup.upstreams) > 1 or setup.streams):
            return "only measured where nothing has to be configured"
        return ""

    def launch(self, setup: Setup, folder: Path, port: int) -> Launch | None:
        ports = [each.port for each in setup.upstreams]
        upstream, location = nginx_config.proxying(ports, streams=bool(setup.streams))
        if self.plain:
            upstream, location = "", nginx_config.PLAIN.format(port=ports[0])
        text = nginx_config.config(
            folder, "proxy", port, locations=location, before=upstream, as_root=os.geteuid() == 0
        )
        path = folder / "nginx.conf"
        path.write_text(text)
        return Launch(("nginx", "-p", str(folder), "-c", str(path)), port)

    def door(self, _setup: Setup) -> Door:
        return Door()
