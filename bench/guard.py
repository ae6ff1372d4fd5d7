"""Has the gateway become slower? Counts instructions for each request and compares them with the stored figures.

Run: `make bench-guard`, or `python bench/guard.py [--write] [--only CASE] [--python PATH]`. The real gateway runs under
valgrind's callgrind, with callers and engines in the same process (`guarding/serve.py`): a count repeats within one in
a hundred, however fast the machine is and however busy. Exits with 1 when a case costs more than 5 % over its stored
figure (25 % on a build of Python that none are stored for: `guarding/figures.py`), or memory more than its budget.

`--write` stores what was counted, in `bench/guard.json`: for a change that is worth what it costs, and for one that
has made something cheaper, so that the gain is kept.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import machine
from guarding import memory
from guarding.callgrind import counted, environment, run
from guarding.cases import CASES, MOST_UNLIKE
from guarding.figures import (
    CALIBRATION,
    TOLERANCE,
    Counts,
    Reference,
    compare,
    reference,
    stored_with,
    summed,
    unlike,
)
from processes import BenchError, end_on_signals
from report import table

BENCH = Path(__file__).resolve().parent
STORE = BENCH / "guard.json"
HELP = "`sixnines --help`"


def main() -> int:
    arguments = _arguments()
    end_on_signals()
    try:
        with tempfile.TemporaryDirectory(prefix="sixnines-bench-") as folder:
            return _guard(arguments, Path(folder))
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="store what was counted")
    parser.add_argument(
        "--only", action="append", default=[], metavar="CASE", choices=[case.name for case in CASES],
        help="count the start and this case, and no memory; may be given again",
    )  # fmt: skip
    parser.add_argument(
        "--source", type=Path, default=machine.ROOT / "src", metavar="DIR", help="where sixnines is imported from"
    )
    parser.add_argument("--python", default=sys.executable, metavar="PATH", help="the interpreter; default: this one")
    return parser.parse_args()


def _guard(arguments: argparse.Namespace, folder: Path) -> int:
    variables = environment((arguments.source.resolve(), BENCH), folder / "bytecode")
    build, counts = _count(arguments.python, folder, variables, only=arguments.only)
    stored = _load()
    against = reference(build, counts.calibration, stored)
    rows = compare(counts, against)
    print(f"{build}, compared with {_described(against)}:\n")
    print(table(("instructions", "counted", "stored", "change", "allowed", "verdict"), [row.cells() for row in rows]))
    if any(row.cheaper for row in rows):
        print("Something has become cheaper; `make bench-guard ARGS=--write` keeps the gain.\n")
    faults = unlike(counts.cases, {case.name: case.like for case in CASES if case.like}, most=MOST_UNLIKE)
    if not arguments.only:
        faults += _memory(arguments.python, folder, variables)
    if arguments.write:
        _save(stored_with(stored, build, counts), stored)
    else:
        faults += [fault for row in rows if (fault := row.fault) is not None]
    for fault in faults:
        print(f"bench: {fault}", file=sys.stderr)
    return int(bool(faults))


def _count(python: str, folder: Path, variables: Mapping[str, str], *, only: Sequence[str]) -> tuple[str, Counts]:
    """The build of `python`, and what it needs for each case."""
    chosen = only or [case.name for case in CASES]
    play = (python, "-m", "guarding.serve", str(folder), *chosen)
    asked_help = (python, "-m", "sixnines", "--help")
    for command in (play, asked_help):  # so that the bytecode is there, and what fails fails quickly
        run(command, variables)
    output, totals = counted(play, variables)
    told = json.loads(output.splitlines()[-1])
    cases = summed(told["stretches"], totals)
    calibration = cases.pop(CALIBRATION)
    if not only:
        cases[HELP] = sum(counted(asked_help, variables)[1])
    note = f"{datetime.now(UTC).date()}, {run(('valgrind', '--version'), variables).strip()}"
    return told["build"], Counts(calibration, cases, note)


def _memory(python: str, folder: Path, variables: Mapping[str, str]) -> list[str]:
    """Print what it takes; what is over its budget."""
    found = memory.measure(python, folder, variables)
    figures = (
        ("idle, 10 providers", found.idle / 1e6, memory.IDLE_MB, "MB"),
        ("an open stream", found.stream / 1e3, memory.STREAM_KB, "KB"),
    )
    rows = [
        (name, f"{value:.1f} {unit}", f"{budget:.0f} {unit}", "kept" if value <= budget else "OVER")
        for name, value, budget, unit in figures
    ]
    print(table(("resident memory", "measured", "budget", "verdict"), rows))
    return [f"memory, {name}: {value:.1f} {unit}" for name, value, budget, unit in figures if value > budget]


def _described(against: Reference | None) -> str:
    if against is None:
        return "nothing: no figures are stored"
    return "its stored figures" if against.tolerance == TOLERANCE else f"those of {against.build}, scaled to it"


def _load() -> dict[str, Counts]:
    if not STORE.exists():
        return {}
    return {build: Counts(**each) for build, each in json.loads(STORE.read_text()).items()}


def _save(stored: Mapping[str, Counts], before: Mapping[str, Counts]) -> None:
    STORE.write_text(json.dumps({build: asdict(each) for build, each in stored.items()}, indent=2) + "\n")
    print(f"stored in {STORE.relative_to(machine.ROOT)}")
    for build in before.keys() - stored.keys():
        print(f"the figures of {build} were of other code, and are no longer there; --python counts for another build")


if __name__ == "__main__":
    sys.exit(main())
