"""`router_settings` of LiteLLM's config from ours, and what is told of all that LiteLLM has no key for."""

from collections.abc import Sequence

from sixnines.adapters.ledger import is_leaf
from sixnines.adapters.litellm.deployments import Writing, plain_number
from sixnines.adapters.litellm.groups import STRATEGIES
from sixnines.adapters.yaml_text import Plain
from sixnines.config.chains import Graph, flatten
from sixnines.config.checks.interface import route_model
from sixnines.config.diagnostics import DocumentPath
from sixnines.config.model_sections import Model

_OURS = {ours: theirs for theirs, (ours, reason) in STRATEGIES.items() if not reason}
_SHUFFLE = "simple-shuffle"
_NOT_THERE = "LiteLLM has nothing like it"
_DROPPED: dict[str, str] = {
    "targets": _NOT_THERE,
    "adaptive": _NOT_THERE,
    "require": _NOT_THERE,
    "local_only": "LiteLLM would send it anywhere: leave the other deployments out yourself",
    "prefer_warm": _NOT_THERE,
    "max_tier_drop": _NOT_THERE,
    "tier": _NOT_THERE,
    "stream_failure": "LiteLLM has no contract for a stream that breaks",
    "min_tokens_per_s": _NOT_THERE,
    "hedge": _NOT_THERE,
    "attempts": "num_retries is for all models",
}


def written_router(writing: Writing) -> dict[str, Plain]:
    """`router_settings`."""
    document = writing.document
    defaults, breaker = document.defaults, document.defaults.breaker
    data: dict[str, Plain] = {"routing_strategy": _strategy(writing)}
    # LiteLLM repeats within a group: so often that each deployment of the largest one can be asked.
    largest = max((len(model.deployments) for model in document.models.values()), default=1)
    data["num_retries"] = max(largest - 1, 0)
    data["enable_weighted_failover"] = True
    data["timeout"] = plain_number(defaults.timeouts.total_s)
    data["stream_timeout"] = plain_number(defaults.timeouts.first_token_s)
    data["allowed_fails"] = breaker.failures - 1
    data["cooldown_time"] = plain_number(breaker.open_s)
    data["enable_pre_call_checks"] = True
    aliases = {alias: name for name, model in document.models.items() for alias in model.aliases}
    aliases |= {alias: name for name, route in document.routes.items() for alias in route.aliases}
    if aliases:
        data["model_group_alias"] = aliases
    fallbacks: list[Plain] = [{name: [*model.fallbacks]} for name, model in document.models.items() if model.fallbacks]
    for name, route in document.routes.items():
        chosen = [route_model(each).model for each in route.models]
        first = [each for each in document.models[chosen[0]].fallbacks if each not in chosen]
        behind: list[Plain] = [*_behind(writing, name, chosen), *first]
        if behind:
            fallbacks.append({name: behind})
    if fallbacks:
        data["fallbacks"] = fallbacks
        data["max_fallbacks"] = _longest(writing)
    graph = {name: model.fallbacks for name, model in document.models.items()}
    larger: list[Plain] = [{name: more} for name in document.models if (more := _larger(writing, name, graph))]
    if larger:
        data["context_window_fallbacks"] = larger
    return data


def _behind(writing: Writing, name: str, chosen: Sequence[str]) -> Sequence[str]:
    """What comes after the group that a route became."""
    route = writing.document.routes[name]
    spreads = writing.catalog.strategies[route.strategy].spreads and route.strategy != "ordered"
    return [] if spreads else chosen[1:]


def _longest(writing: Writing) -> int:
    """Of the chains: LiteLLM stops after five otherwise."""
    document = writing.document
    graph = {name: model.fallbacks for name, model in document.models.items()}
    depths = [len(flatten(name, graph)) for name in graph]
    routes = [
        len(route.models) + len(flatten(route_model(route.models[0]).model, graph))
        for route in document.routes.values()
    ]
    return max([1, *depths, *routes])


def _larger(writing: Writing, name: str, graph: Graph) -> list[Plain]:
    """Of the chain behind a model, those that surely hold more."""
    document = writing.document
    window = _window(document.models[name])
    if window is None:
        return []
    return [each for each in flatten(name, graph) if (_window(document.models[each]) or 0) > window]


