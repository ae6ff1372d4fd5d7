"""A draft as the text of a config, with comments where something is not what it was. Never decides anything."""

from collections.abc import Iterable

from sixnines.adapters.draft import ORDERED, Draft, DraftDeployment, DraftModel, DraftProvider
from sixnines.adapters.shares import whole_shares
from sixnines.adapters.yaml_text import Plain, render_yaml


def render_draft(draft: Draft, head: Iterable[str] = ()) -> str:
    """The text of the config.

    Args:
        draft: settled.
        head: lines of the comment at the top.
    """
    comments: dict[tuple[str | int, ...], list[str]] = {path: [*lines] for path, lines in draft.remarks.items()}
    for section, entries in (("providers", draft.providers), ("models", draft.models), ("routes", draft.routes)):
        for name, entry in entries.items():
            if entry.notes:
                comments.setdefault((section, name), []).extend(entry.notes)
    sections: dict[str, Plain] = {
        "server": draft.server,
        "defaults": draft.defaults,
        "domains": draft.domains,
        "providers": {name: _provider(each) for name, each in draft.providers.items()},
        "models": {name: _model(each) for name, each in draft.models.items()},
        "routes": {name: {"models": each.models} | each.keys for name, each in draft.routes.items()},
        "patterns": [{"match": match, "model": model} for match, model in draft.patterns],
        "default_model": draft.default_model,
    }
    data = {"version": 1} | {key: value for key, value in sections.items() if value}
    return render_yaml(data, comments, head=[*head, *draft.notes])


def _provider(provider: DraftProvider) -> dict[str, Plain]:
    given = {"base_url": provider.base_url, "api_key": provider.api_key}
    return {"kind": provider.kind} | {key: value for key, value in given.items() if value is not None} | provider.keys


def _model(model: DraftModel) -> dict[str, Plain]:
    weights = whole_shares([each.weight for each in model.deployments])
    data: dict[str, Plain] = {
        "deployments": [_deployment(each, weight) for each, weight in zip(model.deployments, weights, strict=True)]
    }
    if model.aliases:
        data["aliases"] = model.aliases
    if model.strategy != ORDERED:
        data["strategy"] = model.strategy
    data |= model.keys
    if model.followers:
        data["fallbacks"] = [each.model for each in model.followers]
    return data


def _deployment(deployment: DraftDeployment, weight: int | None) -> dict[str, Plain]:
    data: dict[str, Plain] = {"provider": deployment.provider, "model": deployment.model}
    if weight is not None:
        data["weight"] = weight
    return data | deployment.keys
