"""Which revisions need not be kept any longer. Pure: never removes anything itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from sixnines.domain.retention import DAY_S, Retention

# Age takes none of these: a clock that jumps ahead by years makes everything old at once.
_NEWEST = 10


@dataclass(frozen=True, slots=True)
class Kept:
    """A revision that is kept so far.

    Attributes:
        number: of the revision.
        created_unix_s: when it was made; None if that cannot be read any more.
    """

    number: int
    created_unix_s: float | None


def surplus(kept: Iterable[Kept], needed: frozenset[int], retention: Retention, now_s: float) -> list[int]:
    """The revisions that need not be kept any longer, the oldest first.

    Args:
        kept: all that are there.
        needed: those that stay whatever their age.
        retention: what is wanted.
        now_s: the wall clock; one that was set back makes nothing old.
    """
    newest_first = sorted(kept, key=lambda each: each.number, reverse=True)
    gone = [
        each.number
        for place, each in enumerate(newest_first)
        if each.number not in needed
        and (place >= retention.count or (place >= _NEWEST and _old(each, retention, now_s)))
    ]
    return gone[::-1]


def _old(kept: Kept, retention: Retention, now_s: float) -> bool:
    return kept.created_unix_s is not None and now_s - kept.created_unix_s > retention.days * DAY_S
