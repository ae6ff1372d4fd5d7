"""Fallbacks that go round, which a config may not have, as lists that end and mean the same.

Of models that fall back to each other, each gets all that would be asked after it written out, in the same order, with
copies that have no fallbacks of their own in place of the models that lead back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sixnines.adapters.draft import Draft, DraftModel, Follower, free_name
from sixnines.adapters.ledger import Fate
from sixnines.config.chains import flatten
from sixnines.config.text_formats import MAX_NAME

# A request has at most so many attempts.
_LONGEST = 100
_SUFFIX = ".alone"


def break_rounds(draft: Draft) -> None:
    """Change the fallbacks of `draft` so that none goes round. All of them must name models of it."""
    graph = {name: [each.model for each in model.followers] for name, model in draft.models.items()}
    copies: dict[str, str] = {}
    changed: dict[str, list[Follower]] = {}
    for together in _rounds(graph):
        for name in sorted(together, key=[*graph].index):
            changed[name] = _written_out(draft, flatten(name, graph)[:_LONGEST], together, copies)
    for name, followers in changed.items():
        model = draft.models[name]
        for each in model.followers:
            if each.part is not None:
                reason = "the fallbacks go round; what comes after is written out, with copies that have no fallbacks"
                each.part.retold(Fate.APPROXIMATED, reason, ("models", name, "fallbacks"))
        model.followers = followers
    for name, copy in copies.items():
        note = f"{name} without its fallbacks, for the models that it falls back to itself."
        draft.models[copy] = replace(draft.models[name], followers=[], aliases=[], notes=[note])


def _written_out(
    draft: Draft, chain: Sequence[str], together: frozenset[str], copies: dict[str, str]
) -> list[Follower]:
    followers = []
    for each in chain:
        if each in together and draft.models[each].followers:
            if each not in copies:
                wanted = each[: MAX_NAME - len(_SUFFIX)] + _SUFFIX
                copies[each] = free_name(wanted, {*draft.taken(), *copies.values()})
            followers.append(Follower(copies[each]))
        else:
            followers.append(Follower(each))
    return followers


def _rounds(graph: Mapping[str, Sequence[str]]) -> list[frozenset[str]]:
    """The sets of names that reach each other (Tarjan, without recursion: chains may be long)."""
    found: list[frozenset[str]] = []
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for start in graph:
        if start in order:
            continue
        pending = [(start, iter(graph[start]))]
        order[start] = lowest[start] = len(order)
        stack.append(start)
        on_stack.add(start)
        while pending:
            name, rest = pending[-1]
            following = next(rest, None)
            if following is None:
                pending.pop()
                if pending:
                    above = pending[-1][0]
                    lowest[above] = min(lowest[above], lowest[name])
                if lowest[name] == order[name]:
                    found += _popped(name, stack, on_stack)
            elif following not in order:
                order[following] = lowest[following] = len(order)
                stack.append(following)
                on_stack.add(following)
                pending.append((following, iter(graph[following])))
            elif following in on_stack:
                lowest[name] = min(lowest[name], order[following])
    return found


def _popped(name: str, stack: list[str], on_stack: set[str]) -> list[frozenset[str]]:
    together = set()
    while True:
        each = stack.pop()
        on_stack.discard(each)
        together.add(each)
        if each == name:
            return [frozenset(together)] if len(together) > 1 else []


def without_itself(name: str, model: DraftModel) -> None:
    """Take a model out of its own fallbacks."""
    for each in model.followers:
        if each.model == name and each.part is not None:
            each.part.retold(Fate.DROPPED, "a model cannot fall back to itself")
    model.followers = [each for each in model.followers if each.model != name]
