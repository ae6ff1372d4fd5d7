"""Entries of `model_list` that share a name as one model: who is asked first, how long, and the names with a star.

Never sends a name on that nobody declared: where LiteLLM passes any name to a provider, the models have to be listed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sixnines.adapters.draft import ORDERED, Draft, DraftDeployment, DraftModel, free_name, usable_name
from sixnines.adapters.ledger import Fate
from sixnines.adapters.litellm.entries import SHARES, Listed
from sixnines.adapters.settle import usable_pattern
from sixnines.config.quantities import render_duration

STRATEGIES = {
    "simple-shuffle": ("weighted", ""),
    "least-busy": ("least_busy", ""),
    "latency-based-routing": ("least_latency", ""),
    "cost-based-routing": ("least_cost", ""),
    "usage-based-routing": ("least_busy", "goes by requests under way, not by tokens of the last minute"),
    "usage-based-routing-v2": ("least_busy", "goes by requests under way, not by tokens of the last minute"),
}
SHUFFLE = "simple-shuffle"
_NO_LIMIT = "there are no limits on requests or tokens a minute"
_LAST = Decimal(10**12)
_PASSED_ON = (
    "LiteLLM passes any such name on to the provider; a name must be declared here: add a model for each that is used"
)


@dataclass(slots=True)
class Names:
    """What callers call things.

    Attributes:
        models: the name in the new config by `model_name`.
        stars: entries by a `model_name` with a star that stands for any text.
    """

    models: dict[str, str] = field(default_factory=dict)
    stars: dict[str, list[Listed]] = field(default_factory=dict)


def add_groups(draft: Draft, listed: Sequence[Listed], provider_names: Mapping[object, str], strategy: str) -> Names:
    """Put the models of `model_list` into `draft`.

    Args:
        draft: gets them.
        listed: the entries.
        provider_names: by identity.
        strategy: LiteLLM's name of it.
    """
    names = Names()
    groups: dict[str, list[Listed]] = {}
    for each in listed:
        each.deployment.provider = provider_names[each.wanted.identity]
        groups.setdefault(each.group, []).append(each)
    taken: set[str] = set()
    for group, entries in groups.items():
        if "*" in group:
            names.stars[group] = entries
            continue
        name = free_name(usable_name(group), taken)
        taken.add(name)
        names.models[group] = name
        draft.models[name] = model = build_model(entries, name, strategy)
        if name != group:
            model.notes.append("Another name than before, which held characters that a name cannot have.")
        for each in entries:
            part = each.part.get("model_name")
            if part is not None and name == group:
                part.translated(("models", name))
            elif part is not None:
                part.approximated(
                    "a name holds only A-Z a-z 0-9 . _ : / @ + -: callers have to use the new one", ("models", name)
                )
    return names


def build_model(entries: Sequence[Listed], name: str, strategy: str) -> DraftModel:
    """One model of the entries of one group."""
    model = DraftModel([each.deployment for each in entries])
    if len(entries) > 1:
        model.strategy = STRATEGIES.get(strategy, ("weighted", ""))[0]
    path = ("models", name, "deployments")
    goes_by = _share(entries, path, shuffled=model.strategy == "weighted")
    if goes_by in {"rpm", "tpm"}:
        model.notes.append(f"Weights are the shares of {goes_by}: {_NO_LIMIT}.")
    _in_order(entries, model, path)
    _times(entries, model, name)
    _hoist(model)
    return model


def _share(entries: Sequence[Listed], path: tuple[str, ...], *, shuffled: bool) -> str | None:
    """Weights as simple-shuffle takes them (1.108): by the first key that anybody has, 0 for who has it not.

    Returns:
        That key.
    """
    goes_by = next((key for key in SHARES if any(_share_of(each, key) for each in entries)), None) if shuffled else None
    for each in entries:
        if goes_by is not None:
            each.deployment.weight = _share_of(each, goes_by)
        for key in SHARES:
            if key not in each.numbers:
                continue
            part = each.numbers[key].part
            if key == goes_by and key == "weight":
                part.translated((*path, "weight"))
            elif key == goes_by:
                part.approximated(f"the share is kept; {_NO_LIMIT}", (*path, "weight"))
            elif key != "weight":
                part.dropped(_NO_LIMIT)
            elif len(entries) == 1:
                part.translated(path, "the only deployment")
            else:
                part.dropped("nothing is weighed: another strategy, or all weights are 0")
    return goes_by


def _share_of(entry: Listed, key: str) -> Decimal:
    return entry.numbers[key].value if key in entry.numbers else Decimal(0)


def _in_order(entries: Sequence[Listed], model: DraftModel, path: tuple[str, ...]) -> None:
    """`order`: those with the smallest first."""
    ordered = [each.numbers["order"] for each in entries if "order" in each.numbers]
    if not ordered:
        return
    place: dict[int, Decimal] = {
        id(each.deployment): each.numbers["order"].value if "order" in each.numbers else _LAST for each in entries
    }
    model.deployments.sort(key=lambda each: place[id(each)])
    distinct = len(set(place.values())) == len(place)
    for each in entries:
        if each.deployment.weight is not None:
            for key in SHARES:
                if key in each.numbers:
                    each.numbers[key].part.retold(Fate.DROPPED, "the order decides")
            each.deployment.weight = None
    model.strategy = ORDERED
    for number in ordered:
        if distinct:
            number.part.translated(path)
        else:
            number.part.approximated("those of the same order are asked one after the other, as they stand", path)


def _times(entries: Sequence[Listed], model: DraftModel, name: str) -> None:
    """Time-outs and retries of the entries, which are the model's here."""
    times = [each.numbers[key] for key in ("timeout", "stream_timeout") for each in entries if key in each.numbers]
    if times:
        longest = max(each.value for each in times)
        model.keys["timeouts"] = {"first_token": _time(longest), "idle": _time(longest)}
        for each in times:
            each.part.approximated(_meaning(each.value, longest), ("models", name, "timeouts"))
    retries = [each.numbers["num_retries"] for each in entries if "num_retries" in each.numbers]
    for each in retries:
        each.part.dropped("a request has one number of attempts over all deployments and fallbacks (attempts)")
    limits = [each.numbers["max_parallel_requests"] for each in entries if "max_parallel_requests" in each.numbers]
    for each in limits:
        each.part.dropped("max_in_flight is for a provider, over all of its models: set it there")


