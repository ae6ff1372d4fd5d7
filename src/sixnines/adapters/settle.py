"""Makes a draft a config that `sixnines check` takes, and tells of what had to give way. Never adds a deployment."""

import re
import warnings
from collections.abc import Iterator, Mapping

from sixnines.adapters.draft import ORDERED, Draft, DraftDeployment, DraftModel, Follower
from sixnines.adapters.ledger import Fate
from sixnines.adapters.rounds import break_rounds, without_itself
from sixnines.adapters.shares import whole_shares
from sixnines.adapters.yaml_text import Plain
from sixnines.config.chains import flatten
from sixnines.config.regex_cost import MOST_WAYS, ways_to_match
from sixnines.config.urls import is_loopback, parse_base_url
from sixnines.domain.kind import Catalog
from sixnines.domain.strategy import StrategyInfo

_DEFAULT_ATTEMPTS = 4
_MOST_ATTEMPTS = 100
_USUAL_PORT = 4000
_LONGEST_PATTERN = 200


def settle(draft: Draft, catalog: Catalog) -> None:
    """Settle `draft` in place."""
    for name, model in draft.models.items():
        _once(model)
        without_itself(name, model)
        model.followers = [*_known(draft, model)]
    break_rounds(draft)
    for model in draft.models.values():
        _strategy(model, catalog)
    _routes(draft, catalog)
    _used(draft)
    _enough_attempts(draft)
    _own_address(draft, catalog)
    known = {*draft.models, *draft.routes}
    draft.patterns = [(match, model) for match, model in draft.patterns if model in known]
    if draft.default_model not in known:
        draft.default_model = None


def _once(model: DraftModel) -> None:
    """Each deployment once, with the shares of all that say the same."""
    found: dict[tuple[str, str], DraftDeployment] = {}
    for each in model.deployments:
        first = found.setdefault((each.provider, each.model), each)
        if first is not each and each.weight is not None:
            first.weight = each.weight + (first.weight or 0)
    model.deployments = [*found.values()]


def _known(draft: Draft, model: DraftModel) -> Iterator[Follower]:
    """The fallbacks that exist, each once."""
    seen: set[str] = set()
    for each in model.followers:
        if each.model not in draft.models:
            if each.part is not None:
                each.part.retold(Fate.DROPPED, "there is no such model")
        elif each.model in seen:
            if each.part is not None:
                each.part.retold(Fate.TRANSLATED, "it is a fallback of this model already")
        else:
            seen.add(each.model)
            yield each


def _strategy(model: DraftModel, catalog: Catalog) -> None:
    """No weights where nothing weighs, no strategy where there is nothing to choose or to go by."""
    info = catalog.strategies[model.strategy]
    if len(model.deployments) == 1:
        model.strategy = ORDERED
    elif info.declares and not any(key in each.keys for each in model.deployments for key in info.declares):
        model.strategy = ORDERED if info.declares[0] in model.keys else "weighted"
        model.notes.append(_without_ground(info, model.strategy))
    if (
        not catalog.strategies[model.strategy].weighs
        or len(model.deployments) == 1
        or all(each is None for each in whole_shares([each.weight for each in model.deployments]))
    ):
        for each in model.deployments:
            each.weight = None


def _without_ground(info: StrategyInfo, instead: str) -> str:
    return f"Not {info.name}, which goes by {' or '.join(info.declares)}: no choice differs in that. It is {instead}."


def _routes(draft: Draft, catalog: Catalog) -> None:
    """Models that exist, each once, with weights where something weighs; no route without any."""
    for name, route in [*draft.routes.items()]:
        entries: dict[str, Plain] = {}
        strategy = catalog.strategies[str(route.keys.get("strategy", ORDERED))]
        for each in route.models:
            known = {"model": each} if isinstance(each, str) else dict(each) if isinstance(each, Mapping) else {}
            model = known.get("model")
            if not strategy.weighs:
                known.pop("weight", None)
            if isinstance(model, str) and model in draft.models:
                entries.setdefault(model, model if len(known) == 1 else known)
        route.models = [*entries.values()]
        declared = (entry for entry in route.models if isinstance(entry, Mapping))
        grounds = [*declared, *(draft.models[each].keys for each in entries)]
        if strategy.declares and not any(key in each for each in grounds for key in strategy.declares):
            route.keys["strategy"] = ORDERED
            route.notes.append(_without_ground(strategy, ORDERED))
        if route.keys.get("strategy") == ORDERED:
            del route.keys["strategy"]
        if not entries or name in draft.models:
            del draft.routes[name]


def _used(draft: Draft) -> None:
    """Providers that nothing uses go: they would be warned about."""
    used = {each.provider for model in draft.models.values() for each in model.deployments}
    draft.providers = {name: each for name, each in draft.providers.items() if name in used}
    held = {each.keys.get("domain") for each in draft.providers.values()}
    within = {each["within"] for each in draft.domains.values() if isinstance(each, dict) and "within" in each}
    draft.domains = {name: each for name, each in draft.domains.items() if name in held | within}


def _enough_attempts(draft: Draft) -> None:
    """As many attempts as the longest chain has candidates: each fallback can be reached."""
    graph = {name: [each.model for each in model.followers] for name, model in draft.models.items()}
    sizes = {name: len(model.deployments) for name, model in draft.models.items()}
    longest = max((sum(sizes[each] for each in (name, *flatten(name, graph))) for name in graph), default=0)
    wanted = draft.defaults.get("attempts", _DEFAULT_ATTEMPTS)
    if isinstance(wanted, int) and min(longest, _MOST_ATTEMPTS) > wanted:
        draft.defaults["attempts"] = min(longest, _MOST_ATTEMPTS)
        draft.remark(("defaults", "attempts"), "As many as the longest chain of fallbacks has candidates.")


def _own_address(draft: Draft, catalog: Catalog) -> None:
    """Listen where no provider is."""
    if "listen" in draft.server:
        return
    ports = set()
    for provider in draft.providers.values():
        kind = catalog.kinds[provider.kind]
        url = provider.base_url or kind.default_base_url
        address = parse_base_url(url) if url else None
        if address is not None and is_loopback(address.host):
            ports.add(address.port)
    port = next(each for each in range(_USUAL_PORT, _USUAL_PORT + len(ports) + 1) if each not in ports)
    if port != _USUAL_PORT:
        draft.server["listen"] = f"127.0.0.1:{port}"
        draft.remark(("server", "listen"), f"Not {_USUAL_PORT}: one of the providers is there.")


def usable_pattern(expression: str) -> bool:
    """Would `sixnines check` take it?"""
    if len(expression) > _LONGEST_PATTERN:
        return False
    try:
        with warnings.catch_warnings(action="error"):
            re.compile(expression)
    except (re.error, OverflowError, Warning):
        return False
    return ways_to_match(expression) <= MOST_WAYS
