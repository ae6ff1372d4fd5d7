"""Which providers may lead a request whose name has traffic targets, and which could if they were not out. Pure."""

from collections.abc import Callable, Sequence

import msgspec

from sixnines.routing.candidate import Candidate
from sixnines.routing.groups import Group
from sixnines.routing.sieve import Sifted


class Standing(msgspec.Struct):
    """How the providers of a name stand towards one request.

    Attributes:
        fit: those that may be asked now.
        out: those that could serve it and may not be asked now.
        heads: for each group the indexes of the candidates that may lead.
    """

    fit: set[str]
    out: set[str]
    heads: list[list[int]]


def standing(
    found: Sequence[tuple[Group, Sifted]], weights: Sequence[int], *,
    targeted: Callable[[str], bool], cold: Callable[[Candidate], bool],
) -> Standing:  # fmt: skip
    """Tell the providers apart.

    Args:
        found: the groups of the name, and their candidates told apart.
        weights: of the groups.
        targeted: whether a provider has a target.
        cold: whether a candidate should wait until those that hold the model are asked.
    """
    heads: list[list[int]] = []
    fit: set[str] = set()
    spare: set[str] = set()
    out: set[str] = set()
    for (group, sifted), weight in zip(found, weights, strict=True):
        leads = [index for index in sifted.fit if not cold(group.candidates[index][1])] or sifted.fit
        heads.append(leads)
        weighty = [index for index in leads if group.options[index].weight] or leads
        for index in leads:
            name = group.provider(index)
            # A weight of 0: only when nothing else is left. A target is something to go by nevertheless.
            takes_turns = targeted(name) or (weight and index in weighty)
            (fit if takes_turns else spare).add(name)
        out.update(group.provider(index) for index in (*sifted.busy, *sifted.fit) if index not in leads)
        out.update(each.deployment.provider.name for each in sifted.resting)
    fit = fit or spare
    return Standing(fit, out - fit, heads)
