"""The upstream by itself, asked by nobody but the load: the floor that every system stands on."""

from pathlib import Path

from systems.interface import Door, Launch, Setup


class Direct:
    """No system at all."""

    key = "direct"
    label = "direct"

    def install(self) -> None:
        pass

    def version(self) -> str:
        return "the upstream itself"

    def unsuited(self, setup: Setup) -> str:
        if setup.upstreams[0].speaks != "openai":
            return "an engine that speaks another format has to be translated"
        return "" if len(setup.upstreams) == 1 else "without a gateway a failed request stays failed"

    def launch(self, _setup: Setup, _folder: Path, _port: int) -> Launch | None:
        return None

    def door(self, _setup: Setup) -> Door:
        return Door()
