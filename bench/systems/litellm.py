"""LiteLLM's proxy, in Python, from PyPI: one worker, no database, no callbacks.

The price list that it would fetch at start comes from its package instead.
"""

import json
from pathlib import Path

import packages
from payloads import UPSTREAM_MODEL

from systems.interface import MODEL, Door, Launch, Setup, Upstream, model_names

# It starts only with a key of this form. Nobody but this bench is asked for it, on 127.0.0.1.
_KEY = "sk-" + "0123456789abcdef" * 2
_SPEAKS = {"openai": ("openai", "/v1"), "ollama": ("ollama_chat", "")}
"""For each dialect the prefix by which LiteLLM knows it, and what its address ends with."""


class LiteLLM:
    """One worker."""

    key = "litellm"
    label = "LiteLLM"

    def install(self) -> None:
        packages.python_package("litellm")

    def version(self) -> str:
        return f"LiteLLM {packages.version_of(packages.python_package('litellm'), 'litellm')}"

    def unsuited(self, _setup: Setup) -> str:
        return ""

    def launch(self, setup: Setup, folder: Path, port: int) -> Launch | None:
        path = folder / "litellm.yaml"
        path.write_text(json.dumps(_config(setup)))  # JSON is YAML
        program = packages.python_package("litellm") / "bin" / "litellm"
        options = ("--host", "127.0.0.1", "--port", str(port), "--num_workers", "1", "--telemetry", "False")
        environment = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION", "NO_PROXY": "127.0.0.1"}
        return Launch((str(program), "--config", str(path), *options), port, environment)

    def door(self, setup: Setup) -> Door:
        headers = {"Authorization": f"Bearer {_KEY}"}
        # The heads of its answers say how long it took, to the last digit.
        return Door(model=model_names(setup.models)[0], headers=headers, steady=False)


def _config(setup: Setup) -> dict[str, object]:
    first, *others = setup.upstreams
    models = [_deployment(name, first) for name in model_names(setup.models)]
    fallbacks = [f"{MODEL}-{each.name}" for each in others]
    models += [_deployment(name, each) for name, each in zip(fallbacks, others, strict=True)]
    router: dict[str, object] = {"num_retries": 0}
    if others:
        router |= {"fallbacks": [{MODEL: fallbacks}], "disable_cooldowns": not setup.breakers}
    return {
        "model_list": models,
        "litellm_settings": {"telemetry": False, "num_retries": 0},
        "router_settings": router,
        "general_settings": {"master_key": _KEY},
    }


def _deployment(name: str, upstream: Upstream) -> dict[str, object]:
    prefix, path = _SPEAKS[upstream.speaks]
    parameters = {
        "model": f"{prefix}/{UPSTREAM_MODEL}",
        "api_base": f"http://127.0.0.1:{upstream.port}{path}",
        "api_key": "unused",
    }
    return {"model_name": name, "litellm_params": parameters}
