"""A gateway is killed at every point of an apply and of a rollback: it serves the old or the new config then, never half.

How many points there are is found out first: what is added to the procedure is killed as well.
"""

import os
from pathlib import Path

import pytest

from sixnines.control.events import Ending
from sixnines.control.revision import Fate
from sixnines.errors import GatewayUnreachable
from support.changing import apply, archive_of, roll_back
from support.gateway_process import GatewayProcess
from support.lab import Lab, chat, one_engine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STEPPED = (str(Path(__file__).parents[2] / "support" / "stepped_gateway.py"),)


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def says(gateway):
    with gateway.client() as client:
        return client.post("/v1/chat/completions", json=chat()).json()["choices"][0]["message"]["content"]


class Killed:
    """One gateway that ends at a point of a change, and what is found after it."""

    def __init__(self, folder, two, *, kill_at):
        self._two = two
        self._flag, self._steps = folder / "from", folder / "steps"
        environment = {
            "STEPS_FROM": str(self._flag), "STEPS_TO": str(self._steps), "KILL_AT": str(kill_at),
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        }  # fmt: skip
        self.stepped = GatewayProcess(folder, two["old"], environment, program=STEPPED)
        self.plain = GatewayProcess(folder, None)

    def play(self, change):
        """Begin `change` (apply or rollback), be killed in it; the points that were passed."""
        with self.stepped as gateway:
            assert apply(gateway, self._two["new"]).ending is Ending.APPLIED
            if change == "apply":
                assert roll_back(gateway, 1).ending is Ending.APPLIED
            self._flag.touch()
            try:
                if change == "apply":
                    apply(gateway, self._two["new"])
                else:
                    roll_back(gateway, 1)
            except GatewayUnreachable:
                gateway.process.wait(10)
        return self._steps.read_text().splitlines()

    def look(self, change, point):
        """What is served after a restart, and whether the next change works."""
        before, after = ("old", "new") if change == "apply" else ("new", "old")
        archive = archive_of(self.plain)
        with self.plain as gateway:
            serves = says(gateway)
            head = archive.head()
            wanted = 4 if change == "apply" else 3
            assert serves == (after if head == wanted else before), point
            entries = archive.history()
            assert [each.problem for each in entries if each.problem] == [], point
            assert sum(each.holds for each in entries) == 1, point
            for each in entries:
                fate = each.outcome.fate if each.outcome is not None else None
                expected = Fate.APPLIED if each.number != wanted or head == wanted else Fate.INTERRUPTED
                assert fate is expected, (point, each.number, fate)
            assert archive.journal() is None, point
            assert archive.holder() is None, point
            other = "new" if serves == "old" else "old"
            ended = apply(gateway, self._two[other])
            assert (ended.ending, says(gateway)) == (Ending.APPLIED, other), point
        return serves


@pytest.mark.parametrize("change", ["apply", "rollback"])
def test_killed_at_any_point_it_serves_the_old_or_the_new_and_goes_on(lab, tmp_path, change):
    two = {text: one_engine(lab.engine("openai", {"default": {"text": text}})) for text in ("old", "new")}
    whole = tmp_path / "whole"
    whole.mkdir()
    points = Killed(whole, two, kill_at=0).play(change)
    assert len(points) >= 25, points
    print(f"{change}: {len(points)} points")
    seen = []
    for number, point in enumerate(points, 1):
        folder = tmp_path / str(number)
        folder.mkdir()
        killed = Killed(folder, two, kill_at=number)
        assert killed.play(change) == points[:number]
        seen.append(killed.look(change, f"{number}: {point}"))
    # It turns once, where the head moves, and never back.
    before, after = ("old", "new") if change == "apply" else ("new", "old")
    turn = seen.index(after)
    assert seen == [before] * turn + [after] * (len(seen) - turn)
    assert points[turn] == "renamed head"
