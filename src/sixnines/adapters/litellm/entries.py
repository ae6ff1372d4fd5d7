"""`model_list`: each entry as a deployment with its provider, and what became of each of its keys.

Never guesses: an entry that no provider kind can serve is left out and told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sixnines.adapters.draft import DraftDeployment
from sixnines.adapters.litellm import kinds
from sixnines.adapters.litellm.info import read_info, read_prices
from sixnines.adapters.litellm.providers import Providers, Unknown, Wanted
from sixnines.adapters.litellm.reasons import PARAMS
from sixnines.adapters.part import Part
from sixnines.config.diagnostics import Diagnostic, quoted
from sixnines.config.text_formats import MAX_NAME

SHARES = ("weight", "rpm", "tpm")
"""What simple-shuffle weighs by; the first of them that any deployment of a group has."""
_MODES = frozenset({None, "chat", "completion", "embedding"})
_LONGEST_S = 86_400  # of any time in a config


@dataclass(slots=True)
class Number:
    """A number and where it stands."""

    value: Decimal
    part: Part


@dataclass(slots=True)
class Listed:
    """One entry of `model_list` that some kind can serve.

    Attributes:
        group: `model_name`.
        part: the entry.
        wanted: its provider.
        deployment: without the provider's name.
        numbers: `weight`, `rpm`, `tpm`, `order`, `timeout`, `stream_timeout`, `num_retries` and
            `max_parallel_requests` where they are given.
    """

    group: str
    part: Part
    wanted: Wanted
    deployment: DraftDeployment
    numbers: dict[str, Number] = field(default_factory=dict)


def read_entries(
    model_list: Part, providers: Providers, credentials: Mapping[str, Part], problems: list[Diagnostic]
) -> list[Listed]:
    """The entries that can be served.

    Args:
        model_list: a list.
        providers: gets their providers.
        credentials: `credential_values` by `credential_name`.
        problems: gets what LiteLLM would refuse as well.
    """
    found = []
    for entry in model_list.items():
        params, name = entry.get("litellm_params"), entry.get("model_name")
        model = params.get("model") if params else None
        group, served = _text(name), _text(model)
        if group is None or params is None or served is None:
            missing = "model_name" if group is None else "litellm_params.model"
            problems.append(entry.problem(f"the key {quoted(missing)} is missing", "LiteLLM does not start without it"))
            continue
        listed = _listed(entry, params, group, providers, credentials=credentials)
        if isinstance(listed, Unknown):
            entry.retold_dropped(listed.reason)
        else:
            found.append(listed)
    return found


def _text(part: Part | None) -> str | None:
    return None if part is None else part.text()


def _listed(
    entry: Part, params: Part, group: str, providers: Providers, *, credentials: Mapping[str, Part]
) -> Listed | Unknown:
    info = entry.get("model_info")
    custom = params.get("custom_llm_provider")
    split = kinds.split(_text(params.get("model")) or "", _text(custom))
    reason = _unservable(split, _text(info.get("mode")) if info else None)
    if reason or split is None:
        return Unknown(reason)
    prefix, upstream = split
    named = params.get("litellm_credential_name")
    stored = credentials.get(_text(named) or "") if named else None
    base = params.get("api_base") or params.get("base_url") or (stored.get("api_base") if stored else None)
    key = params.get("api_key") or (stored.get("api_key") if stored else None)
    wanted = providers.meet(kinds.VENDORS[prefix], base, key)
    if isinstance(wanted, Unknown):
        return wanted
    for part in filter(None, (params.get("model"), custom)):
        part.translated(f"providers, kind {wanted.kind}")
    if named is not None and stored is not None:
        named.translated("providers, api_key")
    listed = Listed(group, entry, wanted, DraftDeployment("", upstream))
    _read_numbers(params, listed)
    read_prices(params, info, listed.deployment)
    if info is not None:
        read_info(info, listed.deployment)
    for key_name, part in params.entries():
        if key_name in PARAMS:
            part.dropped(PARAMS[key_name])
    return listed


def _unservable(split: tuple[str, str] | None, mode: str | None) -> str:
    """Why no kind can serve it, or ""."""
    if split is None:
        return "nobody can tell which provider this is: no prefix that is known, and no custom_llm_provider"
    prefix, upstream = split
    if prefix not in kinds.VENDORS:
        return f"there is no provider kind for {quoted(prefix)}"
    if not upstream.isprintable() or len(upstream) > MAX_NAME:
        return "the provider's name of the model is too long, or holds what cannot be seen"
    return "" if mode in _MODES else f"there is no path for the mode {quoted(mode or '')}"


def _read_numbers(params: Part, listed: Listed) -> None:
    for key in (*SHARES, "order", "timeout", "stream_timeout", "num_retries", "max_retries", "max_parallel_requests"):
        part = params.get(key)
        if part is None:
            continue
        value = part.number()
        if value is None or value < 0 or (key.endswith("timeout") and not 0 < value <= _LONGEST_S):
            part.dropped("not a number that can be used")
        elif key == "max_retries" and "num_retries" in listed.numbers:
            part.dropped("num_retries counts")
        else:
            listed.numbers["num_retries" if key == "max_retries" else key] = Number(value, part)
