"""Fields of a request that only the caller's dialect knows: which of them may be left out for another provider.

A field is passed on, left out because leaving it out changes nothing about the answer, or refused. Never is a field
dropped that would have changed the answer.
"""

from collections.abc import Container, Mapping

import msgspec

from sixnines.dialects.validation import inexpressible

# Where an answer is kept, billed, cached or queued, how it is attributed, how long a model stays loaded: none of it
# changes what the model says.
_HARMLESS = frozenset({
    "keep_alive", "metadata", "prediction", "prompt_cache_key", "prompt_cache_retention", "safety_identifier",
    "service_tier", "store",
})  # fmt: skip
# Values that say what would be done anyway.
_DEFAULTS = {"best_of": b"1", "logit_bias": b"{}", "modalities": b'["text"]'}


def forwarded(extras: Mapping[str, msgspec.Raw], known: Container[str]) -> dict[str, msgspec.Raw]:
    """Those of the `extras` that the provider's format knows.

    Raises:
        MalformedRequest: one of the others would have changed the answer.
    """
    kept: dict[str, msgspec.Raw] = {}
    for key, value in extras.items():
        if key in known:
            kept[key] = value
        elif key not in _HARMLESS and bytes(value) != _DEFAULTS.get(key):
            raise inexpressible(key, "its provider has no such parameter")
    return kept