def _meaning(value: Decimal, longest: Decimal) -> str:
    what = "the time to the first content and between two of them"
    return what if value == longest else f"{what}; the longest of the group counts"


def _time(seconds: Decimal) -> str:
    return render_duration(max(float(seconds), 0.001))


def _hoist(model: DraftModel) -> None:
    """What all deployments say alike, the model says once."""
    first = model.deployments[0].keys
    for key in [*first]:
        if all(each.keys.get(key) == first[key] for each in model.deployments):
            value = first[key]
            for each in model.deployments:
                each.keys.pop(key, None)
            model.keys[key] = value


def add_stars(draft: Draft, names: Names, wanted: Sequence[str], strategy: str) -> None:
    """The names with a star: patterns where they mean one model, models where somebody names one.

    Args:
        draft: gets them.
        names: the groups.
        wanted: names that fallbacks and aliases speak of.
        strategy: LiteLLM's name of it.
    """
    # LiteLLM tries the longest expression first (`router_utils/pattern_match_deployments.py`).
    for group in sorted(names.stars, key=lambda each: len(re.escape(each)), reverse=True):
        entries = names.stars[group]
        expression = "".join(".*" if piece == "*" else re.escape(piece) for piece in re.split(r"(\*)", group))
        if any("*" in each.deployment.model for each in entries):
            _spoken_of(
                draft, names, group, [each for each in wanted if re.fullmatch(expression, each)], strategy=strategy
            )
        else:
            _pattern(draft, group, expression, entries, strategy=strategy)


def _pattern(draft: Draft, group: str, expression: str, entries: Sequence[Listed], *, strategy: str) -> None:
    name = free_name(usable_name(entries[0].deployment.model), draft.taken())
    if not usable_pattern(expression) or expression in {match for match, _ in draft.patterns}:
        for each in entries:
            each.part.retold_dropped("the pattern is too long, or could keep the gateway busy")
        return
    draft.models[name] = build_model(entries, name, strategy)
    draft.patterns.append((expression, name))
    for each in entries:
        part = each.part.get("model_name")
        if part is None:
            continue
        if group.endswith("*"):
            part.translated("patterns", f"{name} is now a name of its own as well")
        else:
            part.approximated("LiteLLM takes names that only begin so, too", "patterns")


def _spoken_of(draft: Draft, names: Names, group: str, concrete: Sequence[str], *, strategy: str) -> None:
    """Models for the names under a star that something else names; nothing for all others."""
    entries = names.stars[group]
    shape = re.compile("".join("(.*)" if piece == "*" else re.escape(piece) for piece in re.split(r"(\*)", group)))
    made = []
    for text in concrete:
        found = shape.fullmatch(text)
        if text in names.models or found is None or usable_name(text) != text or text in {*draft.taken()}:
            continue
        copies = [_filled(each, found) for each in entries]
        draft.models[text] = DraftModel(copies, strategy=STRATEGIES.get(strategy, ("weighted", ""))[0])
        names.models[text] = text
        made.append(text)
    for each in entries:
        if made:
            each.part.retold(Fate.APPROXIMATED, f"only for {', '.join(made)}; {_PASSED_ON}", "models")
        else:
            each.part.retold_dropped(_PASSED_ON)


def _filled(entry: Listed, found: re.Match[str]) -> DraftDeployment:
    model = entry.deployment.model
    for piece in found.groups():
        model = model.replace("*", piece, 1)
    return DraftDeployment(entry.deployment.provider, model or "unnamed", keys={**entry.deployment.keys})
