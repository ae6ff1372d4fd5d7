"""`make reload-under-load`: 50 changes of the config under 500 requests a second. Exits with 1 if one request suffers."""

import argparse
import sys
import tempfile
from pathlib import Path

from reloading.pauses import measure
from reloading.run import run


def main() -> int:
    """Run it and tell what came out."""
    parser = argparse.ArgumentParser(prog="reloading", description="Changes of the config under load.")
    parser.add_argument("--changes", type=int, default=50)
    parser.add_argument("--rate", type=float, default=500.0, help="requests a second")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--pauses", action="store_true", help="instead: how long requests wait during one change")
    parser.add_argument("--models", type=int, default=2000, help="of the config that --pauses applies")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.pauses:
            print(measure(Path(folder), models=options.models, workers=options.workers))
            return 0
        report = run(Path(folder), changes=options.changes, rate=options.rate, workers=options.workers)
    print(report)
    for each in report.wrong:
        print(f"WRONG: {each}")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
