"""Half a minute of the soak that `make soak` runs for ten."""

from pathlib import Path

import pytest

from soak.soak import soak

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]

SECONDS = 30.0
RATE = 50.0


def test_every_caller_is_answered_or_told_why_not_while_engines_fail_and_nothing_is_kept(tmp_path: Path) -> None:
    report = soak(tmp_path, seed=6, rate=RATE, seconds=SECONDS)
    print(report)
    assert report.wrong == [], "\n".join(report.wrong)
    outcomes = report.ledger.outcomes
    assert report.ledger.callers == SECONDS * RATE
    # It was a soak: most were answered, some were not, engines failed in most of the ways there are.
    assert outcomes["complete"] > SECONDS * RATE / 2
    assert outcomes["left"] > 0
    assert any(outcome.startswith("broken ") for outcome in outcomes)
    assert any(outcome.startswith("refused 5") for outcome in outcomes)
    assert len(report.played) > 15
    assert report.ledger.added_after_fallback != []
