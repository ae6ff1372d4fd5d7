"""Which cases and which systems are meant by what stands on the command line. Pure."""

import difflib
from collections.abc import Iterable, Sequence
from typing import TypeVar

from cases.interface import Case
from systems.interface import System

Named = TypeVar("Named", Case, System)


class UnknownNameError(ValueError):
    """A name that stands for nothing; the message lists what there is."""


def cases_named(names: Sequence[str], cases: Sequence[Case], *, everything: bool) -> list[Case]:
    """The cases to measure, in the order of `cases`.

    Args:
        names: of cases or of groups of them; none: those that are made by default.
        cases: all there are.
        everything: all of them.

    Raises:
        UnknownNameError: a name stands for none.
    """
    if everything:
        return [*cases]
    if not names:
        return [case for case in cases if case.default]
    known = {case.name for case in cases} | {case.group for case in cases}
    _refuse_unknown(names, known, "case")
    wanted = {*names}
    return [case for case in cases if wanted & {case.name, case.group}]


def systems_named(names: Sequence[str], systems: Sequence[System], *, usual: Iterable[str]) -> list[System]:
    """The systems to measure, in the order of `systems`.

    Args:
        names: of systems; none: the usual ones.
        systems: all there are.
        usual: the keys of those that are measured unless others are named.

    Raises:
        UnknownNameError: a name stands for none.
    """
    _refuse_unknown(names, {each.key for each in systems}, "system")
    wanted = {*(names or usual)}
    return [each for each in systems if each.key in wanted]


def _refuse_unknown(names: Iterable[str], known: set[str], what: str) -> None:
    for name in names:
        if name in known:
            continue
        near = difflib.get_close_matches(name, known, n=1)
        meant = f'; did you mean "{near[0]}"?' if near else ""
        raise UnknownNameError(f'no {what} "{name}"{meant} There are: {", ".join(sorted(known))}')
