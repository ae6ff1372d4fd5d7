"""sixnines itself, as `sixnines serve` starts it: with all on that a config can switch on, or with all of it off.

On: keys of callers and of the operator, limits of what a provider gets at once with a queue behind them, probes, a
failure domain, breakers, a context window, answers that say who gave them, a line of JSON in the log for each request,
and its spans, all of them, to a collector. What a request costs always, whatever the config says (health books, trail,
metrics, measured availability, the record of recent requests), is in both.

The same class measures the machine code of `make compile`, where there is any, and another source tree (`--tree`).
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import machine
from packages import NotInstalledError
from payloads import UPSTREAM_MODEL

from systems.interface import Door, Launch, Setup, model_names

_KEY, _ADMIN_KEY = "bench-0123456789abcdef0123456789abcdef", "bench-admin-0123456789abcdef012345"
_VARIABLES = {"SIXNINES_BENCH_KEY": _KEY, "SIXNINES_BENCH_ADMIN_KEY": _ADMIN_KEY}
_KINDS = {"openai": "openai-compatible", "ollama": "ollama"}
_PLENTY = 100_000
"""Requests at once that a provider may get: enough for every case, so that the limit is kept and never reached."""


@dataclass(frozen=True, slots=True)
class Sixnines:
    """One of ours.

    Attributes:
        key: on the command line.
        label: in tables.
        tree: the checkout that is measured; its packages are in `src`, or in itself.
        on: everything, or nothing that can be left out.
        program: what the interpreter runs.
        compiled: as machine code, which has to be built before; else it is interpreted, built or not.
        tells: what is told of each request, where everything is on: `log`, `tracing`.
    """

    key: str = "sixnines"
    label: str = "sixnines"
    tree: Path = machine.ROOT
    on: bool = True
    program: tuple[str, ...] = ("-m", "sixnines")
    compiled: bool = False
    tells: tuple[str, ...] = ("log", "tracing")

    def install(self) -> None:
        if self.compiled and not self._is_built():
            raise NotInstalledError("not compiled: `make compile` does that, where there is a C compiler")
        if not (self._path() / "sixnines" / "__init__.py").exists():
            raise NotInstalledError(f"{self.tree} holds neither src/sixnines nor sixnines")

    def version(self) -> str:
        return f"sixnines {machine.revision(self.tree)}"

    def unsuited(self, _setup: Setup) -> str:
        return ""

    def launch(self, setup: Setup, folder: Path, port: int) -> Launch | None:
        path = folder / "sixnines.yaml"
        path.write_text(json.dumps(self.config(setup, port)))  # JSON is YAML
        command = (self._python(), *self.program, "serve", "--config", str(path))
        state = {"XDG_STATE_HOME": str(folder / "state")}  # what it keeps is none of the user's
        return Launch(command, port, {**_VARIABLES, **self._variables(), **state})

    def door(self, setup: Setup) -> Door:
        headers = {"Authorization": f"Bearer {_KEY}"} if self.on else {}
        provider = "provider-000" if setup.providers else setup.upstreams[-1].name
        proof = [f"x-sixnines-provider: {provider}"] if self.on else []
        if not setup.breakers:
            proof.append(f"x-sixnines-attempts: {len(setup.upstreams)}")
        # While a breaker opens and closes, some answers say that they come from the second choice and some do not.
        steady = len(setup.upstreams) == 1 or not setup.breakers
        tells = self.on and bool(setup.collector) and len(self.tells) > 1
        model = model_names(setup.models)[0]
        return Door(model=model, headers=headers, proof=tuple(proof), steady=steady, tells=tells)

    def config(self, setup: Setup, port: int) -> dict[str, object]:
        """The config as a document."""
        providers = self._providers(setup)
        # One provider a model where many are configured, else all of them in their order.
        names = list(providers)
        chosen = [[names[at % len(names)]] if setup.providers else names for at in range(setup.models)]
        models = {
            model: {"deployments": [{"provider": name, "model": UPSTREAM_MODEL} for name in each], **self._model()}
            for model, each in zip(model_names(setup.models), chosen, strict=True)
        }
        document: dict[str, object] = {
            "version": 1,
            "server": {"listen": f"127.0.0.1:{port}", **self._server(setup)},
            "providers": providers,
            "models": models,
        }
        defaults: dict[str, object] = {} if self.on else {"health": {"active": False}}
        if not setup.breakers:
            defaults["breaker"] = {"failures": 1_000_000, "window": "1ms"}
        if defaults:
            document["defaults"] = defaults
        if self.on:
            document["domains"] = {"host": {}}
        return document

    def _providers(self, setup: Setup) -> dict[str, dict[str, object]]:
        shared = {"domain": "host", "max_in_flight": _PLENTY, "queue": {"size": 100}} if self.on else {}
        if setup.providers:
            # A path each, so that they are different to us and the same to the upstream.
            port = setup.upstreams[0].port
            urls = {f"provider-{at:03d}": f"http://127.0.0.1:{port}/p{at:03d}" for at in range(setup.providers)}
            return {name: {"kind": "openai-compatible", "base_url": url, **shared} for name, url in urls.items()}
        return {
            each.name: {"kind": _KINDS[each.speaks], "base_url": f"http://127.0.0.1:{each.port}", **shared}
            for each in setup.upstreams
        }

    def _server(self, setup: Setup) -> dict[str, object]:
        if not self.on:
            return {"expose": "minimal"}
        keys = {"api_keys": ["env:SIXNINES_BENCH_KEY"], "admin_key": "env:SIXNINES_BENCH_ADMIN_KEY"}
        told = {
            "log": {"format": "json", "requests": True},
            "tracing": {"endpoint": f"http://127.0.0.1:{setup.collector}"},
        }
        return {**keys, **{part: told[part] for part in (self.tells if setup.collector else ())}}

    def _model(self) -> dict[str, object]:
        return {"context_window": 1_000_000} if self.on else {}

    def _variables(self) -> dict[str, str]:
        return {"PYTHONPATH": str(self._path()), "SIXNINES_COMPILED": str(int(self.compiled))}

    def _is_built(self) -> bool:
        command = (self._python(), "-m", "sixnines", "--version")
        variables = {**os.environ, **self._variables()}
        return "(compiled)" in subprocess.run(command, capture_output=True, text=True, check=True, env=variables).stdout

    def _path(self) -> Path:
        inside = self.tree / "src"
        return inside if inside.is_dir() else self.tree

    def _python(self) -> str:
        own = self.tree / ".venv" / "bin" / "python"
        return str(own) if self.tree != machine.ROOT and own.exists() else sys.executable
