"""TensorZero's gateway, in Rust, as the wheel of its Python client embeds it and serves it over HTTP.

Observability is off, because that needs a ClickHouse server: all of its time goes to requests.
"""

from pathlib import Path

import packages
from machine import ROOT
from payloads import UPSTREAM_MODEL

from systems.interface import Door, Launch, Setup, model_names

_GATEWAY = ROOT / "bench" / "peers" / "tensorzero_gateway.py"


class TensorZero:
    """As many workers as it has cores: one."""

    key = "tensorzero"
    label = "TensorZero"

    def install(self) -> None:
        packages.python_package("tensorzero")

    def version(self) -> str:
        return f"TensorZero {packages.version_of(packages.python_package('tensorzero'), 'tensorzero')}"

    def unsuited(self, setup: Setup) -> str:
        return "" if all(each.speaks == "openai" for each in setup.upstreams) else "it does not speak Ollama's API"

    def launch(self, setup: Setup, folder: Path, _port: int) -> Launch | None:
        path = folder / "tensorzero.toml"
        path.write_text(_config(setup))
        python = packages.python_package("tensorzero") / "bin" / "python"
        return Launch((str(python), str(_GATEWAY), str(path)), None)

    def door(self, setup: Setup) -> Door:
        model = f"tensorzero::model_name::{model_names(setup.models)[0]}"
        # It makes an id of its own for each answer, and says when it was created.
        return Door(path="/openai/v1/chat/completions", model=model, steady=False)


def _config(setup: Setup) -> str:
    lines = ["[gateway]", "observability.enabled = false"]
    names = ", ".join(f'"{each.name}"' for each in setup.upstreams)
    for model in model_names(setup.models):
        lines += [f"[models.{model}]", f"routing = [{names}]"]
        for each in setup.upstreams:
            lines += [
                f"[models.{model}.providers.{each.name}]",
                'type = "openai"',
                f'api_base = "http://127.0.0.1:{each.port}/v1/"',
                f'model_name = "{UPSTREAM_MODEL}"',
                'api_key_location = "none"',
            ]
    return "\n".join(lines) + "\n"
