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


_NOBODY: frozenset[int] = frozenset()


def standing(
    found: Sequence[tuple[Group, Sifted]], weights: Sequence[int], *,
    targeted: Callable[[str], bool], cold: Callable[[Candidate], bool],
) -> Standing:  # fmt: skip
    """Tell the providers apart.

    Args:
        found: the groups of the name, and their candidates told apart.
        weights: of the groups.
        targeted: whether a provider has a target.
        cold: whether a candidate's provider would have to load the model.
    """
    heads: list[list[int]] = []
    fit: set[str] = set()
    spare: set[str] = set()
    out: set[str] = set()
    for (group, sifted), weight in zip(found, weights, strict=True):
        leads = sifted.fit
        if group.model.rules.prefer_warm:
            leads = [index for index in leads if not cold(group.candidates[index][1])] or leads
        heads.append(leads)
        # A weight of 0: only when nothing else is left. A target is something to go by nevertheless.
        spares = _NOBODY if group.spares.issuperset(leads) else group.spares
        for index in leads:
            name = group.provider(index)
            (fit if targeted(name) or (weight and index not in spares) else spare).add(name)
        if sifted.skipped or leads is not sifted.fit:
            out.update(group.provider(index) for index in (*sifted.busy, *sifted.fit) if index not in leads)
            out.update(each.deployment.provider.name for each in sifted.resting)
    fit = fit or spare
    return Standing(fit, out - fit, heads)
