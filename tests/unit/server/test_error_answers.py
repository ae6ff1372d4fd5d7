"""What callers are told when every attempt has failed."""

import pytest

from sixnines.config.snapshot import Expose
from sixnines.domain.failure import Failure, FailureKind
from sixnines.domain.trail import Trail
from sixnines.errors import AllAttemptsFailed
from sixnines.server.errors import FAILURES, describe


@pytest.mark.parametrize("kind", [kind for kind, row in FAILURES.items() if row.status in {429, 503}])
@pytest.mark.parametrize(
    ("known_s", "told"),
    [
        pytest.param(6.2, b"7", id="a wait that is known"),
        pytest.param(None, b"1", id="none, or one that is over"),
        pytest.param(0.01, b"1", id="less than a second"),
    ],
)
def test_who_is_sent_away_is_told_when_to_come_back(kind: FailureKind, known_s: float | None, told: bytes) -> None:
    error = AllAttemptsFailed(Failure(kind, "no"), retry_after_s=known_s)
    assert (b"retry-after", told) in describe(error, Trail([], ()), Expose.TRAIL).headers
