"""`model_info` and prices: windows, capabilities and what tokens cost. Never looks anything up in a price list."""

from decimal import Decimal

from sixnines.adapters.draft import DraftDeployment
from sixnines.adapters.litellm.reasons import INFO
from sixnines.adapters.part import Part
from sixnines.domain.capability import Capability

_MILLION = 1_000_000
_DEAREST = 1000  # dollars for a million tokens
_LARGEST = 1_000_000_000  # tokens
# The first that is given counts; the last two are no keys of LiteLLM's, and people write them all the same.
_WINDOWS = ("max_input_tokens", "max_tokens", "context_window", "context_length")
_CAPABILITIES = {
    "supports_function_calling": Capability.TOOLS,
    "supports_vision": Capability.VISION,
    "supports_response_schema": Capability.JSON_SCHEMA,
}
_CACHED = "cached_input"
_PRICES = {
    "input_cost_per_token": "input", "output_cost_per_token": "output", "cache_read_input_token_cost": _CACHED,
}  # fmt: skip
_NEEDED = ("input", "output")


def read_info(info: Part, deployment: DraftDeployment) -> None:
    """`model_info` of one entry, the prices left out."""
    _window(info, deployment)
    _capabilities(info, deployment)
    mode = info.get("mode")
    if mode is not None:
        mode.translated("", "each path is open to each model")
    for key, part in info.entries():
        if key in INFO:
            part.dropped(INFO[key])


def read_prices(params: Part, info: Part | None, deployment: DraftDeployment) -> None:
    """What a deployment costs: LiteLLM takes it from `litellm_params` first."""
    found = _prices(params, info)
    given = [kind for kind in _NEEDED if kind in found]
    if not given:
        for _, part in found.values():
            part.dropped("there is no price for what is not cached")
        return
    price = {kind: _plain(found[kind][0]) if kind in found else 0 for kind in _NEEDED}
    if _CACHED in found:
        price[_CACHED] = _plain(found[_CACHED][0])
    deployment.keys["price"] = price
    for kind, (_, part) in found.items():
        if kind == _CACHED or len(given) == len(_NEEDED):
            part.translated("models, price", "for a million tokens")
        else:
            part.approximated("the other price is not given and taken for 0", "models, price")


def _prices(params: Part, info: Part | None) -> dict[str, tuple[Decimal, Part]]:
    """Dollars for a million tokens, by what they are for, and where that is said."""
    found: dict[str, tuple[Decimal, Part]] = {}
    for key, kind in _PRICES.items():
        for part in (params.get(key), info.get(key) if info else None):
            if part is None:
                continue
            number = part.number()
            dollars = None if number is None else number * _MILLION
            if dollars is None or not 0 <= dollars <= _DEAREST:
                part.dropped("not a price of a token in dollars")
            elif kind in found:
                part.dropped("litellm_params says it already")
            else:
                found[kind] = (dollars, part)
    return found


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _window(info: Part, deployment: DraftDeployment) -> None:
    for key in _WINDOWS:
        part = info.get(key)
        if part is None:
            continue
        tokens = part.whole()
        if tokens is None or not 1 <= tokens <= _LARGEST:
            part.dropped("not a number of tokens")
        elif "context_window" in deployment.keys:
            part.dropped(f"the window is taken from {'max_input_tokens' if key == 'max_tokens' else 'another key'}")
        else:
            deployment.keys["context_window"] = tokens
            if key == "max_input_tokens":
                part.approximated("a window holds prompt and answer together", "models, context_window")
            elif key == "max_tokens":
                part.approximated("taken for the window; it may have been the longest answer", "models, context_window")
            else:
                part.translated("models, context_window", "LiteLLM did nothing with it")


def _capabilities(info: Part, deployment: DraftDeployment) -> None:
    said = {key: (part, part.truth()) for key in _CAPABILITIES if (part := info.get(key)) is not None}
    if not any(value is not None for _, value in said.values()):
        for part, _ in said.values():
            part.dropped("neither true nor false")
        return
    deployment.keys["capabilities"] = [
        str(capability) for key, capability in _CAPABILITIES.items() if key not in said or said[key][1] is not False
    ]
    for part, value in said.values():
        if value is None:
            part.dropped("neither true nor false")
        elif len(said) == len(_CAPABILITIES):
            part.translated("models, capabilities")
        else:
            part.approximated("what nothing is said of is taken to be there", "models, capabilities")
