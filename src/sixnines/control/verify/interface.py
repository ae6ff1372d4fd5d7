"""What a check is, and what a group of them. Values only."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from sixnines.control.verify.scene import Scene
from sixnines.control.verify.verdict import Seen


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to be shown.

    Attributes:
        subject: of what, such as a provider's name; "" for the gateway itself.
        name: what, in a line; with the subject unique in its group.
        run: finds out. Raises `CheckFailed`, `Unsettled` or `NotAsked`.
        alone: nothing else may run beside it, because it measures time or compares counters.
    """

    subject: str
    name: str
    run: Callable[[], Awaitable[Seen]]
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Checks that belong together.

    Attributes:
        name: for `--only` and the report.
        about: what they show, in a line.
        checks: makes them for one gateway and its config.
    """

    name: str
    about: str
    checks: Callable[[Scene], Iterable[Check]]
