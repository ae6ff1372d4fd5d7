"""What runs while a stage is measured: a system that is not there is kept with the reason, and the others are asked."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.bench_scripts import load_bench

stand, stages, start = load_bench("stand"), load_bench("stages"), load_bench("standins.start")
interface, direct, packages = load_bench("systems.interface"), load_bench("systems.direct"), load_bench("packages")
payloads, processes = load_bench("payloads"), load_bench("processes")


@dataclass
class Made:
    """A system made for a test."""

    key: str
    program: str = ""
    absent: str = ""
    unfit: str = ""

    @property
    def label(self) -> str:
        return self.key

    def install(self) -> None:
        if self.absent:
            raise packages.NotInstalledError(self.absent)

    def unsuited(self, _setup: object) -> str:
        return self.unfit

    def launch(self, _setup: object, _folder: Path, port: int) -> object:
        return interface.Launch((sys.executable, "-c", self.program, str(port)), port)

    def door(self, _setup: object) -> object:
        return interface.Door()


@pytest.fixture
def standing(tmp_path: Path) -> Iterator[object]:
    core = min(os.sched_getaffinity(0))
    systems = [
        direct.Direct(),
        Made("absent", absent="node not found"),
        Made("unfit", unfit="it translates nothing"),
        Made("broken", program="print('no such option'); raise SystemExit(3)"),
    ]
    stage = stages.Stage("test", (start.Engine("engine", "stream"),), stages.all_with(stages.Wish()))
    with stand.standing(stage, stage.line_up(systems), stand.Cores(core, core), tmp_path) as found:
        yield found


def test_who_is_there_is_asked_and_who_is_not_has_a_reason(standing: object) -> None:
    assert [*standing.running] == ["direct"]
    assert standing.missing["absent"] == "node not found"
    assert standing.missing["unfit"] == "it translates nothing"
    assert "no such option" in standing.missing["broken"]
    running = standing.running["direct"]
    assert payloads.SMALL.is_right(running.checked(payloads.SMALL).body)
    assert running.pids == ()


def test_a_wrong_answer_is_an_error_that_shows_it(standing: object) -> None:
    running = standing.running["direct"]
    with pytest.raises(processes.BenchError, match=r"direct gave a wrong answer: HTTP/1\.1 200 OK"):
        running.checked(payloads.LARGE)
