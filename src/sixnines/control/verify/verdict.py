"""How a check ends. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field


class CheckFailed(Exception):  # noqa: N818 - a verdict, no error of ours
    """What was to be shown is not so; says what was seen instead."""


class NotAsked(Exception):  # noqa: N818
    """Nothing can be found out; says why not."""


class Unsettled(Exception):  # noqa: N818
    """What was to be shown may be so, and did not come to it now; says why. No reason to take a config back."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a check that passed has seen.

    Attributes:
        detail: in a few words.
        provider: who answered.
        measured: figures by name, with the unit in it.
    """

    detail: str = ""
    provider: str | None = None
    measured: Mapping[str, float] = field(default_factory=dict)


def expect(condition: object, otherwise: str) -> None:
    """Go on if `condition` holds.

    Raises:
        CheckFailed: it does not; says `otherwise`.
    """
    if not condition:
        raise CheckFailed(otherwise)
