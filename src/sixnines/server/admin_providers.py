"""What operators see of providers and do to them, put together: they share a board, a clock and the other workers."""

from collections.abc import Callable
from dataclasses import dataclass

from sixnines.clock import Clock
from sixnines.config.snapshot import Snapshot
from sixnines.health.board import Board
from sixnines.health.faults import Faults
from sixnines.server.admin_breaker import SetBreaker
from sixnines.server.admin_fault import InjectFault
from sixnines.server.admin_health import ProviderList
from sixnines.server.admin_hold import HoldProvider
from sixnines.server.admin_serving import ServingList
from sixnines.server.app import Action, Page
from sixnines.server.colleagues import Colleagues, Reporter


@dataclass(frozen=True, slots=True)
class ProviderPaths:
    """Admin paths about providers.

    Attributes:
        pages: to look at.
        actions: that do something.
        reporters: what other workers may ask this one about them.
    """

    pages: tuple[Page, ...]
    actions: tuple[Action, ...]
    reporters: tuple[Reporter, ...]


def provider_paths(
    board: Board, clock: Clock, snapshot: Callable[[], Snapshot], colleagues: Colleagues, *, faults: Faults
) -> ProviderPaths:
    """All of them.

    Args:
        board: how providers stand.
        clock: for how long they will.
        snapshot: the current config.
        colleagues: the other workers.
        faults: which of them are broken on purpose.
    """
    listed = ProviderList(board, clock, snapshot, colleagues, faults=faults)
    fault = InjectFault(faults, snapshot, colleagues)
    hold, breaker = HoldProvider(board, clock, snapshot, colleagues), SetBreaker(board, clock, snapshot, colleagues)
    return ProviderPaths((listed, ServingList(listed)), (hold, breaker, fault), (listed, hold, breaker, fault))
