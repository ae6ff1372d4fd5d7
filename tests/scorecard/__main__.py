"""`make scorecard`: play all faults, print the table, write it into docs/reference, fail if a cell is not as specified.

Usage: python -m scorecard [--only TEXT] [--no-page]
"""

import argparse
import logging
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from scorecard.faults import ROWS
from scorecard.report import HEAD, lines, markdown, text, wrong
from scorecard.run import judged
from support.checkout import ROOT

PAGE = ROOT / "docs" / "reference" / "scorecard.md"

_PAGE = """\
# Scorecard

<!-- Written by `make scorecard`. -->

Every fault, played by stand-in engines and broken servers to a real gateway, for streams and whole answers, with a
second engine behind the first and without. Each cell says what the caller got; how many attempts it took; how many
milliseconds more than a request without fault in the same run; then the breaker and the state of the faulty
deployment. With an alternative, one failure opens a breaker here, so that its effect shows.

Under `error` a stream that breaks after its first content ends with an error event; under `buffer` nobody sees it
break. `make scorecard` fails unless every cell is as specified: answers are compared token by token, errors field by field.

{summary}

{table}"""


def main() -> int:
    """Run it; the exit status."""
    parser = argparse.ArgumentParser(prog="make scorecard", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="rows whose name holds this")
    parser.add_argument("--no-page", action="store_true", help=f"leave {PAGE.relative_to(ROOT)} alone")
    options = parser.parse_args()
    logging.getLogger("sixnines").setLevel(logging.ERROR)  # that requests fail is the point here; a bug is not
    rows = [row for row in ROWS if options.only in row.id]
    began = time.perf_counter()
    played = judged(rows)
    table = lines(rows, played)
    complaints = wrong(played)
    print(text(HEAD, table))
    seconds = time.perf_counter() - began
    red = sum(1 for _, found in played.values() if found)
    counts = f"{len(rows)} rows, {len(played)} cells, {red} not as specified, {seconds:.0f} s"
    print(f"\n{counts}")
    print("\n".join(complaints))
    if not options.only and not options.no_page:
        summary = f"{counts}. {datetime.now(UTC):%Y-%m-%d}, revision {_revision()}, {_machine()}."
        PAGE.write_text(_PAGE.format(summary=summary, table=markdown(HEAD, table)), encoding="utf-8")
        print(f"wrote {PAGE.relative_to(ROOT)}")
    return 1 if complaints else 0


def _revision() -> str:
    """The commit, with a `+` when the source differs from it."""
    commit = _git("rev-parse", "--short=12", "HEAD")
    return (commit or "unknown") + ("+" if _git("status", "--porcelain", "--", "src", "tests") else "")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _machine() -> str:
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return f"{os.cpu_count()} cores of {cpu}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
