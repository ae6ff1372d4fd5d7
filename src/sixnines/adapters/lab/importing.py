"""The lab's earlier config to one of ours, with a report of every key of every file.

Never follows the files that were generated from the others further than where nobody else says it.
"""

from collections.abc import Mapping

from sixnines.adapters.document_text import render_draft
from sixnines.adapters.draft import Draft
from sixnines.adapters.imported import Imported
from sixnines.adapters.lab.mappings import read_mappings
from sixnines.adapters.lab.registry import read_providers
from sixnines.adapters.litellm import kinds
from sixnines.adapters.litellm.settings import read_settings
from sixnines.adapters.part import Part
from sixnines.adapters.reading import read_parts
from sixnines.adapters.settle import settle
from sixnines.config.diagnostics import Diagnostic, Severity, quoted
from sixnines.domain.kind import Catalog

PROVIDERS, MAPPINGS = "providers.yaml", "model-mappings.yaml"
PORTS, GGUF, GENERATED = "ports.yaml", "llamacpp-models.yaml", "litellm-unified.yaml"
FILES = (PROVIDERS, MAPPINGS, PORTS, GGUF, GENERATED)
"""What the folder may hold; the first two it must."""
_NEEDED = (PROVIDERS, MAPPINGS)
_HIGHEST_PORT = 65535


def import_lab(texts: Mapping[str, str], folder: str, catalog: Catalog) -> Imported:
    """Translate.

    Args:
        texts: of those of `FILES` that are there, by name.
        folder: what to call the folder.
        catalog: what is built in.
    """
    folder = folder.rstrip("/")
    problems: list[Diagnostic] = [
        Diagnostic(Severity.ERROR, f"{folder}/{name}", 1, 1, "", "is not there", "this file is needed")
        for name in _NEEDED
        if name not in texts
    ]
    roots: dict[str, Part] = {}
    for name, text in texts.items():
        root = read_parts(text, f"{folder}/{name}")
        if not isinstance(root, Part):
            problems += root
        elif not root.is_mapping:
            problems.append(root.problem("expected a mapping of keys to values"))
        else:
            roots[name] = root
    if problems:
        return Imported(None, (), tuple(problems))
    draft = Draft()
    generated = roots.get(GENERATED)
    kept = read_providers(draft, roots[PROVIDERS])
    read_mappings(draft, roots[MAPPINGS], kept, _upstream(generated))
    if generated is not None:
        read_settings(draft, generated.get("router_settings"), None)
        _generated(generated)
    if PORTS in roots:
        _ports(draft, roots[PORTS])
    if GGUF in roots:
        roots[GGUF].dropped("the Python server answers to any name with the file that it was started with")
    settle(draft, catalog)
    variables = [each.api_key.removeprefix("env:") for each in draft.providers.values() if each.api_key]
    head = [f"From the files in {quoted(folder)}, by `sixnines import lab`. What became of each key is in its report."]
    if variables:
        head.append(f"It reads the environment variables {', '.join(variables)}.")
    entries = tuple(entry for root in roots.values() for entry in root.ledger.entries())
    return Imported(render_draft(draft, head), entries, (), tuple(variables))


def _upstream(generated: Part | None) -> dict[str, str]:
    """The names that the engines were asked for."""
    found = {}
    listed = generated.get("model_list") if generated else None
    for entry in listed.items() if listed else ():
        name, params = entry.get("model_name"), entry.get("litellm_params")
        model, custom = (params.get("model"), params.get("custom_llm_provider")) if params else (None, None)
        text = name.text() if name else None
        split = kinds.split((model.text() if model else None) or "", custom.text() if custom else None)
        if text is not None and model is not None and split is not None:
            found[text] = split[1]
            model.translated("models, deployments")
    return found


def _generated(root: Part) -> None:
    for key, part in root.entries():
        match key:
            case "rate_limit_settings":
                part.dropped("there are no limits and budgets for callers")
            case "server_settings":
                part.dropped("the gateway listens on 127.0.0.1 only; off loopback it needs keys (server.api_keys)")
            case _:
                part.dropped("generated from the other files, or a setting of LiteLLM's own")


def _ports(draft: Draft, root: Part) -> None:
    gateway = root.get("litellm_gateway")
    port = gateway.get("port") if gateway else None
    number = port.whole() if port else None
    if port is not None and number is not None and 0 < number <= _HIGHEST_PORT:
        draft.server["listen"] = f"127.0.0.1:{number}"
        port.translated(("server", "listen"))
    root.dropped("each address stands in providers.yaml; other programs are not the gateway's")
