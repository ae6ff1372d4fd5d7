"""What a request costs: sixnines and its competitors side by side, in one run, on the same core.

Run: `make bench`, or `python bench/run.py [--all] [--only small,stream] [--systems direct,nginx,sixnines] [...]`.

The system under test has one core; stand-in engine and load have another. Contestants take turns whose order rotates,
every answer is checked, and a round with a wrong answer, in which others used the machine, or in which the load and not
the system was the limit is kept and marked, and does not count. All addresses are 127.0.0.1. Results: bench/results.
"""

import argparse
import itertools
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import machine
import results
import selection
from cases.interface import Case
from cases.registry import CASES
from loads.interface import Session
from processes import BenchError, end_on_signals, raise_file_limit
from results import Outcome, Report
from rounds import Round, enough, rotated, summarize
from stand import Cores, standing
from systems.interface import System
from systems.registry import BARE, OFF_COMPILED, PARTS, systems, tree_key

RESULTS = machine.ROOT / "bench" / "results"
README = machine.ROOT / "README.md"
MAX_OTHERS = 0.10
"""Cores that processes outside the bench may use in a round that counts, unless the command line says otherwise."""


def main() -> int:
    arguments = _arguments()
    if arguments.write_readme and arguments.results != RESULTS:
        print("bench: --write-readme is for results in bench/results, which the README refers to", file=sys.stderr)
        return 2
    end_on_signals()
    try:
        cases, chosen = _chosen(arguments)
        if arguments.list:
            _print_lists()
            return 0
        cores = _cores(arguments)
        raise_file_limit(max(case.load.files for case in cases))
        # This process makes the load of some cases, and waits during the others.
        os.sched_setaffinity(0, {cores.load})
        report = _reported(_measured(cases, chosen, cores, arguments), chosen, arguments)
    except (BenchError, selection.UnknownNameError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(report.markdown())
    if arguments.write_readme:
        results.write_readme(report, README)
    return 0


def _reported(outcomes: Iterator[Outcome], chosen: Sequence[System], arguments: argparse.Namespace) -> Report:
    """The report of a run, written anew after each case: what was measured outlives whatever ends the run."""
    started = time.monotonic()
    report = Report(
        outcomes=[],
        versions={each.label: _version(each) for each in chosen},
        command=_command(),
        seconds=arguments.seconds,
        turns=arguments.rounds,
        took_s=0.0,
    )
    for outcome in outcomes:
        took_s = time.monotonic() - started
        report = replace(report, outcomes=[*report.outcomes, outcome], took_s=took_s)
        results.write(report, arguments.results)
    return report


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="print the names of cases and systems, and end")
    parser.add_argument("--all", action="store_true", help="all cases instead of the default ones")
    parser.add_argument("--only", type=_names, default=[], metavar="A,B", help="these cases or groups of cases")
    parser.add_argument("--systems", type=_names, default=[], metavar="A,B", help="these systems instead of all")
    parser.add_argument("--rounds", type=int, default=3, help="how often each system is measured (default 3)")
    parser.add_argument("--seconds", type=int, default=2, help="of one round of wrk (default 2)")
    parser.add_argument("--core", type=int, default=0, help="of the system under test (default 0)")
    parser.add_argument("--load-core", type=int, default=1, help="of engines and load (default 1)")
    parser.add_argument(
        "--max-others",
        type=float,
        default=MAX_OTHERS,
        help=f"cores that other processes may use in a round that counts (default {MAX_OTHERS})",
    )
    parser.add_argument(
        "--tree",
        type=_tree,
        action="append",
        default=[],
        metavar="NAME=DIR",
        help="another checkout of sixnines, measured beside this one as sixnines-NAME, with its own .venv if it has it",
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder to write to (default bench/results)")
    parser.add_argument("--write-readme", action="store_true", help="put the tables into README.md")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _tree(text: str) -> tuple[str, Path]:
    name, separator, folder = text.partition("=")
    if not separator or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=DIR with a plain word for a name")
    return name, Path(folder).resolve()


def _chosen(arguments: argparse.Namespace) -> tuple[list[Case], list[System]]:
    cases = selection.cases_named(arguments.only, CASES, everything=arguments.all)
    trees = dict(arguments.tree)
    every = systems(trees)
    unusual = {each.key for each in (BARE, OFF_COMPILED, *PARTS)}
    usual = [each.key for each in every if each.key not in unusual]
    # Whoever names a tree wants it measured, whatever other systems are named.
    named = [*arguments.systems, *(tree_key(name) for name in trees)] if arguments.systems else []
    return cases, selection.systems_named(named, every, usual=usual)


def _print_lists() -> None:
    print("cases (* by default):")
    for case in CASES:
        print(f"  {'*' if case.default else ' '} {case.name:18s} {case.title}")
    print("systems:")
    for system in systems({}):
        print(f"    {system.key:18s} {system.label}")


def _cores(arguments: argparse.Namespace) -> Cores:
    missing = [name for name in ("nginx", "wrk", "taskset") if shutil.which(name) is None]
    if missing:
        raise BenchError(f"{' and '.join(missing)} not found; `make bench` installs them where that is permitted")
    cores = os.sched_getaffinity(0)
    if not {arguments.core, arguments.load_core} <= cores or arguments.core == arguments.load_core:
        raise BenchError(f"two cores are needed, one under test and one for the load; there are {sorted(cores)}")
    return Cores(arguments.core, arguments.load_core)


def _measured(
    cases: Sequence[Case], chosen: Sequence[System], cores: Cores, arguments: argparse.Namespace
) -> Iterator[Outcome]:
    """Case by case, those that share a stage on the same processes."""
    for stage, group in itertools.groupby(cases, key=lambda case: case.stage):
        with (
            tempfile.TemporaryDirectory(prefix="sixnines-bench-") as folder,
            standing(stage, stage.line_up(chosen), cores, Path(folder)) as stand,
        ):
            for label, reason in stand.missing.items():
                print(f"bench: {label} is not measured: {reason}", file=sys.stderr)
            for case in group:
                yield _outcome(case, Session(stand, arguments.seconds, arguments.max_others), arguments.rounds)


def _outcome(case: Case, session: Session, turns: int) -> Outcome:
    missing = dict(session.stand.missing)
    rounds = _rounds(case, session, max(turns, case.rounds), missing)
    baselines = {each.label: case.baseline or each.baseline for each in session.stand.contestants}
    whole = [each for each in rounds if each.label not in missing]
    return Outcome(case, rounds, summarize(whole, baselines), missing)


def _rounds(case: Case, session: Session, turns: int, missing: dict[str, str]) -> list[Round]:
    """All rounds of a case, turn by turn. Who cannot be measured leaves it, and `missing` says why.

    Where too many were disturbed there are up to as many turns again.
    """
    rounds: list[Round] = []
    for turn in range(2 * turns + 1):
        labels = [label for label in session.stand.setups if label not in missing]
        if turn > turns and enough(rounds, labels, turns):
            break
        for label in rotated(labels, max(turn, 1)):
            session.stand.settle()
            try:
                measured = case.load.measure(session, label, turn)
            except BenchError as error:
                missing[label] = str(error)
                print(f"{case.name}: {label} is not measured any more: {error}", file=sys.stderr)
                continue
            if turn:
                rounds.append(measured)
                print(_told(case, measured), file=sys.stderr)
    return rounds


def _told(case: Case, measured: Round) -> str:
    column = case.columns[0]
    figure = measured.figures.get(column.figure)
    shown = "-" if figure is None else column.show(figure)
    why = f"  does not count: {measured.why_not}" if not measured.counts else ""
    notes = f"  ({'; '.join(measured.notes)})" if measured.notes else ""
    return f"{case.name}, turn {measured.turn}: {measured.label:24s} {shown:>14s} {column.title}{why}{notes}"


def _version(system: System) -> str:
    try:
        system.install()
        return system.version()
    except (BenchError, OSError, LookupError, StopIteration) as error:
        return f"not installed: {error}"


def _command() -> str:
    words = [word for word in sys.argv[1:] if word != "--write-readme"]
    return f'make bench ARGS="{" ".join(words)}"' if words else "make bench"


if __name__ == "__main__":
    sys.exit(main())
