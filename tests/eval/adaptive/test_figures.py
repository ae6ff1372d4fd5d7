"""The figures of the simulation: `adaptive` finds the best of four, follows a change, and is better than fixed weights."""

import pytest

from eval.adaptive.play import FOLLOWED, PHASES, WINDOW, figures, followed_after
from eval.adaptive.report import plot, table
from support.checkout import ROOT

GUIDE = ROOT / "docs" / "guide" / "routing-adaptive.md"
PICTURE = ROOT / "docs" / "img" / "adaptive.svg"


@pytest.mark.slow
def test_the_best_is_found_followed_and_better_than_fixed_weights():
    rows = figures(5)
    start, overloaded, mended = rows
    assert [row.best for row in rows] == ["a", "b", "d"]
    assert max(start.followed) <= 150
    assert max(overloaded.followed) <= 800
    assert max(mended.followed) <= 250
    for row, share in zip(rows, (0.85, 0.7, 0.9), strict=True):
        assert min(row.shares) >= share
        adaptive, equal, tuned, best = row.rewards
        assert max(equal, tuned) < adaptive <= best
        assert adaptive > best - 0.03


@pytest.mark.slow
def test_the_guide_shows_these_figures():
    assert table(figures(20)) in GUIDE.read_text()


@pytest.mark.slow
def test_the_picture_is_of_the_first_play():
    assert plot(0) == PICTURE.read_text()


def test_a_change_counts_as_followed_where_the_best_leads_most_of_the_next_requests():
    needed = int(FOLLOWED * WINDOW)
    assert followed_after([1] * 40 + [0] * WINDOW, 0) == 40 - (WINDOW - needed)
    assert followed_after([1] * 200, 0) is None


def test_each_phase_has_another_best():
    bests = [max(range(4), key=phase.rewards.__getitem__) for phase in PHASES]
    assert len({*bests}) == 3
