"""`providers.yaml`: the lab's providers and the models that each of them has."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sixnines.adapters.draft import Draft, DraftProvider, usable_name
from sixnines.adapters.part import Part
from sixnines.config.urls import is_loopback, parse_base_url

_KINDS = {
    "ollama": "ollama",
    "vllm": "vllm",
    "openai": "openai",
    "anthropic": "anthropic",
    "openai_compatible": "openai-compatible",
    "llama_cpp": "llamacpp",
}
_HOST = "lab-host"
_PROSE = "it is for readers"
_PROVIDER = {
    "features": _PROSE,
    "docs": _PROSE,
    "location": _PROSE,
    "notes": _PROSE,
    "hardware_requirements": _PROSE,
    "api_format": "known of each kind",
    "health_endpoint": "known of each kind",
    "service_file": "where the engine's own unit is does not matter to who asks it",
    "rate_limits": "there are no limits and budgets",
    "cost_per_1k_tokens": "prices stand with models",
    "gpu_memory_utilization": "how the engine is started, not how it is asked",
    "max_model_len": "the window stands with the model",
}
_MODEL = {
    "size": _PROSE,
    "quantization": _PROSE,
    "pulled_at": _PROSE,
    "description": _PROSE,
    "tags": _PROSE,
    "model_size_gb": _PROSE,
    "kv_cache_available_gb": _PROSE,
    "options": "sixnines adds nothing to a request: set them in the engine",
}


@dataclass(slots=True)
class Kept:
    """A provider that is active.

    Attributes:
        models: its models' names, in order.
        windows: tokens, by model.
        specialties: what each is for, by model.
        is_cloud: it is Ollama's cloud, which knows models without the `-cloud` that the local Ollama adds.
    """

    models: list[str] = field(default_factory=list)
    windows: dict[str, int] = field(default_factory=dict)
    specialties: dict[str, str] = field(default_factory=dict)
    is_cloud: bool = False


def read_providers(draft: Draft, root: Part | None) -> dict[str, Kept]:
    """The active providers, by name; `draft` gets them and their failure domains."""
    kept: dict[str, Kept] = {}
    providers = root.get("providers") if root else None
    for name, part in providers.entries() if providers else ():
        status, kind, url = (_text(part, key) for key in ("status", "type", "base_url"))
        if status != "active":
            part.dropped(f"it is {status if status in {'disabled', 'template'} else 'not active'} there")
        elif kind not in _KINDS or url is None or not _is_url(url) or usable_name(name) != name or "/" in name:
            part.dropped("no kind, name or address that can be used")
        else:
            kept[name] = _provider(draft, name, part, url)
    health = root.get("health_checks") if root else None
    if health is not None:
        _health(draft, health)
    metadata = root.get("metadata") if root else None
    if metadata is not None:
        metadata.dropped(_PROSE)
    return kept


def _provider(draft: Draft, name: str, part: Part, url: str) -> Kept:
    kind = _KINDS[_text(part, "type") or ""]
    if kind == "llamacpp" and "python" in name:
        kind = "llamacpp-python"
    path = ("providers", name)
    draft.providers[name] = provider = DraftProvider(kind, url)
    host = parse_base_url(url).host
    for key in ("type", "base_url", "status"):
        said = part.get(key)
        if said is not None:
            said.translated(path)
    _key(provider, part, path)
    _limits(provider, part, path)
    if is_loopback(host):
        draft.domains[_HOST] = {}
        provider.keys["domain"] = _HOST
    else:
        draft.domains[host] = {}
        provider.keys["domain"] = host
    description = part.get("description")
    text = description.text() if description else None
    if description is not None and text is not None:
        provider.notes.append(text)
        description.translated(path, "a comment")
    for key, said in part.entries():
        if key in _PROVIDER:
            said.dropped(_PROVIDER[key])
    kept = Kept(is_cloud=kind == "ollama" and host == "ollama.com")
    _models(kept, part.get("models"))
    return kept


def _key(provider: DraftProvider, part: Part, path: tuple[str, ...]) -> None:
    variable, needed = part.get("env_var"), part.get("requires_api_key")
    name = variable.text() if variable else None
    if variable is not None and name is not None and name.isidentifier() and name.isascii():
        provider.api_key = f"env:{name}"
        variable.translated((*path, "api_key"))
    if needed is not None:
        needed.translated((*path, "api_key"))


def _limits(provider: DraftProvider, part: Part, path: tuple[str, ...]) -> None:
    configuration = part.get("configuration")
    if configuration is None:
        return
    slots = configuration.get("n_parallel")
    number = slots.whole() if slots else None
    if slots is not None and number is not None and 1 <= number <= 10_000:  # noqa: PLR2004 - more slots than any has
        one = provider.kind == "llamacpp-python"
        provider.keys["max_in_flight"] = 1 if one else number
        if one:
            slots.approximated(
                "the Python server works on one request at a time all the same", (*path, "max_in_flight")
            )
        else:
            slots.translated((*path, "max_in_flight"))
    for key, said in configuration.entries():
        if key != "n_parallel":
            said.dropped("how the engine is started, not how it is asked")


def _models(kept: Kept, models: Part | None) -> None:
    for part in models.items() if models else ():
        said = part.get("name") if part.is_mapping else part
        name = said.text() if said else None
        if said is None or name is None:
            continue
        kept.models.append(name)
        said.translated("models")
        window, specialty = part.get("context_length"), part.get("specialty")
        tokens = window.whole() if window else None
        if window is not None and tokens is not None and tokens > 0:
            kept.windows[name] = tokens
            window.translated("models, context_window")
        if specialty is not None:
            kept.specialties[name] = specialty.text() or ""
            specialty.approximated("goes into the choice of a model where only a provider is named", "routes")
        for key, each in part.entries():
            if key in _MODEL:
                each.dropped(_MODEL[key])


def _health(draft: Draft, health: Part) -> None:
    active, interval = health.get("enabled"), health.get("interval_seconds")
    seconds = interval.whole() if interval else None
    settings: dict[str, str | bool] = {}
    if active is not None and active.truth() is False:
        settings["active"] = False
    if active is not None:
        active.translated(("defaults", "health", "active"))
    if interval is not None and seconds is not None and 1 <= seconds <= 86_400:  # noqa: PLR2004 - a day
        settings["interval"] = f"{seconds}s"
        interval.translated(("defaults", "health", "interval"))
    if settings:
        draft.defaults["health"] = settings
    health.dropped("probes know the path of each kind, and are asked more often while something is wrong")


def _text(part: Part, key: str) -> str | None:
    said = part.get(key)
    return said.text() if said else None


def _is_url(text: str) -> bool:
    try:
        parse_base_url(text)
    except ValueError:
        return False
    return True


def cloud_name(kept: Mapping[str, Kept], provider: str, model: str) -> str:
    """The provider's name of a model."""
    if not kept[provider].is_cloud:
        return model
    return model.removesuffix("-cloud").removesuffix(":cloud")
