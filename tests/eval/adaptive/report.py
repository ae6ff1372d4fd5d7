"""What the plays came to: the table, and the picture of one of them."""

import statistics
from collections.abc import Sequence

from eval.adaptive.picture import picture
from eval.adaptive.play import ENDS, NAMES, PHASES, REQUESTS, WINDOW, Figures, by_experience, by_weights


def table(rows: Sequence[Figures]) -> str:
    """The figures as Markdown."""
    lines = [
        "| from then on | best, and its lead | followed after | its share | adaptive | 1:1:1:1 | 7:1:1:1 | the best |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        rewards = " | ".join(f"{each:.3f}" for each in row.rewards)
        lines.append(
            f"| {row.what} | {row.best}, {row.lead:.3f} | {statistics.median(row.followed):.0f}, {max(row.followed)} "
            f"| {statistics.median(row.shares):.2f}, {min(row.shares):.2f} | {rewards} |"
        )
    means = " | ".join(f"{statistics.fmean(column):.3f}" for column in zip(*(row.rewards for row in rows), strict=True))
    return "\n".join([*lines, f"| all | | | | {means} |"]) + "\n"


def plot(seed: int) -> str:
    """One play as a picture."""
    leaders = by_experience(seed)
    rewards = [phase.rewards for phase in PHASES]

    def regret(played: Sequence[int]) -> list[float]:
        total, sums = 0.0, []
        for at, leader in enumerate(played):
            means = rewards[sum(at >= end for end in ENDS)]
            total += max(means) - means[leader]
            sums.append(total)
        return sums

    shares = [
        [leaders[max(0, at - WINDOW) : at].count(index) / min(at, WINDOW) for at in range(20, REQUESTS + 1, 20)]
        for index in range(len(NAMES))
    ]
    lost = {
        "adaptive": regret(leaders),
        "weights 1:1:1:1": regret(by_weights(1, 1, 1, 1)),
        "weights 7:1:1:1": regret(by_weights(7, 1, 1, 1)),
    }
    marks = [(each.begins, each.what) for each in PHASES]
    return picture(NAMES, shares, {name: each[19::20] for name, each in lost.items()}, marks=marks, requests=REQUESTS)
