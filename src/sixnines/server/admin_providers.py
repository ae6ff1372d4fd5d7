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
from sixnines.server.app import Page
from sixnines.server.by_hand import ByHand
from sixnines.server.colleagues import Colleagues, Reporter
from sixnines.server.expiries import Certificates


@dataclass(frozen=True, slots=True)
class ProviderPaths:
    """Admin paths about providers.

    Attributes:
        pages: to look at.
        by_hand: what can be done.
        reporters: what other workers may ask this one about them.
    """

    pages: tuple[Page, ...]
    by_hand: ByHand
    reporters: tuple[Reporter, ...]


def provider_paths(
    board: Board, clock: Clock, snapshot: Callable[[], Snapshot], colleagues: Colleagues,
    *, faults: Faults, certificates: Certificates,
) -> ProviderPaths:  # fmt: skip
    """All of them.

    Args:
        board: how providers stand.
        clock: for how long they will.
        snapshot: the current config.
        colleagues: the other workers.
        faults: which of them are broken on purpose.
        certificates: when those of providers expire.
    """
    listed = ProviderList(board, clock, snapshot, colleagues, faults=faults)
    listed.certificates = certificates
    acts = (HoldProvider(board), SetBreaker(board), InjectFault(faults))
    by_hand = ByHand(acts, clock, snapshot, colleagues)
    return ProviderPaths((listed, ServingList(listed)), by_hand, (listed, by_hand))
