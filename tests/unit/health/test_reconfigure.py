"""A config change reaches the breakers that exist."""

from sixnines.config.snapshot import BreakerSettings
from sixnines.domain.failure import Failure, FailureKind
from sixnines.health.board import Board
from support import specs


def test_new_settings_hold_for_deployments_already_known():
    board, a = Board(specs.BREAKER), specs.deployment("a")
    boom = Failure(FailureKind.SERVER, "boom")
    board.failed(a, boom, 0.0)
    board.configure(BreakerSettings(failures=2, window_s=30.0, open_s=5.0))
    board.failed(a, boom, 1.0)
    assert board.objection(a, 1.0) == "breaker open"
    assert board.objection(a, 6.0) is None
