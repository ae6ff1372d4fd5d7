"""`model-mappings.yaml`: models, chains, capabilities, load balancing and patterns of the lab.

Never makes up a model: where only a provider is named, one of the models that it has is meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sixnines.adapters.draft import Draft, DraftDeployment, DraftModel, DraftRoute, Follower, free_name, usable_name
from sixnines.adapters.lab.registry import Kept, cloud_name
from sixnines.adapters.ledger import Fate
from sixnines.adapters.part import Part
from sixnines.adapters.settle import usable_pattern
from sixnines.adapters.shares import whole_shares
from sixnines.adapters.yaml_text import Plain

_TIERS = {"cloud_premium": "premium", "cloud_standard": "standard", "cloud_entry": "entry", "local": "local"}
_STRATEGIES = {
    "complexity_based": "complexity",
    "context_based": "context",
    "direct": "ordered",
    "usage_based": "least_busy",
    "least_loaded": "least_busy",
    "fastest_response": "least_latency",
    "most_capacity": "ordered",
    "weighted_round_robin": "weighted",
    "adaptive_weighted": "adaptive",
    "quality_based": "quality",
}
_EXACT = {"direct", "complexity_based", "least_loaded", "fastest_response", "weighted_round_robin"}
_COMPLEXITY = {"high": "complex", "medium": "standard", "low": "simple"}
_CONDITION = "there are no rules about single requests; see the strategies complexity, quality and adaptive"
_PROSE = "it is for readers"
_WHICH = "only a provider is named: its model that fits best is meant"


@dataclass(slots=True)
class Mappings:
    """What is known while the file is read.

    Attributes:
        draft: gets what is found.
        kept: the active providers.
        upstream: the name that the generated LiteLLM config asked the engine for, by model.
        served: the models of each provider, in order.
    """

    draft: Draft
    kept: Mapping[str, Kept]
    upstream: Mapping[str, str]
    served: dict[str, list[str]]


def read_mappings(draft: Draft, root: Part, kept: Mapping[str, Kept], upstream: Mapping[str, str]) -> None:
    """All of the file, into `draft`."""
    mappings = Mappings(draft, kept, upstream, {})
    readers = {
        "exact_matches": _exact_matches,
        "fallback_chains": _chains,
        "load_balancing": _balancing,
        "capabilities": _capabilities,
        "patterns": _patterns,
    }
    for key, reader in readers.items():
        part = root.get(key)
        if part is not None:
            reader(mappings, part)
    for key, part in root.entries():
        if key == "routing_rules":
            part.dropped(
                "no rules about single requests; who answers is the chain, and default_model for unknown names"
            )
        elif key == "special_cases":
            part.dropped("always so: a 429 rests a deployment, errors open its breaker (defaults.breaker)")
        elif key in {"metadata", "notes"}:
            part.dropped(_PROSE)


def _exact_matches(mappings: Mappings, part: Part) -> None:
    for name, said in part.entries():
        provider = said.get("provider")
        named = provider.text() if provider else None
        if provider is None or named is None or named not in mappings.kept:
            said.dropped("its provider is not active")
            continue
        if usable_name(name) != name:
            said.dropped("a name cannot hold these characters")
            continue
        backend = said.get("backend_model")
        asked = (backend.text() if backend else None) or name
        kept = mappings.kept[named]
        upstream = mappings.upstream.get(name) or asked
        deployment = DraftDeployment(named, cloud_name(mappings.kept, named, upstream))
        path = ("models", name)
        mappings.draft.models[name] = model = DraftModel([deployment])
        window = kept.windows.get(asked) or kept.windows.get(name)
        if window is not None:
            deployment.keys["context_window"] = window
        mappings.served.setdefault(named, []).append(name)
        provider.translated((*path, "deployments"))
        if backend is not None:
            backend.translated((*path, "deployments"))
        _comment(model.notes, said, "description", path)
        for key, each in said.entries():
            if key == "fallback" and not each.is_null:
                each.approximated("fallback_chains says which model comes after", (*path, "fallbacks"))
            elif key in {"priority", "fallback"}:
                each.dropped("there is one deployment" if key == "priority" else "nobody")


def _chains(mappings: Mappings, part: Part) -> None:
    models = mappings.draft.models
    for name, said in part.entries():
        chain = said.get("chain")
        listed = [*chain.items()] if chain else []
        if chain is not None and not listed:
            chain.translated(("models", name, "fallbacks"))
        if name == "default":
            _default(mappings, said, listed)
            continue
        if name not in models:
            said.dropped("there is no such model")
            continue
        model = models[name]
        for each in listed:
            each.translated(("models", name, "fallbacks"))
            model.followers.append(Follower(each.text() or "", each))
        tier = said.get("tier")
        step = _TIERS.get((tier.text() if tier else None) or "")
        if tier is not None and step is not None:
            model.keys["tier"] = step
            tier.translated(("models", name, "tier"))
        said.dropped(_PROSE)


def _default(mappings: Mappings, said: Part, listed: list[Part]) -> None:
    draft = mappings.draft
    chosen = []
    for each in listed:
        if each.text() in draft.models:
            chosen.append(each.text() or "")
            each.translated("default_model")
        else:
            each.dropped("there is no such model")
    if chosen:
        name = free_name("universal", draft.taken())
        draft.routes[name] = DraftRoute(
            [*dict.fromkeys(chosen)], notes=["fallback_chains.default: for names that nobody knows."]
        )
        draft.default_model = name
    said.dropped(_PROSE)


def _model_of(mappings: Mappings, provider: str, purpose: str = "") -> str | None:
    """The model of a provider that is for `purpose`, or its first one."""
    served = mappings.served.get(provider, [])
    specialties = mappings.kept[provider].specialties if provider in mappings.kept else {}
    fitting = [each for each in served if purpose and specialties.get(each) == purpose.replace("-", "_")]
    return next(iter([*fitting, *served]), None)


def _balancing(mappings: Mappings, part: Part) -> None:
    draft = mappings.draft
    for name, said in part.entries():
        if usable_name(name) != name:
            said.dropped("a name cannot hold these characters")
            continue
        section = "models" if name in draft.models else "routes"
        strategy = _strategy(said.get("strategy"), (section, name, "strategy"))
        listed = said.get("providers")
        entries: list[tuple[str, Decimal, Part]] = []
        for each in listed.items() if listed else ():
            model = _balanced(mappings, each, name)
            share = each.get("weight")
            weight = share.number() if share else None
            if model is None:
                each.dropped("that provider is not active, or has no such model")
                continue
            if share is not None:
                share.translated((section, name, "weight"))
            entries.append((model, Decimal(1) if weight is None else max(weight, Decimal(0)), each))
        if section == "models":
            _weigh_model(draft, name, entries, strategy)
        elif entries:
            _weigh_route(draft, name, entries, strategy)
            _comment(draft.routes[name].notes, said, "description", (section, name))
        said.dropped(_CONDITION)


def _balanced(mappings: Mappings, part: Part, purpose: str) -> str | None:
    """The model that one line of a balanced name means."""
    provider, preferred, condition = part.get("provider"), part.get("preferred_model"), part.get("condition")
    named = (provider.text() if provider else None) or ""
    wanted = preferred.text() if preferred else None
    model = wanted if wanted in mappings.draft.models else _model_of(mappings, named, purpose)
    if purpose in mappings.draft.models and purpose in mappings.served.get(named, []):
        model = purpose
    if model is None or provider is None:
        return None
    if preferred is not None:
        preferred.translated("routes")
    if preferred is not None or model == purpose:
        provider.translated("models, deployments")
    else:
        provider.approximated(_WHICH, "models, deployments")
    if condition is not None:
        condition.dropped(_CONDITION)
    return model


def _weigh_model(draft: Draft, name: str, entries: list[tuple[str, Decimal, Part]], strategy: str) -> None:
    """A model that several providers serve: the other ones with the model that they have."""
    model = draft.models[name]
    for other, weight, _ in entries:
        if other == name:
            model.deployments[0].weight = weight
        else:
            first = draft.models[other].deployments[0]
            model.deployments.append(DraftDeployment(first.provider, first.model, weight, {**first.keys}))
    if len(model.deployments) > 1:
        model.strategy = strategy if strategy in {"weighted", "least_busy", "adaptive"} else "weighted"


def _weigh_route(draft: Draft, name: str, entries: list[tuple[str, Decimal, Part]], strategy: str) -> None:
    shares = whole_shares([weight for _, weight, _ in entries])
    models: list[Plain] = [
        model if share is None else {"model": model, "weight": share}
        for (model, _, _), share in zip(entries, shares, strict=True)
    ]
    draft.routes[name] = DraftRoute(models, {"strategy": strategy})


def _strategy(part: Part | None, path: tuple[str, ...]) -> str:
    text = part.text() if part else None
    ours = _STRATEGIES.get(text or "", "ordered")
    if part is not None and text in _EXACT:
        part.translated(path)
    elif part is not None:
        part.approximated(f"the nearest that there is: {ours}", path)
    return ours


def _capabilities(mappings: Mappings, part: Part) -> None:
    draft = mappings.draft
    for name, said in part.entries():
        if usable_name(name) != name or name in draft.models or name in draft.routes:
            said.dropped("the name is taken, or holds characters that a name cannot have")
            continue
        path = ("routes", name)
        chosen: list[str] = []
        listed = said.get("preferred_models")
        for each in listed.items() if listed else filter(None, (said.get("provider"), said.get("fallback"))):
            text = each.text() or ""
            model = text if text in draft.models else _model_of(mappings, text)
            if model is None:
                each.dropped("there is no such model or provider")
            elif text == model:
                each.translated((*path, "models"))
                chosen.append(model)
            else:
                each.approximated(_WHICH, (*path, "models"))
                chosen.append(model)
        if not chosen:
            said.dropped("none of its models is there")
            continue
        strategy = _strategy(said.get("routing_strategy"), (*path, "strategy"))
        route = DraftRoute([*dict.fromkeys(chosen)], {"strategy": strategy})
        draft.routes[name] = route
        _by_difficulty(route, said.get("complexity_thresholds"), path)
        least = said.get("min_context")
        tokens = least.whole() if least else None
        if least is not None and tokens is not None and tokens > 0:
            route.keys["require"] = {"context": tokens}
            least.translated((*path, "require", "context"))
        _comment(route.notes, said, "description", path)
        said.dropped("the strategy goes by what the models declare")


def _by_difficulty(route: DraftRoute, thresholds: Part | None, path: tuple[str, ...]) -> None:
    if thresholds is None:
        return
    meant: dict[str, str] = {}
    for level, part in thresholds.entries():
        text = part.text() or ""
        if level in _COMPLEXITY and text in route.models and route.keys["strategy"] == "complexity":
            meant[text] = _COMPLEXITY[level]
            part.approximated("by a score of many features, not by the number of tokens", (*path, "models"))
    route.models = [
        {"model": each, "complexity": meant[each]} if isinstance(each, str) and each in meant else each
        for each in route.models
    ]


def _patterns(mappings: Mappings, part: Part) -> None:
    for said in part.items():
        match, provider, fallback = said.get("pattern"), said.get("provider"), said.get("fallback")
        expression = match.text() if match else None
        model = None
        for each in (provider, fallback):
            model = model or _model_of(mappings, (each.text() if each else None) or "")
        if match is None or expression is None or model is None:
            said.dropped("neither its provider nor its fallback is active")
        elif not usable_pattern(expression) or expression in {each for each, _ in mappings.draft.patterns}:
            said.dropped("no expression that can be used, or there already")
        else:
            mappings.draft.patterns.append((expression, model))
            match.translated("patterns")
            said.ledger.tell(said.path, Fate.APPROXIMATED, to="patterns", reason=_WHICH)


def _comment(notes: list[str], part: Part, key: str, path: tuple[str, ...]) -> None:
    said = part.get(key)
    text = said.text() if said else None
    if said is not None and text is not None:
        notes.append(text)
        said.translated(path, "a comment")