def _window(model: Model) -> int | None:
    known = [each.context_window or model.context_window for each in model.deployments]
    found = [each for each in known if each is not None]
    return max(found) if len(found) == len(known) else None


def _strategy(writing: Writing) -> str:
    """The one that most models with a choice have: LiteLLM has one for all."""
    chosen = [model.strategy for model in writing.document.models.values() if len(model.deployments) > 1]
    chosen = [each for each in chosen if each != "ordered"]
    if not chosen:
        return _SHUFFLE
    return _OURS.get(max(dict.fromkeys(chosen), key=chosen.count), _SHUFFLE)


def tell_rest(writing: Writing) -> None:
    """The report of all that `written_models` has not told."""
    document, chosen = writing.document, _strategy(writing)
    for name, model in document.models.items():
        path: DocumentPath = ("models", name)
        writing.translated((*path, "fallbacks"), "router_settings.fallbacks")
        writing.translated((*path, "aliases"), "router_settings.model_group_alias")
        writing.approximated(
            (*path, "context_window"), "the longest prompt; here it was prompt and answer", "model_info"
        )
        writing.translated((*path, "capabilities"), "model_info")
        writing.translated((*path, "price"), "litellm_params", "for one token")
        _tell_strategy(writing, path, model.strategy, chosen)
        writing.approximated((*path, "timeouts", "total"), "LiteLLM's is for each call", "litellm_params.timeout")
        _tell_waits(writing, path)
        for key, reason in _DROPPED.items():
            writing.dropped((*path, key), reason)
    for name in document.providers:
        path = ("providers", name)
        writing.translated((*path, "kind"), "litellm_params.model, its prefix")
        writing.translated((*path, "base_url"), "litellm_params.api_base")
        writing.translated((*path, "api_key"), "litellm_params.api_key")
        reason = "LiteLLM counts for each entry of model_list by itself"
        writing.approximated((*path, "max_in_flight"), reason, "litellm_params.max_parallel_requests")
        _tell_waits(writing, path)
        writing.dropped(path, _NOT_THERE)
    _tell_defaults(writing)
    writing.translated(("version",), "")
    for root in writing.roots:
        included = root.get("include")
        if included is not None:
            included.translated("", "what the files say is all here")
    for key in ("domains", "server"):
        writing.dropped((key,), _NOT_THERE)
    for key in ("models", "providers", "routes", "patterns"):
        part = writing.part((key,))
        if part is not None and is_leaf(part.node):
            part.translated("", "there is nothing in it")


def _tell_strategy(writing: Writing, path: DocumentPath, strategy: str, chosen: str) -> None:
    if strategy == "ordered":
        writing.translated((*path, "strategy"), "litellm_params.order")
    elif _OURS.get(strategy) == chosen:
        writing.translated((*path, "strategy"), "router_settings.routing_strategy")
    else:
        reason = f"LiteLLM has one strategy for all models, and it is {chosen}"
        writing.approximated((*path, "strategy"), reason, "router_settings.routing_strategy")


def _tell_waits(writing: Writing, path: DocumentPath) -> None:
    reason = "of a stream; a whole answer has timeout"
    writing.approximated((*path, "timeouts", "first_token"), reason, "litellm_params.stream_timeout")
    writing.dropped((*path, "timeouts"), "LiteLLM does not tell these waits apart")


def _tell_defaults(writing: Writing) -> None:
    path: DocumentPath = ("defaults",)
    writing.approximated((*path, "timeouts", "total"), "LiteLLM's is for each call", "router_settings.timeout")
    reason = "of a stream; a whole answer has timeout"
    writing.approximated((*path, "timeouts", "first_token"), reason, "router_settings.stream_timeout")
    writing.dropped((*path, "timeouts"), "LiteLLM does not tell these waits apart")
    reason = "LiteLLM repeats within a group: so often that each deployment of the largest one can be asked"
    writing.approximated((*path, "attempts"), reason, "router_settings.num_retries")
    writing.translated((*path, "breaker", "failures"), "router_settings.allowed_fails", "one less")
    reason = "always the same"
    writing.approximated((*path, "breaker", "open"), reason, "router_settings.cooldown_time")
    writing.dropped(path, _NOT_THERE)
