"""Which engine is it that answered so, and what does it serve? Pure: told the answers, never asks.

An engine is known by what it says, never by its port: anything may listen anywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from sixnines.quickstart.ask import Answer
from sixnines.quickstart.document import ModelEntry, ProviderEntry

ROOT_PATH = "/"
MODELS_PATH = "/v1/models"
TAGS_PATH = "/api/tags"
PATHS = (ROOT_PATH, MODELS_PATH, TAGS_PATH)
"""What to ask. None of it loads a model or costs a token."""

_UNAUTHORIZED = 401
_LOADING = 503
# `owned_by` in the list of models: llama.cpp's server, llama-cpp-python and vLLM each always say the same.
_KIND_OF_OWNER = {"llamacpp": "llamacpp", "me": "llamacpp-python", "vllm": "vllm"}
# GET / of Ollama (server/routes.go).
_OLLAMA_GREETING = b"Ollama is running"


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that serves. `kind` is a provider kind of the config; `models` are its own names for them."""

    port: int
    kind: str
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unusable:
    """Something answers, but cannot be written into a config; `reason` says why."""

    port: int
    reason: str


class _Listed(msgspec.Struct):
    id: str
    owned_by: str = ""


class _ModelList(msgspec.Struct):
    """OpenAI API reference, "List models". Ollama sends null for an empty list."""

    data: list[_Listed] | None


class _Tag(msgspec.Struct):
    name: str


class _Tags(msgspec.Struct):
    """Ollama API, "List Local Models"."""

    models: list[_Tag] | None


def identify(port: int, answers: Mapping[str, Answer | None]) -> Engine | Unusable | None:
    """Judge one port by its answers to `PATHS`. None: nothing there that answers.

    Args:
        port: where the answers came from.
        answers: by path; None where there was none.
    """
    root, listed = answers.get(ROOT_PATH), answers.get(MODELS_PATH)
    if root is not None and root.body.strip() == _OLLAMA_GREETING:
        return _serving(port, "ollama", _tags(answers.get(TAGS_PATH)))
    if listed is None:
        return None if root is None else Unusable(port, "it does not answer /v1/models")
    if listed.status == _UNAUTHORIZED:
        return Unusable(port, "it wants a key; add it to the config by hand, as `api_key: env:NAME`")
    if listed.status == _LOADING:
        return Unusable(port, "it is still loading its model; try again when it is ready")
    models = _models(listed)
    if models is None:
        return Unusable(port, f"it is no engine that we know (status {listed.status} for /v1/models)")
    owner = models[0].owned_by if models else ""
    return _serving(port, _KIND_OF_OWNER.get(owner, "openai-compatible"), tuple(model.id for model in models))


def _serving(port: int, kind: str, models: tuple[str, ...]) -> Engine | Unusable:
    # A config refuses names with characters that cannot be seen.
    usable = tuple(model for model in models if model and model.isprintable())
    if not usable:
        return Unusable(port, f"it is {kind}, and has no model yet")
    return Engine(port, kind, usable)


def _models(answer: Answer) -> list[_Listed] | None:
    """The models of an OpenAI list, or None where it is none."""
    try:
        return msgspec.json.decode(answer.body, type=_ModelList).data or [] if answer.ok else None
    except msgspec.MsgspecError:
        return None


def _tags(answer: Answer | None) -> tuple[str, ...]:
    """The models that Ollama has on disk."""
    try:
        tags = msgspec.json.decode(answer.body, type=_Tags).models if answer is not None else None
    except msgspec.MsgspecError:
        return ()
    return tuple(tag.name for tag in tags or ())


def arrange(engines: Sequence[Engine]) -> tuple[list[ProviderEntry], list[ModelEntry]]:
    """Providers and models for a config: a model that several engines serve gets all of them, in the order given."""
    providers: list[ProviderEntry] = []
    deployments: dict[str, list[tuple[str, str]]] = {}
    for engine in engines:
        taken = {entry.name for entry in providers}
        name = engine.kind if engine.kind not in taken else f"{engine.kind}-{engine.port}"
        providers.append(ProviderEntry(name, engine.kind, f"http://127.0.0.1:{engine.port}"))
        for model in engine.models:
            deployments.setdefault(public_name(model), []).append((name, model))
    return providers, [ModelEntry(name, tuple(entries)) for name, entries in deployments.items()]


def public_name(upstream: str) -> str:
    """What callers ask for: the engine's own name, or the last part where it is a path (llama.cpp without alias)."""
    name = upstream.rstrip("/").rpartition("/")[2] if upstream.startswith(("/", ".")) else upstream
    allowed = "".join(sign if (sign.isascii() and sign.isalnum()) or sign in "._:/@+-" else "-" for sign in name)
    return allowed or "model"
