"""How soon is it there, and what does it weigh? `sixnines --help`, `check`, `serve` until ready, memory when idle.

Run: `python bench/startup.py [--help-runs 10] [--serve-runs 3]`. Measured as at every start but the first: with the
bytecode cached. The best of several runs counts, because what else the machine does is not what is measured; the
median and the best CPU time are printed beside it. Exits with 1 if a figure is over its budget.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from large_config import large_config
from machine import cpu_seconds, resident_bytes
from processes import BenchError, end_on_signals, exchange, free_port, running, sixnines, until
from report import table

HELP_S = 0.3
FEW_S = 0.7
MANY_S = 2.0
CHECK_S = 2.0
IDLE_MIB = 57.0
"""The budgets: what the project promises of its start. 57 MiB are 60 MB."""

PROVIDERS = 10
MODELS = 2000
CHECKED = (2000, 200)
"""Models and providers."""
SETTLE_S = 1.0
"""From ready to idle: the providers are asked once how they are, and what that took is freed."""
READY = b"GET /health/ready HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Run:
    """One run: wall-clock and CPU seconds to the result, and MiB of resident memory afterwards (0: not looked at)."""

    wall_s: float
    cpu_s: float
    memory_mib: float = 0.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result.

    Attributes:
        what: was measured.
        values: one for each run.
        budget: that the best must not exceed.
        unit: of all of them.
        cpu_s: the least CPU time of a run; None where that is not the point.
    """

    what: str
    values: tuple[float, ...]
    budget: float
    unit: str
    cpu_s: float | None = None

    @property
    def within(self) -> bool:
        """The budget is kept."""
        return min(self.values) <= self.budget

    def row(self) -> tuple[str, ...]:
        """The line of the table."""
        best, middle = min(self.values), statistics.median(self.values)
        cpu = "" if self.cpu_s is None else f"{self.cpu_s:.2f} s"
        figures = (f"{each:.3g} {self.unit}" for each in (best, middle))
        return (self.what, *figures, cpu, f"{self.budget:.3g} {self.unit}", "kept" if self.within else "OVER")


def main() -> int:
    arguments = _arguments()
    end_on_signals()
    try:
        with tempfile.TemporaryDirectory(prefix="sixnines-bench-") as folder:
            figures = _measure(Path(folder), arguments)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(table(("start", "best", "median", "CPU", "budget", "verdict"), [each.row() for each in figures]))
    return int(not all(each.within for each in figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--help-runs", type=int, default=10, help="of `sixnines --help` (default 10)")
    parser.add_argument(
        "--serve-runs", type=int, default=3, help="of `check`, and of `serve` with each config (default 3)"
    )
    return parser.parse_args()


def _measure(folder: Path, arguments: argparse.Namespace) -> list[Figure]:
    # For the children: a cache of their own, filled by the runs that are thrown away here.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    os.environ["XDG_STATE_HOME"] = str(folder / "state")
    _help()
    _serve(folder, models=1)
    helps = [_help() for _ in range(arguments.help_runs)]
    checks = [_check(folder) for _ in range(arguments.serve_runs)]
    few = [_serve(folder, models=1) for _ in range(arguments.serve_runs)]
    many = [_serve(folder, models=MODELS) for _ in range(arguments.serve_runs)]
    return [
        _time("`sixnines --help`", helps, HELP_S),
        _time(f"`sixnines check`, {CHECKED[0]:,} models, {CHECKED[1]} providers", checks, CHECK_S),
        _time(f"`sixnines serve` ready, {PROVIDERS} providers", few, FEW_S),
        _memory(f"resident memory, idle, {PROVIDERS} providers", few),
        _time(f"`sixnines serve` ready, {MODELS:,} models", many, MANY_S),
        _memory(f"resident memory, idle, {MODELS:,} models", many),
    ]


def _time(what: str, runs: Sequence[Run], budget_s: float) -> Figure:
    return Figure(what, tuple(run.wall_s for run in runs), budget_s, "s", min(run.cpu_s for run in runs))


def _memory(what: str, runs: Sequence[Run]) -> Figure:
    return Figure(what, tuple(run.memory_mib for run in runs), IDLE_MIB, "MiB")


def _help() -> Run:
    cpu, started = _children_cpu_s(), time.perf_counter()
    done = subprocess.run(sixnines("--help"), capture_output=True, text=True, check=False)
    took = time.perf_counter() - started
    if done.returncode or "serve" not in done.stdout:
        raise BenchError(f"`sixnines --help` failed:\n{done.stdout}{done.stderr}")
    return Run(took, _children_cpu_s() - cpu)


def _check(folder: Path) -> Run:
    config = folder / "large.yaml"
    config.write_text(large_config(*CHECKED))
    cpu, started = _children_cpu_s(), time.perf_counter()
    done = subprocess.run(sixnines("check", str(config)), capture_output=True, text=True, check=False)
    took = time.perf_counter() - started
    if done.returncode or ": fine (" not in done.stdout:
        raise BenchError(f"`sixnines check` failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return Run(took, _children_cpu_s() - cpu)


def _serve(folder: Path, *, models: int) -> Run:
    """From the start of the process to the first 200 on /health/ready, and its memory once it is idle."""
    port = free_port()
    config, log = folder / "sixnines.yaml", folder / "sixnines.log"
    config.write_text(_config(port, models=models))
    started = time.perf_counter()
    with running(sixnines("serve", "--config", str(config)), log) as gateway:
        ready = until(lambda: exchange(port, READY).startswith(b"HTTP/1.1 200 "), gateway, log)
        cpu_s = cpu_seconds(gateway.pid)
        time.sleep(SETTLE_S)
        return Run(ready - started, cpu_s, resident_bytes(gateway.pid) / 1024**2)


def _children_cpu_s() -> float:
    """CPU time of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _config(port: int, *, models: int) -> str:
    """Block style, as people write it. Nobody listens where the providers should be."""
    nowhere = free_port()
    lines = ["version: 1", "server:", f"  listen: 127.0.0.1:{port}", "providers:"]
    for number in range(PROVIDERS):
        lines += [f"  engine-{number}:", "    kind: llamacpp", f'    base_url: "http://127.0.0.1:{nowhere}/{number}"']
    lines.append("models:")
    for number in range(models):
        lines += [f"  model-{number}:", "    deployments:"]
        for provider in (number % PROVIDERS, (number + 1) % PROVIDERS):
            lines += [f"      - provider: engine-{provider}", f"        model: {json.dumps(f'name-{number}')}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
