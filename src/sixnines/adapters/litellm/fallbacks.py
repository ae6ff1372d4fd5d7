"""Fallbacks and aliases: who comes after whom, and what else a model is called.

Never follows a name that is not declared: it is told and left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sixnines.adapters.draft import Draft, DraftRoute, Follower, free_name, usable_name
from sixnines.adapters.litellm.groups import Names
from sixnines.adapters.part import Part
from sixnines.config.chains import flatten

KEYS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
_UNKNOWN = "there is no such model"
_POLICY = "what a content filter refuses goes to the caller: nobody else is asked"
_WINDOW = "also asked after other failures; a prompt that is too long goes to larger windows only"


@dataclass(frozen=True, slots=True)
class Edge:
    """That `target` comes after `source`; both as LiteLLM's config names them."""

    source: str
    target: str
    part: Part
    kind: str


def read_edges(settings: Part, wanted: Sequence[str] = KEYS) -> Iterator[Edge]:
    """The fallbacks of these kinds in one section, in the order written."""
    for kind in wanted:
        part = settings.get(kind)
        if part is None:
            continue
        for entry in [part] if part.is_mapping else part.items():
            for source, targets in entry.entries():
                for target in targets.items() if targets.is_list else [targets]:
                    yield from _edge(source, target, kind)


def _edge(source: str, target: Part, kind: str) -> Iterator[Edge]:
    named = target.get("model") if target.is_mapping else target
    text = named.text() if named else None
    if named is None or text is None:
        target.dropped("not the name of a model")
        return
    for key, part in target.entries():
        if key != "model":
            part.dropped("a fallback is asked what the caller asked")
    yield Edge(source, text, named, kind)


def spoken_of(settings: Part) -> Iterator[str]:
    """Every name that the fallbacks and aliases of one section speak of; the ledger is told nothing."""
    for kind in (*KEYS, "default_fallbacks", "model_group_alias"):
        part = settings.get(kind)
        if part is None:
            continue
        pending = [part]
        while pending:
            here = pending.pop()
            text = here.text()
            if text is not None:
                yield text
            pending += [each for _, each in here.entries()] + [*here.items()]
            if kind != "model_group_alias":
                yield from (key for key, _ in here.entries())


def add_aliases(draft: Draft, names: Names, aliases: Part | None) -> None:
    """`model_group_alias`: other names for models. A list, which LiteLLM never understood, becomes a route."""
    for alias, part in aliases.entries() if aliases else ():
        target = part.get("model") or part
        hidden = part.get("hidden")
        if hidden is not None:
            hidden.dropped("every name is listed")
        meant = [
            (each, names.models.get(each.text() or "")) for each in (target.items() if target.is_list else [target])
        ]
        known = [name for _, name in meant if name is not None]
        for each, name in meant:
            if name is None:
                each.dropped(_UNKNOWN)
        if not known:
            continue
        if alias in {*draft.taken()} or usable_name(alias) != alias:
            part.dropped("the name is taken, or holds characters that a name cannot have")
            names.models.setdefault(alias, known[0])
        elif target.is_list:
            draft.routes[alias] = DraftRoute([*dict.fromkeys(known)])
            draft.routes[alias].notes.append(
                "A list, which LiteLLM takes no alias from: now a route, the first one first."
            )
            part.approximated("LiteLLM takes one name here and never used the list; now a route", ("routes", alias))
        else:
            draft.models[known[0]].aliases.append(alias)
            names.models[alias] = known[0]
            target.translated(("models", known[0], "aliases"))


def add_edges(draft: Draft, names: Names, edges: list[Edge], defaults: Part | None) -> None:
    """Put fallbacks into `draft`, and those for all (`default_fallbacks`, or `*`) where a model has none of its own."""
    general = [each for each in edges if each.source == "*" and each.kind == "fallbacks"]
    general += [Edge("*", each.text() or "", each, "fallbacks") for each in (defaults.items() if defaults else ())]
    aliases = {alias for model in draft.models.values() for alias in model.aliases}
    own = {
        names.models.get(each.source)
        for each in edges
        if each.kind == "fallbacks" and each.source not in {"*", *aliases}
    }
    for each in edges:
        if each.source != "*" and each.kind == "fallbacks":
            _add(draft, names, each)
    followers = [name for each in general for name in _general(draft, names, each)]
    for name, model in draft.models.items():
        if name not in own:
            model.followers = [*(Follower(each) for each in followers if each != name), *model.followers]
    reached = {name: [each.model for each in model.followers] for name, model in draft.models.items()}
    for each in edges:
        if each.kind != "fallbacks":
            _add(draft, names, each, reached)
    _for_unknown_names(draft, followers)


def _add(draft: Draft, names: Names, edge: Edge, reached: Mapping[str, Sequence[str]] | None = None) -> None:
    """Put one edge into `draft`; `reached` are the fallbacks so far, where it is one for other failures only."""
    part = edge.part
    if edge.kind == "content_policy_fallbacks":
        part.dropped(_POLICY)
        return
    targets = _targets(draft, names, edge.target)
    route = draft.routes.get(edge.source)
    source = names.models.get(edge.source)
    if route is None and source is None:
        part.dropped(f"nobody asks for it: {_UNKNOWN} as the one that it stands behind")
    elif not targets:
        part.dropped(_UNKNOWN)
    elif route is not None:
        route.models += [each for each in targets if each not in route.models]
        part.translated(("routes", edge.source))
    elif source is not None:
        model = draft.models[source]
        if edge.source in model.aliases:
            model.aliases.remove(edge.source)
            draft.routes[edge.source] = DraftRoute([source, *(each for each in targets if each != source)])
            part.translated(("routes", edge.source), "an alias with fallbacks of its own is a route")
            return
        path = ("models", source, "fallbacks")
        if reached is not None and {*targets} <= {*flatten(source, reached)}:
            part.translated(path, "it is reached through the fallbacks already; only larger windows are asked then")
            return
        model.followers += [Follower(each, part) for each in targets]
        if edge.kind == "fallbacks":
            part.translated(path)
        else:
            part.approximated(_WINDOW, path)


def _targets(draft: Draft, names: Names, name: str) -> list[str]:
    """The models that a name in a list of fallbacks means."""
    route = draft.routes.get(name)
    if route is not None:
        return [each for each in route.models if isinstance(each, str)]
    return [names.models[name]] if name in names.models else []


def _general(draft: Draft, names: Names, edge: Edge) -> list[str]:
    targets = _targets(draft, names, edge.target)
    if targets:
        edge.part.translated("models, fallbacks", "of every model that has none of its own, and default_model")
    else:
        edge.part.dropped(_UNKNOWN)
    return targets


def _for_unknown_names(draft: Draft, followers: list[str]) -> None:
    """What answers a name that nobody knows."""
    models = [*dict.fromkeys(followers)]
    if len(models) == 1:
        draft.default_model = models[0]
    elif models:
        name = free_name("default", draft.taken())
        draft.routes[name] = DraftRoute([*models], notes=["What was default_fallbacks, for names that nobody knows."])
        draft.default_model = name
