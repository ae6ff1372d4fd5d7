"""Providers and models to the text of a config file. Pure; the text is read back by `config` in the tests."""

import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """One line under `providers`."""

    name: str
    kind: str
    base_url: str


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model; `deployments` are (provider, upstream model) in the order in which they are tried."""

    name: str
    deployments: tuple[tuple[str, str], ...]


def render(
    *, note: str, server: Sequence[str], providers: Sequence[ProviderEntry], models: Sequence[ModelEntry]
) -> str:
    """A config file of version 1.

    Args:
        note: what the comment at the top says; may have several lines.
        server: the lines under `server`, without indentation.
        providers: in order.
        models: in order.
    """
    lines = [f"# {line}" for line in note.splitlines()]
    lines += ["version: 1", "server:", *(f"  {line}" for line in server)]
    # All of them are here, so all of them go down with this machine.
    lines += ["domains:", "  this-machine: {}"]
    lines += ["providers:", *(_provider(entry) for entry in providers)]
    lines += ["models:", *(line for entry in models for line in _model(entry))]
    return "\n".join(lines) + "\n"


def _provider(entry: ProviderEntry) -> str:
    return f"  {entry.name}: {{kind: {entry.kind}, base_url: {_quoted(entry.base_url)}, domain: this-machine}}"


def _model(entry: ModelEntry) -> list[str]:
    deployments = [
        f"      - {{provider: {provider}, model: {_quoted(upstream)}}}" for provider, upstream in entry.deployments
    ]
    return [f"  {_quoted(entry.name)}:", "    deployments:", *deployments, "    strategy: ordered"]


def _quoted(text: str) -> str:
    """A JSON string is a YAML string (YAML 1.2, section 1.3)."""
    return json.dumps(text, ensure_ascii=False)
