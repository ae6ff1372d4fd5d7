"""`make soak`: ten minutes of random faults. Exits with 1 when anything was not as it must be."""

import argparse
import sys
import tempfile
from pathlib import Path

from soak.soak import soak


def main() -> int:
    """Run one soak and tell what came out."""
    parser = argparse.ArgumentParser(prog="soak", description="Random faults, and callers who must not suffer.")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=50.0, help="callers a second")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = soak(Path(folder), seed=options.seed, rate=options.rate, seconds=options.minutes * 60)
    print(report)
    for each in report.wrong:
        print(f"WRONG: {each}")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
