"""What a quickstart consists of: names, ports, files, the gateway's config and the command of each process. Pure."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sixnines.quickstart.document import ModelEntry, ProviderEntry, render

DEFAULT_PORT = 4000
ENGINES = ("a", "b")
GATEWAY = "gateway"
MODEL = "smollm2"


@dataclass(frozen=True, slots=True)
class Layout:
    """One quickstart.

    Attributes:
        folder: holds the config, the logs and the state file.
        port: where the gateway listens.
        engine_ports: where each engine listens, by name.
        model_file: the GGUF that both engines load.
    """

    folder: Path
    port: int
    engine_ports: Mapping[str, int]
    model_file: Path

    @property
    def url(self) -> str:
        """The gateway's address without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def config_file(self) -> Path:
        """What the gateway reads."""
        return self.folder / "sixnines.yaml"

    @property
    def config_text(self) -> str:
        """One model on two engines: `a` answers, `b` does when `a` cannot."""
        providers = [
            ProviderEntry(name, "llamacpp", f"http://127.0.0.1:{port}") for name, port in self.engine_ports.items()
        ]
        return render(
            note="Written by `sixnines quickstart`, and overwritten the next time.",
            # Whoever presses Ctrl-C does not wait for an answer to its end.
            server=[f"listen: 127.0.0.1:{self.port}", "drain: 1s"],
            providers=providers,
            models=[ModelEntry(MODEL, tuple((name, MODEL) for name in self.engine_ports))],
        )

    def log_file(self, name: str) -> Path:
        """Where the output of the process `name` goes."""
        return self.folder / f"{name}.log"

    def engine_command(self, name: str) -> list[str]:
        """The words that start one engine."""
        return [
            *_on_a_tether("sixnines.quickstart.llamacpp_server"),
            *("--model", str(self.model_file), "--alias", MODEL, "--port", str(self.engine_ports[name])),
            # One thread is enough for a model this small; more of them wait for each other by spinning, which makes
            # everything slow on a machine with other work to do.
            *("--context", "2048", "--slots", "2", "--threads", "1"),
        ]

    def gateway_command(self) -> list[str]:
        """The words that start the gateway."""
        return [*_on_a_tether("sixnines"), "serve", "--config", str(self.config_file)]


def _on_a_tether(module: str) -> list[str]:
    # -P: the folder that the person happens to be in is no place to import from.
    return [sys.executable, "-P", "-m", "sixnines.quickstart.tether", module]


def folder_of(state_home: Path, port: int) -> Path:
    """Where the quickstart whose gateway listens on `port` keeps its files."""
    return state_home / f"quickstart-{port}"
