"""Ollama's `options`: how tokens are chosen and how large the context is, both ways.

Never overrides what the caller put into `options` himself. The context window goes out as `num_ctx`, because Ollama
otherwise loads a model with a window of its own and cuts longer prompts.
Source: Ollama's OpenAPI document, `ModelOptions`; `api/types.go`, `Options`.
"""

from collections.abc import Mapping

import msgspec

from sixnines.dialects import validation
from sixnines.dialects.neutral import Sampling
from sixnines.dialects.validation import inexpressible, wrong_type

_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


class WireOptions(msgspec.Struct, kw_only=True):
    """The options that every dialect has under some name."""

    num_predict: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None


_KNOWN = frozenset(WireOptions.__struct_fields__)


def parse(wire: WireOptions | None, *, logprobs: bool | None, top_logprobs: int | None) -> Sampling:
    """How the tokens are to be chosen. A negative `num_predict` is no limit."""
    wire = wire or WireOptions()
    stop = wire.stop or ()
    return Sampling(
        max_tokens=wire.num_predict if wire.num_predict is not None and wire.num_predict >= 0 else None,
        temperature=wire.temperature,
        top_p=wire.top_p,
        top_k=wire.top_k,
        min_p=wire.min_p,
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        seed=wire.seed,
        presence_penalty=wire.presence_penalty,
        frequency_penalty=wire.frequency_penalty,
        logprobs=logprobs,
        top_logprobs=top_logprobs,
    )


def without_known(extras: dict[str, msgspec.Raw]) -> dict[str, msgspec.Raw]:
    """The extras with only those `options` that `parse` has not read."""
    if "options" not in extras:
        return extras
    kept = validation.unread(bytes(extras["options"]), _KNOWN)
    others = {name: value for name, value in extras.items() if name != "options"}
    return others | {"options": msgspec.Raw(_encode(kept))} if kept else others


def render(
    sampling: Sampling, context_window: int | None, extras: Mapping[str, msgspec.Raw]
) -> dict[str, object] | None:
    """The options, or None if there are none.

    Raises:
        MalformedRequest: more than one answer is asked for, or the caller's `options` are no object.
    """
    if sampling.n not in (None, 1):
        raise inexpressible("n", "its provider gives one answer per request")
    fields: dict[str, object] = {
        "num_ctx": context_window,
        "num_predict": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "min_p": sampling.min_p,
        "seed": sampling.seed,
        "stop": sampling.stop or None,
        "presence_penalty": sampling.presence_penalty,
        "frequency_penalty": sampling.frequency_penalty,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return given | _members(extras.get("options")) or None


def _members(raw: msgspec.Raw | None) -> dict[str, msgspec.Raw]:
    if raw is None:
        return {}
    try:
        return _decode_members(raw)
    except (ValueError, RecursionError):
        raise wrong_type("options", "an object", "something else") from None
