"""What engines say of the context window of their models, in tokens. Pure.

Readers never raise: an answer that cannot be read tells nothing.
"""

import re

import msgspec

from sixnines.providers.probes import read

_encode = msgspec.json.Encoder().encode
# Ollama writes a model's parameters as lines of text: `num_ctx    8192`.
_NUM_CTX = re.compile(r"^num_ctx\s+(\d+)\s*$", re.MULTILINE)


class _Settings(msgspec.Struct):
    n_ctx: int = 0


class _Props(msgspec.Struct):
    default_generation_settings: _Settings


class _VllmModel(msgspec.Struct):
    id: str
    max_model_len: int | None = None


class _VllmModels(msgspec.Struct):
    data: list[_VllmModel]


class _Show(msgspec.Struct):
    parameters: str = ""
    model_info: dict[str, object] = {}


def read_llamacpp_props(body: bytes, model: str) -> int | None:
    """The `/props` of llama.cpp: `n_ctx` is what one slot holds, whatever the model is called."""
    del model
    found = read(body, _Props)
    return None if found is None else found.default_generation_settings.n_ctx or None


def read_vllm_models(body: bytes, model: str) -> int | None:
    """The `/v1/models` of vLLM: `max_model_len` of each."""
    found = read(body, _VllmModels)
    return None if found is None else next((each.max_model_len for each in found.data if each.id == model), None)


def ask_ollama_show(model: str) -> bytes:
    """The body of Ollama's `POST /api/show` (its API reference, "Show Model Information")."""
    return _encode({"model": model})


def read_ollama_show(body: bytes, model: str) -> int | None:
    """Its answer: `num_ctx` where the model's file sets one, else the most that the model was made for.

    What is set for the server as a whole (`OLLAMA_CONTEXT_LENGTH`) is not told.
    """
    del model
    found = read(body, _Show)
    if found is None:
        return None
    if (set_to := _NUM_CTX.search(found.parameters)) is not None:
        return int(set_to[1])
    lengths = (value for key, value in found.model_info.items() if key.endswith(".context_length"))
    return next((each for each in lengths if isinstance(each, int)), None)
